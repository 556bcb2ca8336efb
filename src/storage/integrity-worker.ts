// The thread in which SQLite checks a database that nobody else uses: it takes as long as reading the file.
import { parentPort } from 'node:worker_threads'
import { integrityFaults } from './integrity-faults.ts'

parentPort!.once('message', (file: string) => {
  parentPort!.postMessage(integrityFaults(file))
})

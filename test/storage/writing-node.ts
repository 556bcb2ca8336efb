// A node that writes as fast as it can until it is killed: prints each offset once it is acknowledged.
import { writeSync } from 'node:fs'
import { systemEnv } from '../../src/base/system-env.ts'
import { openStorage } from '../../src/storage/storage.ts'
import { batchAt, topicOf } from './fixtures.ts'

const storage = await openStorage({
  directory: process.argv[2]!,
  durability: 'fsync',
  threads: true,
  env: systemEnv(),
  onFailure: error => {
    throw error
  },
})
if (storage.state.topics.length === 0) storage.writes.apply(topicOf(1))
let next = storage.state.topics[0]?.partitions[0]?.logEndOffset ?? 0

function write(): void {
  const offset = next++
  storage.writes.append(batchAt(offset, { valueBytes: 20_000 }), () => {
    writeSync(1, `${offset}\n`)
    write()
  })
}

for (let inFlight = 0; inFlight < 20; inFlight++) write()

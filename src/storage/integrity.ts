import { readFileSync } from 'node:fs'
import type { Clock } from '../base/env.ts'
import { spawnWorker } from '../base/threads.ts'
import { type IntegrityAnswer, integrityFaults } from './integrity-faults.ts'
import type { Report } from './verify-findings.ts'

export interface IntegrityOptions {
  readonly file: string
  readonly fileBytes: number
  readonly clock: Clock
  readonly report: Report
  readonly onProgress: (progress: { readonly step: 'pages'; readonly bytes: number; readonly bytesMax: number }) => void
  readonly signal: AbortSignal
  /** false: in this thread, for tests. */
  readonly threads: boolean
}

const lookEveryMs = 100

/**
 * Has SQLite check each page of a database: the trees, their indexes, and what is free. That is one statement, which
 * reads the whole file and says nothing meanwhile: so it runs in a thread, and how far it is can be seen only by how much
 * the process has read.
 */
export async function checkIntegrity(options: IntegrityOptions): Promise<void> {
  const { file, report, threads } = options
  const { faults, isCut } = threads ? await inThread(options) : integrityFaults(file)
  for (const message of faults) report({ kind: 'page', message })
  if (isCut) report({ kind: 'page', message: `these are the first ${faults.length} faults of pages only` })
}

async function inThread({ file, fileBytes, clock, onProgress, signal }: IntegrityOptions): Promise<IntegrityAnswer> {
  const worker = spawnWorker('integrity-worker')
  const readBefore = bytesRead()
  const look = (): void => {
    onProgress({ step: 'pages', bytes: Math.min(bytesRead() - readBefore, fileBytes), bytesMax: fileBytes })
    timer = clock.after(lookEveryMs, look)
  }
  let timer = clock.after(lookEveryMs, look)
  const { promise, resolve, reject } = Promise.withResolvers<IntegrityAnswer>()
  const stop = (): void => reject(signal.reason)
  signal.addEventListener('abort', stop, { once: true })
  worker.once('message', resolve)
  worker.once('error', reject)
  try {
    worker.postMessage(file)
    return await promise
  } finally {
    timer.cancel()
    signal.removeEventListener('abort', stop)
    await worker.terminate()
  }
}

/** What this process has read so far, from disk or memory; 0 where the system does not tell. */
function bytesRead(): number {
  try {
    return Number(/^rchar: (\d+)$/m.exec(readFileSync('/proc/self/io', 'utf8'))?.[1] ?? 0)
  } catch {
    return 0
  }
}

// The thread that works out what compaction keeps: unpacking, hashing of keys and packing would hold up any other.
import { parentPort } from 'node:worker_threads'
import { CompactionSteps } from './compaction-steps.ts'
import type { CompactionAnswer, CompactionQuery } from './compactor.ts'
import { openConnection } from './database.ts'

/** First message from the main thread. */
export interface OpenCompaction {
  readonly file: string
}

export type CompactionReply =
  | { readonly answer: CompactionAnswer }
  | { readonly error: { readonly message: string; readonly code: string } }

parentPort!.once('message', ({ file }: OpenCompaction) => {
  const database = openConnection({ file, synchronous: 'NORMAL', readOnly: true })
  const steps = new CompactionSteps(database)
  parentPort!.on('message', (query: CompactionQuery | 'close') => {
    if (query === 'close') {
      database.close()
      parentPort!.close()
      return
    }
    try {
      const answer = steps.answer(query)
      parentPort!.postMessage({ answer } satisfies CompactionReply, memoryOf(answer))
    } catch (error) {
      const { message, code = '' } = error as { message: string; code?: string }
      parentPort!.postMessage({ error: { message, code } } satisfies CompactionReply)
    }
  })
})

/** The new rows move to the main thread without a copy: each has memory of its own. */
function memoryOf(answer: CompactionAnswer): ArrayBuffer[] {
  return answer?.kind === 'replace' ? answer.replacement.rows.map(({ data }) => data.buffer as ArrayBuffer) : []
}

import type { CompactionProgress, CompactionRequest } from './compaction-round.ts'
import { storageError } from './database.ts'

/**
 * Works out what compaction makes of a partition; writes nothing. One run at a time: a new one takes the place of the last.
 * Rejects with `StorageError` when the disk refuses.
 */
export interface Compactor {
  begin(request: CompactionRequest): Promise<void>
  /** The next step of the run. What the last one asked to be replaced must have been committed; `logStartOffset` is that of now. */
  step(logStartOffset: number): Promise<CompactionProgress>
  /** Gives the memory of the run back, also of one that is not finished. */
  end(): Promise<void>
}

/** What is asked of the side with the connection, as plain data. */
export type CompactionQuery =
  | { readonly kind: 'begin'; readonly request: CompactionRequest }
  | { readonly kind: 'step'; readonly logStartOffset: number }
  | { readonly kind: 'end' }

/** The answer to a step; undefined to the others. */
export type CompactionAnswer = CompactionProgress | undefined

/** The compactor over whatever answers its queries. */
export function compactor(answer: (query: CompactionQuery) => Promise<CompactionAnswer>): Compactor {
  const ask = async (query: CompactionQuery): Promise<CompactionAnswer> => {
    try {
      return await answer(query)
    } catch (error) {
      throw storageError(error, 'cannot compact the log')
    }
  }
  return {
    begin: async request => void (await ask({ kind: 'begin', request })),
    step: async logStartOffset => (await ask({ kind: 'step', logStartOffset })) ?? { kind: 'postponed' },
    end: async () => void (await ask({ kind: 'end' })),
  }
}

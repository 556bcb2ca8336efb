import { CompactionRound } from './compaction-round.ts'
import type { CompactionAnswer, CompactionQuery } from './compactor.ts'
import type { Connection } from './database.ts'

/** Answers a `Compactor` from one connection: here or in the compaction worker. */
export class CompactionSteps {
  readonly #database: Connection
  #round: CompactionRound | undefined

  constructor(database: Connection) {
    this.#database = database
  }

  answer(query: CompactionQuery): CompactionAnswer {
    switch (query.kind) {
      case 'begin':
        this.#round = new CompactionRound(this.#database, query.request)
        return undefined
      case 'step':
        return this.#round?.step(query.logStartOffset)
      case 'end':
        this.#round = undefined
        return undefined
    }
  }
}

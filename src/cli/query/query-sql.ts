import { OperatorError } from '../../base/errors.ts'
import { plainName, QueryProblem, type QueryRow, QueryTables } from '../../storage/query-tables.ts'
import type { StoreEntry, StoreSummary } from '../../streams/serving/running-application.ts'
import { type Asking, entriesOf, type TaskOwner, type Wanted } from './ask-store.ts'

/** Stores whose rows mean something outside their operators. */
const readableKinds: readonly string[] = ['key-value', 'versioned', 'window', 'session']

/** The stores that a query may mean: those whose name, or that with underscores, it holds. Throws where there are none. */
export function storesOf(sql: string, stores: readonly StoreSummary[]): readonly StoreSummary[] {
  const text = sql.toLowerCase()
  const readable = stores.filter(({ kind }) => readableKinds.includes(kind))
  const named = readable.filter(({ name }) => [name, plainName(name)].some(other => text.includes(other.toLowerCase())))
  if (named.length > 0) return named
  const names = readable.map(({ name }) => plainName(name)).join(', ') || 'none'
  throw new OperatorError('the query names no store of this application', { hint: `its stores, as tables: ${names}` })
}

/** Where the rows of a store come from. */
export interface QueriedStore {
  readonly name: string
  readonly owners: readonly TaskOwner[]
  readonly wanted: Wanted
}

/**
 * Runs a SELECT over whole stores, gathered from all instances into tables of this process. Throws OperatorErrors in SQLite's
 * words, with the tables and their columns.
 */
export async function* querySql(
  asking: Asking,
  sql: string,
  stores: readonly QueriedStore[],
): AsyncGenerator<Readonly<Record<string, unknown>>> {
  const tables = new QueryTables()
  try {
    for (const store of stores) await tables.addTable(store.name, rowsOf(asking, store))
    yield* tables.query(sql)
  } catch (error) {
    if (!(error instanceof QueryProblem)) throw error
    throw new OperatorError(`SQL: ${error.message}`, { hint: `tables: ${tables.describe()}`, cause: error })
  } finally {
    tables.close()
  }
}

async function* rowsOf(asking: Asking, { name, owners, wanted }: QueriedStore): AsyncGenerator<readonly QueryRow[]> {
  for (const owner of owners) {
    for await (const entries of entriesOf(asking, name, wanted, owner)) {
      yield entries.map(entry => rowOf(entry, owner.answer.partition))
    }
  }
}

function rowOf({ key, window, value, timestamp }: StoreEntry, partition: number): QueryRow {
  return { key, windowStart: window?.start ?? null, windowEnd: window?.end ?? null, value, timestamp, partition }
}

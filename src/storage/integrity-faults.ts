import { openConnection } from './database.ts'

/** What SQLite complains about. */
export interface IntegrityAnswer {
  readonly faults: readonly string[]
  /** There are more. */
  readonly isCut: boolean
}

const faultsMax = 100

/** Has SQLite check each page of a database file: takes as long as reading it, and nothing else runs meanwhile. */
export function integrityFaults(file: string): IntegrityAnswer {
  const database = openConnection({ file, synchronous: 'OFF', readOnly: true })
  try {
    const lines = database.prepare(`PRAGMA integrity_check(${faultsMax})`).pluck().all() as string[]
    const faults = lines.flatMap(line => line.split('\n')).filter(line => line !== 'ok' && line !== '')
    return { faults, isCut: lines.length >= faultsMax }
  } catch (error) {
    return { faults: [error instanceof Error ? error.message : String(error)], isCut: false }
  } finally {
    database.close()
  }
}

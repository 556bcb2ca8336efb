import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { OperatorError } from '../base/errors.ts'
import { databaseName, readingError } from './stored-data.ts'

/**
 * Keeps nodes from starting on a data directory until `release`, and changes nothing in it: a node takes its lock for
 * itself, this shares it. Throws `OperatorError` while a node is running.
 */
export function shareDirectory(directory: string): { release(): void } {
  const file = join(directory, 'streamctl.lock')
  // No node was ever here, as in a copy. Making the file would change the directory.
  if (!existsSync(file)) return { release: () => {} }
  try {
    const lock = new Database(file, { readonly: true, timeout: 0 })
    try {
      lock.exec('BEGIN')
      lock.prepare('SELECT count(*) FROM sqlite_schema').get()
      return { release: () => void lock.close() }
    } catch (error) {
      lock.close()
      throw error
    }
  } catch (error) {
    if (!(error instanceof Database.SqliteError) || !error.code.startsWith('SQLITE_BUSY')) {
      throw readingError(error, join(directory, databaseName))
    }
    throw new OperatorError(`a streamctl node${holder(directory)} is running on ${directory}`, {
      hint: 'stop it first; or take a backup of it, which checks all records, and look at that: streamctl check backup FILE',
      cause: error,
    })
  }
}

function holder(directory: string): string {
  try {
    return ` (pid ${readFileSync(join(directory, 'streamctl.pid'), 'utf8').trim()})`
  } catch {
    return ''
  }
}

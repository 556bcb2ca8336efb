import { readFileSync } from 'node:fs'
import path from 'node:path'

const root = path.resolve(import.meta.dirname, '../..')

export const lockFile = path.join(root, 'package-lock.json')

/** The first lines of the project's lock file: real text that every checkout has. None is empty. */
export function lockFileLines(count: number): string[] {
  return readFileSync(lockFile, 'utf8')
    .split('\n')
    .filter(line => line !== '')
    .slice(0, count)
}

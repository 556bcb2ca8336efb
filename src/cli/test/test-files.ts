import { globSync, statSync } from 'node:fs'
import path from 'node:path'
import { OperatorError } from '../../base/errors.ts'

const testPattern = '**/*.test.{ts,mts,js,mjs}'

/**
 * The files that are meant: files by name, all tests below directories, patterns. Without any, all tests below `directory`.
 * Throws OperatorErrors for names that stand for nothing.
 */
export function testFiles(given: readonly string[], directory: string): readonly string[] {
  const found = given.length === 0 ? below('.', directory) : given.flatMap(name => filesOf(name, directory))
  if (found.length === 0) {
    throw new OperatorError('there are no tests here', {
      hint: 'tests are in files named NAME.test.ts; streamctl new NAME writes a script with one',
    })
  }
  return [...new Set(found.map(file => path.normalize(file)))]
}

function filesOf(name: string, directory: string): readonly string[] {
  const status = statSync(path.resolve(directory, name), { throwIfNoEntry: false })
  if (status?.isDirectory()) return below(name, directory)
  if (status) return [name]
  const matching = /[*?[{]/.test(name) ? glob(name, directory) : []
  if (matching.length > 0) return matching
  throw new OperatorError(`there is no test ${name}`, {
    hint: 'name files, directories, or patterns as tests/**/*.test.ts',
  })
}

function below(name: string, directory: string): readonly string[] {
  return glob(path.join(name, testPattern), directory)
}

function glob(pattern: string, cwd: string): readonly string[] {
  const isElsewhere = (file: string): boolean => file.split(path.sep).includes('node_modules')
  return globSync(pattern, { cwd, exclude: isElsewhere })
    .filter(file => !isElsewhere(file))
    .toSorted()
}

import { execFileSync } from 'node:child_process'
import path from 'node:path'
import { expect, test } from 'vitest'

const root = path.resolve(import.meta.dirname, '../..')

test('scripts that fit compile, and each line that does not fit is refused', () => {
  const compiler = path.join(root, 'node_modules/typescript/bin/tsc')
  const project = path.join(import.meta.dirname, 'types')
  let output = ''
  try {
    execFileSync(process.execPath, [compiler, '-p', project], { encoding: 'utf8', stdio: 'pipe' })
  } catch (error) {
    output = String((error as { stdout?: string }).stdout ?? error)
  }
  expect(output).toBe('')
})

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Script } from 'node:vm'
import { afterAll, expect, test } from 'vitest'
import { commandsInOneFile } from '../../scripts/bundle.ts'
import { saveCompiled } from '../../scripts/compiled.ts'

const root = path.resolve(import.meta.dirname, '../..')
const directory = mkdtempSync(path.join(tmpdir(), 'streamctl-compiled-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

test('what V8 compiled of each command that is one script is kept, with the functions that the command calls', async () => {
  const program = [process.execPath, path.join(root, 'dist', 'main.js')]
  expect(await saveCompiled(program, directory)).toBe(true)
  for (const name of commandsInOneFile) {
    const compiled = readFileSync(path.join(directory, `${name}.compiled`))
    const source = readFileSync(path.join(root, 'dist', `${name}.cjs`), 'latin1')
    const unused = new Script(`(importMetaUrl, require) => {${source}\n}`).createCachedData()
    expect(compiled.length).toBeGreaterThan(2 * unused.length)
  }
})

test('a program that cannot be run leaves nothing and fails nothing', async () => {
  const missing = path.join(directory, 'none')
  expect(await saveCompiled([process.execPath, missing], missing)).toBe(false)
  expect(existsSync(missing)).toBe(false)
})

import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { Script } from 'node:vm'
import { afterAll, expect, test } from 'vitest'
import { commandsInOneFile } from '../../scripts/bundle.ts'
import { saveCompiled } from '../../scripts/compiled.ts'

const root = path.resolve(import.meta.dirname, '../..')
const main = path.join(root, 'dist', 'main.js')
const directory = mkdtempSync(path.join(tmpdir(), 'streamctl-compiled-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

test('what V8 compiled of each command that is one script is kept, with the functions that the command calls', async () => {
  expect(await saveCompiled([process.execPath, main], directory)).toBe(true)
  for (const name of commandsInOneFile) {
    const compiled = readFileSync(path.join(directory, `${name}.compiled`))
    const source = readFileSync(path.join(root, 'dist', `${name}.cjs`), 'latin1')
    const unused = new Script(`(importMetaUrl, require) => {${source}\n}`).createCachedData()
    expect(compiled.length).toBeGreaterThan(2 * unused.length)
  }
})

test.each(commandsInOneFile)(
  '%s begins with what V8 compiled of it: it was compiled under the same flags',
  async name => {
    const probe = path.join(directory, 'probe.cjs')
    const rejected = path.join(directory, `${name}.rejected`)
    writeFileSync(
      probe,
      `const vm = require('node:vm')
    vm.Script = class extends vm.Script {
      constructor(...options) {
        super(...options)
        require('node:fs').writeFileSync(${JSON.stringify(rejected)}, String(this.cachedDataRejected))
      }
    }
    require('node:module').syncBuiltinESMExports()`,
    )
    await promisify(execFile)(process.execPath, ['--require', probe, main, name, '--help'])
    expect(readFileSync(rejected, 'utf8')).toBe('false')
  },
)

test('a program that cannot be run leaves nothing and fails nothing', async () => {
  const missing = path.join(directory, 'none')
  expect(await saveCompiled([process.execPath, missing], missing)).toBe(false)
  expect(existsSync(missing)).toBe(false)
})

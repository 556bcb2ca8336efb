import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { compileFunction } from 'node:vm'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

const root = path.resolve(import.meta.dirname, '../..')
const source = readFileSync(path.join(root, 'scripts/executable/load-addon.cjs'), 'utf8')
const nodeRequire = createRequire(import.meta.url)
const addon = path.join(root, `node_modules/better-sqlite3/prebuilds/${process.platform}-${process.arch}.node`)

let directory: string
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'streamctl-addon-'))
  vi.stubEnv('STREAMCTL_NATIVE_DIR', directory)
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(directory, { recursive: true, force: true })
})

/** Loads the addon as the executable does, out of an asset; answers which of Node's modules that took. */
function loaded(): { readonly exports: object; readonly asked: readonly string[] } {
  const asked: string[] = []
  const require = (name: string): unknown => {
    asked.push(name)
    return name === 'node:sea' ? { getRawAsset: () => readFileSync(addon).buffer } : nodeRequire(name)
  }
  const module = { exports: (_asset: string, _sha256: string): object => ({}) }
  compileFunction(source, ['require', 'module'])(require, module)
  return { exports: module.exports('better_sqlite3.node', 'a'.repeat(64)), asked }
}

test('the first start puts an addon in place, and the next one takes it from there without the modules that this took', () => {
  const first = loaded()
  expect(first.exports).toHaveProperty('Database')
  expect(readdirSync(directory)).toEqual([`better_sqlite3-${'a'.repeat(32)}.node`])
  const second = loaded()
  expect(second.exports).toHaveProperty('Database')
  expect(second.asked).not.toContain('node:crypto')
  expect(readdirSync(directory)).toHaveLength(1)
})

import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'

const source = path.resolve(import.meta.dirname, '../../src/base/compile-cache.ts')

/** What lies in the cache directory after a process that used it. */
function cachedBy(variables: Record<string, string>): { directory: string; entries: string[] } {
  const home = mkdtempSync(path.join(tmpdir(), 'streamctl-test-'))
  onTestFinished(() => rmSync(home, { recursive: true, force: true }))
  const resolved = Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [name, value.replace('~', home)]),
  )
  const code = `import { openCompileCache } from ${JSON.stringify(source)}
    openCompileCache(process.env)
    await import('node:module').then(module => process.stdout.write(module.getCompileCacheDir() ?? ''))`
  const directory = execFileSync(process.execPath, ['--input-type=module', '-e', code], {
    env: { PATH: process.env.PATH, HOME: home, ...resolved },
    encoding: 'utf8',
  })
  return { directory: path.relative(home, directory), entries: existsSync(directory) ? readdirSync(directory) : [] }
}

test('what was compiled is kept below the home directory, or where the user wants caches', () => {
  expect(cachedBy({}).directory).toMatch(/^\.cache\/streamctl\/compiled\//)
  expect(cachedBy({ XDG_CACHE_HOME: '~/elsewhere' }).directory).toMatch(/^elsewhere\/streamctl\/compiled\//)
  expect(cachedBy({ NODE_COMPILE_CACHE: '~/own' }).directory).toMatch(/^own\//)
})

test('a directory that cannot be had is no error', () => {
  expect(cachedBy({ XDG_CACHE_HOME: '/dev/null' }).entries).toEqual([])
  expect(cachedBy({ NODE_DISABLE_COMPILE_CACHE: '1' }).entries).toEqual([])
})

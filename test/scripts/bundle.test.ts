import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addonPackages, bundle } from '../../scripts/bundle.ts'

const directory = mkdtempSync(path.join(tmpdir(), 'streamctl-bundle-'))
beforeAll(() => bundle({ outdir: directory, external: [...addonPackages] }))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const importsOf = (file: string): string[] =>
  [
    ...readFileSync(path.join(directory, file), 'utf8').matchAll(
      /(?:from|import|import\()"(\.\/[^"]+|[a-z@][\w@/-]*)"/g,
    ),
  ]
    .map(([, specifier]) => specifier!)
    .filter(specifier => specifier.startsWith('./') || (addonPackages as readonly string[]).includes(specifier))

test.each(['main', 'consume', 'produce', 'tail', 'serve', 'storage-worker'])(
  'what has to start quickly is one file: %s.js',
  name => {
    expect(importsOf(`${name}.js`).filter(specifier => specifier.startsWith('./'))).toEqual([])
  },
)

test('who reads and writes records over the network does not load the database', () => {
  for (const name of ['consume', 'produce', 'tail']) expect(importsOf(`${name}.js`)).not.toContain('better-sqlite3')
})

test('the program with all commands is in chunks that they share', () => {
  expect(importsOf('program.js').length).toBeGreaterThan(0)
  expect(readdirSync(directory).filter(file => /^program-\w+\.js$/.test(file))).toHaveLength(1)
})

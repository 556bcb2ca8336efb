import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addonPackages, bundle, commandsInOneFile } from '../../scripts/bundle.ts'

const directory = mkdtempSync(path.join(tmpdir(), 'streamctl-bundle-'))
beforeAll(() => bundle({ outdir: directory, external: [...addonPackages] }))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

/** What a file of the bundle loads: others beside it, and addon packages. */
const loadedBy = (file: string): string[] =>
  [...readFileSync(path.join(directory, file), 'utf8').matchAll(/(?:from|import|import\(|require\()"([^"]+)"/g)]
    .map(([, specifier]) => specifier!)
    .filter(specifier => specifier.startsWith('./') || addonPackages.some(name => name === specifier))

test.each(['main.js', ...commandsInOneFile.map(name => `${name}.cjs`), 'storage-worker.js', 'reader-worker.js'])(
  'what has to start quickly is one file: %s',
  file => {
    // What starts goes over to the others when it is asked for another command.
    expect(loadedBy(file).filter(specifier => specifier.startsWith('./') && specifier !== './program.js')).toEqual([])
  },
)

test('who reads and writes records over the network does not load the database', () => {
  for (const name of ['consume', 'produce', 'tail']) expect(loadedBy(`${name}.cjs`)).not.toContain('better-sqlite3')
})

test('the program with all commands is in chunks that they share', () => {
  expect(loadedBy('program.js').length).toBeGreaterThan(0)
  expect(readdirSync(directory).filter(file => /^program-\w+\.js$/.test(file))).toHaveLength(1)
})

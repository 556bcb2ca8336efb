import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { testFiles } from '../../../src/cli/test/test-files.ts'

const directory = mkdtempSync(path.join(tmpdir(), 'streamctl-test-files-'))
afterAll(() => rmSync(directory, { recursive: true }))
for (const file of [
  'a.test.ts',
  'a.ts',
  'deep/b.test.mjs',
  'deep/c.test.js',
  'node_modules/d/d.test.js',
  'empty/e.ts',
]) {
  mkdirSync(path.dirname(path.join(directory, file)), { recursive: true })
  writeFileSync(path.join(directory, file), '')
}
const found = (...given: string[]): readonly string[] => testFiles(given, directory)

test('without names all tests below are meant, but not those of packages', () => {
  expect(found()).toEqual(['a.test.ts', 'deep/b.test.mjs', 'deep/c.test.js'])
})

test('files, directories and patterns are meant as they are named, each once', () => {
  expect(found('a.ts')).toEqual(['a.ts'])
  expect(found('deep')).toEqual(['deep/b.test.mjs', 'deep/c.test.js'])
  expect(found('deep/*.js', './deep/c.test.js', '**/a.test.ts')).toEqual(['deep/c.test.js', 'a.test.ts'])
})

test('what stands for nothing is told', () => {
  expect(() => found('gone.test.ts')).toThrow('there is no test gone.test.ts')
  expect(() => found('x/*.ts')).toThrow('there is no test x/*.ts')
  expect(() => found('empty')).toThrow('there are no tests here')
})

import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { root } from '../scripts/bundle.ts'
import { currentReadme } from '../scripts/generate-readme.ts'

const readme = readFileSync(path.join(root, 'README.md'), 'utf8')

test('the tables of the README follow from the registries (scripts/generate-readme.ts writes them)', () => {
  expect(currentReadme(readme)).toBe(readme)
})

test('every path that the README names exists', () => {
  const named = [...readme.matchAll(/`((?:src|test|scripts)\/[\w./-]+)`/g)].map(([, file]) => file!)
  const examples = named.filter(file => !file.includes('NAME'))
  expect(examples.length).toBeGreaterThan(10)
  expect(examples.filter(file => !existsSync(path.join(root, file)))).toEqual([])
})

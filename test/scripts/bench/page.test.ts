import { expect, test } from 'vitest'
import { pageWith, section, tableOf } from '../../../scripts/bench/matrix/page.ts'
import type { Figures, Question } from '../../../scripts/bench/matrix/question.ts'

const question: Question = {
  name: 'speed',
  title: 'How fast',
  text: 'As fast as it is.',
  labels: ['server'],
  columns: [
    { key: 'rate', heading: 'MB/s (>= 1)' },
    { key: 'tail', heading: 'p99/p50', digits: 1 },
  ],
  measure: async function* () {},
}
const row = (name: string, figures: Figures) => ({ labels: [name], figures })
const linesOf = (...runs: (readonly ReturnType<typeof row>[])[]) =>
  tableOf(question, runs)
    .split('\n')
    .slice(2)
    .map(line => line.split('|').map(cell => cell.trim()))
    .map(cells => cells.slice(1, -1))

test('a figure is the median of the runs', () => {
  const runs = [30, 10, 20].map(rate => [row('ours', { rate, tail: rate / 10 })])
  expect(linesOf(...runs)).toEqual([['ours', '20', '2.0']])
})

test('a row that some runs could not give is the median of those that could', () => {
  expect(linesOf([row('ours', 'failed: full')], [row('ours', { rate: 7, tail: 1 })])).toEqual([['ours', '7', '1.0']])
})

test('a row that no run gave says why', () => {
  expect(linesOf([row('theirs', 'not here')], [row('theirs', 'not here')])).toEqual([['theirs', 'not here', '']])
})

test('a figure that does not exist is a dash, and does not become a number', () => {
  expect(linesOf([row('ours', { rate: undefined, tail: Number.NaN })])).toEqual([['ours', '-', '-']])
})

test('rows keep the order in which they were first measured', () => {
  const names = linesOf([row('b', {}), row('a', {})], [row('a', {}), row('c', {})]).map(([name]) => name)
  expect(names).toEqual(['b', 'a', 'c'])
})

test('a section has its title, its text, how often and how calmly it was measured, and its table', () => {
  const once = [[row('ours', { rate: 7 })]]
  expect(section(question, once, 'It was calm.').split('\n\n')).toEqual([
    ...['## How fast', 'As fast as it is.', 'One run. It was calm.', tableOf(question, once)],
  ])
  expect(section(question, [...once, ...once], '')).toContain('\n\nMedians of 2 runs.\n\n')
})

test('a page keeps the sections of questions that were not asked this time, in the order of all', () => {
  const parts = { head: '# Figures\n\nNow.', order: ['A', 'B', 'C'] }
  const before = pageWith({
    ...parts,
    sections: new Map([
      ['A', '## A\n\nold'],
      ['C', '## C\n\nold'],
    ]),
    before: '',
  })
  expect(before).toBe('# Figures\n\nNow.\n\n## A\n\nold\n\n## C\n\nold\n')
  const after = pageWith({
    ...parts,
    sections: new Map([
      ['B', '## B\n\nnew'],
      ['C', '## C\n\nnew'],
    ]),
    before,
  })
  expect(after).toBe('# Figures\n\nNow.\n\n## A\n\nold\n\n## B\n\nnew\n\n## C\n\nnew\n')
})

import { expect, test } from 'vitest'
import { Mark, nowMs, readStamp, stamp } from '../../../scripts/bench/matrix/latency-stamp.ts'
import { spread } from '../../../scripts/bench/matrix/load.ts'
import { questions } from '../../../scripts/bench/matrix/registry.ts'
import { pipePrograms } from '../../../scripts/bench/pipes/programs.ts'

test.each([1, 40, 256])('%i requests in flight are as many over all connections', inFlight => {
  const { connections, inFlight: each } = spread(inFlight)
  expect(connections * each).toBe(inFlight)
})

test('a stamp is read as it was written, wherever the value lies', () => {
  const value = Buffer.alloc(1024, 'x')
  stamp(value, 1234.5678, Mark.measured)
  const batch = Buffer.concat([Buffer.alloc(70), value])
  expect(readStamp(batch, 70)).toEqual({ dueMs: 1234.5678, mark: Mark.measured })
})

test('the clock of the stamps does not go back', () => {
  const first = nowMs()
  expect(nowMs()).toBeGreaterThanOrEqual(first)
})

test('questions have names of their own, and columns with keys of their own', () => {
  const names = questions.map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
  for (const { columns } of questions) expect(new Set(columns.map(({ key }) => key)).size).toBe(columns.length)
})

test('kcat is looked for and comes first', () => {
  const programs = pipePrograms({ KCAT: process.execPath, PATH: '' })
  expect(programs[0]).toMatchObject({ name: 'kcat', isOurs: false })
  expect(pipePrograms({ PATH: '' }).every(({ isOurs }) => isOurs)).toBe(true)
})

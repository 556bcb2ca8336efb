import { expect, test } from 'vitest'
import { differences } from '../../scripts/differential/compare.ts'
import { reasonFor } from '../../scripts/differential/known-differences.ts'
import { Normaliser } from '../../scripts/differential/normalise.ts'

const normaliser = () => new Normaliser({ nowMs: 1_800_000_000_000, scope: 'run' })
const compared = (ours: unknown, kafka: unknown) =>
  differences(
    [{ step: 'asked', body: normaliser().normalise(ours) }],
    [{ step: 'asked', body: normaliser().normalise(kafka) }],
  ).map(({ path }) => path)

test('a field that differs is named by its place', () => {
  expect(compared({ a: { b: [1, 2] }, c: 'x' }, { a: { b: [1, 3] }, c: 'y' })).toEqual(['a.b[1]', 'c'])
})

test('the order of a list of named items does not matter', () => {
  const [one, two] = [
    { name: 'one', errorCode: 0 },
    { name: 'two', errorCode: 3 },
  ]
  expect(compared([one, two], [two, one])).toEqual([])
  expect(compared([one, two], [two])).toEqual(['[one]'])
})

test('what each broker chose itself is no difference: ids that were learnt, times of now, addresses', () => {
  const [ours, kafka] = [normaliser(), normaliser()]
  ours.learn('a', 4000)
  kafka.learn('a', 7)
  const answer = (producerId: number, time: number) => ({ producerId, time, host: `host-${producerId}` })
  expect(ours.normalise(answer(4000, 1_800_000_000_005))).toEqual(kafka.normalise(answer(7, 1_799_999_999_000)))
  expect(ours.normalise({ offset: 4000 })).toEqual({ offset: 4000 })
})

test('times of records count from the base time, and errors have names', () => {
  const one = normaliser()
  expect(one.normalise({ timestamp: one.baseTimestamp + 5, errorCode: 3 })).toEqual({
    timestamp: 'base+5',
    errorCode: 'UNKNOWN_TOPIC_OR_PARTITION',
  })
})

test('conversations that part are compared no further', () => {
  const found = differences([{ step: 'a', body: 1 }], [{ step: 'b', body: 2 }])
  expect(found.map(({ path }) => path)).toEqual(['what was asked'])
})

test('a known difference has a reason, any other has none', () => {
  const difference = { step: '1 ask (Api v1)', path: 'errorMessage', ours: '<message>', kafka: null }
  expect(reasonFor('any', difference)).toBeDefined()
  expect(reasonFor('any', { ...difference, ours: null, kafka: '<message>' })).toBeUndefined()
  expect(reasonFor('any', { ...difference, path: 'errorCode', ours: 'NONE', kafka: 'UNKNOWN' })).toBeUndefined()
})

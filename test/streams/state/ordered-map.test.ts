import { expect, test } from 'vitest'
import { OrderedMap } from '../../../src/streams/state/ordered-map.ts'

test('keys are walked in order, in both directions, over many chunks', () => {
  const map = new OrderedMap<number>()
  const keys = Array.from({ length: 5000 }, (_, at) => String((at * 7919) % 5000).padStart(4, '0'))
  for (const key of keys) map.set(key, Number(key))
  const sorted = keys.toSorted()
  expect([...map.range('')].map(([key]) => key)).toEqual(sorted)
  expect([...map.reverse('')].map(([key]) => key)).toEqual(sorted.toReversed())
  expect([...map.range('1000', '1003')].map(([, value]) => value)).toEqual([1000, 1001, 1002])
  expect([...map.reverse('4998')].map(([, value]) => value)).toEqual([4999, 4998])
  for (const key of sorted.slice(0, 4990)) map.delete(key)
  expect(map.first()).toBe('4990')
  expect(map.size).toBe(10)
})

test('keys that come in small numbers and in large ones, and go, are in order whenever it is asked for', () => {
  const map = new OrderedMap<number>()
  const model = new Map<string, number>()
  let next = 1
  for (const count of [1, 3, 500, 2, 40, 3_000, 70, 1, 900]) {
    for (let number = 0; number < count; number++) {
      next = (next * 48_271) % 0x7fff_ffff
      const key = String(next % 20_000)
      map.set(key, next)
      model.set(key, next)
      if (number % 7 === 0) expect(map.delete(key)).toBe(model.delete(key))
    }
    const sorted = [...model.keys()].sort()
    expect([...map.range('')]).toEqual(sorted.map(key => [key, model.get(key)]))
    expect(map.first()).toBe(sorted[0])
    expect([...map.reverse('')].map(([key]) => key)).toEqual(sorted.toReversed())
  }
})

test('a walk sees keys that come before it gets there, and not those that are gone', () => {
  const map = new OrderedMap<number>()
  for (const key of ['a', 'c', 'e']) map.set(key, 0)
  const seen: string[] = []
  for (const [key] of map.range('')) {
    seen.push(key)
    if (key === 'a') map.set('d', 0)
    if (key === 'c') map.delete('e')
  }
  expect(seen).toEqual(['a', 'c', 'd'])
})

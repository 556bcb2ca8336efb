import { expect, test } from 'vitest'
import { RecentMap } from '../../../src/streams/state/recent-map.ts'

/** Every entry counts as one byte. */
const mapOf = (bytesMax: number) => new RecentMap<number>({ sizeOf: () => 1, bytesMax: () => bytesMax })

test('what was used last stays, what was not goes, and never more than may be', () => {
  const map = mapOf(10)
  map.set('used', 0)
  for (let number = 1; number <= 100; number++) {
    map.set(`k${number}`, number)
    expect(map.get('used')).toBe(0)
  }
  const kept = Array.from({ length: 100 }, (_, at) => at + 1).filter(number => map.get(`k${number}`) === number)
  expect(kept.length).toBeGreaterThanOrEqual(4)
  expect(kept.length).toBeLessThan(10)
  expect(kept.at(-1)).toBe(100)
})

test('what is deleted is gone, however old it is', () => {
  const map = mapOf(6)
  for (const key of ['a', 'b', 'c']) map.set(key, 1)
  for (const key of ['a', 'c']) map.delete(key)
  expect([map.get('a'), map.get('b'), map.get('c')]).toEqual([undefined, 1, undefined])
})

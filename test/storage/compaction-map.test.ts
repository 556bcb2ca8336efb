import { expect, test } from 'vitest'
import { KeyOffsets } from '../../src/storage/compaction-map.ts'
import { seededRandom } from '../support/simulated-env.ts'

const set = (keys: KeyOffsets, key: string | Buffer, offset: number): boolean => {
  const bytes = Buffer.concat([Buffer.from('before'), Buffer.from(key), Buffer.from('after')])
  return keys.set(bytes, 6, bytes.length - 11, offset)
}
const get = (keys: KeyOffsets, key: string | Buffer): number => {
  const bytes = Buffer.from(key)
  return keys.get(bytes, 0, bytes.length)
}

test.each([1, 2])('the last offset of each key is remembered, whatever the length of the keys (seed %i)', seed => {
  const random = seededRandom(seed)
  const keys = new KeyOffsets(64 * 1024 * 1024)
  const expected = new Map<string, number>()
  for (let offset = 0; offset < 30_000; offset++) {
    const key = Buffer.alloc(random.below(40), 'x').toString() + random.below(20_000)
    if (!set(keys, key, offset)) expect.fail()
    expected.set(key, offset)
  }
  expect(keys.count).toBe(expected.size)
  expect([...expected].filter(([key, offset]) => get(keys, key) !== offset)).toEqual([])
  expect(get(keys, 'never')).toBe(-1)
})

test('keys that differ in length or in a zero byte only are different', () => {
  const keys = new KeyOffsets(1024 * 1024)
  const all = ['', '\0', '\0\0', 'a', 'a\0', '\0a', 'a'.repeat(15), 'a'.repeat(16), 'a'.repeat(17)]
  for (const [offset, key] of all.entries()) set(keys, key, offset)
  expect(all.map(key => get(keys, key))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
})

test('a full table takes no new key, but newer offsets of those that it has', () => {
  const keys = new KeyOffsets(1000)
  let count = 0
  while (set(keys, `key-${count}`, count)) count++
  expect(count).toBe(24)
  expect(set(keys, 'key-3', 100)).toBe(true)
  expect(get(keys, 'key-3')).toBe(100)
  expect(get(keys, `key-${count}`)).toBe(-1)
  expect(get(keys, 'key-4')).toBe(4)
})

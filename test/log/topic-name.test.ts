import { expect, test } from 'vitest'
import { checkTopicName, collisionKey, topicNameFault } from '../../src/log/topic-name.ts'
import { ErrorCode } from '../../src/protocol/errors.ts'

test('letters, digits, dot, underscore and dash make a topic name', () => {
  for (const name of ['a', 'Orders-2.eu_west', '...', '__consumer_offsets', 'x'.repeat(249)]) {
    expect(topicNameFault(name)).toBeUndefined()
  }
})

test('Kafka refuses empty names, "." and "..", long names and other characters', () => {
  for (const name of ['', '.', '..', 'x'.repeat(250), 'a b', 'a/b', 'ü', 'a\n', 'a:b', 'a,b', '\0']) {
    expect(() => checkTopicName(name), JSON.stringify(name)).toThrow(
      expect.objectContaining({ code: ErrorCode.invalidTopicException }),
    )
  }
})

test('a hostile name cannot put control characters into messages', () => {
  expect(topicNameFault('a\u001b[31m\n')).toContain("'a?[31m?'")
})

test('names that differ only in "." and "_" collide', () => {
  expect(collisionKey('a.b_c')).toBe(collisionKey('a_b.c'))
  expect(collisionKey('a.b')).not.toBe(collisionKey('a-b'))
})

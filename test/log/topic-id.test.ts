import { expect, test } from 'vitest'
import { randomTopicId } from '../../src/log/topic-id.ts'
import { seededRandom } from '../support/simulated-env.ts'

test('a topic id is a random uuid in 22 characters that do not begin like an option', () => {
  const random = seededRandom(1)
  const ids = Array.from({ length: 500 }, () => randomTopicId(random))
  expect(new Set(ids).size).toBe(500)
  for (const id of ids) {
    expect(id).toMatch(/^[A-Za-z0-9_][A-Za-z0-9_-]{21}$/)
    expect(Buffer.from(id, 'base64url').toString('hex')).toMatch(/^.{12}4.{3}[89ab].{15}$/)
  }
})

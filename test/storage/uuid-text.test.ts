import { expect, test } from 'vitest'
import { uuidText } from '../../src/storage/uuid-text.ts'
import { seededRandom } from '../support/simulated-env.ts'

test('a uuid is 22 characters, of version 4, and never looks like an option', () => {
  const random = seededRandom(1)
  for (let count = 0; count < 200; count++) {
    const text = uuidText(random)
    expect(text).toMatch(/^[A-Za-z0-9_][A-Za-z0-9_-]{21}$/)
    expect(Buffer.from(text, 'base64url')[6]! >> 4).toBe(4)
  }
})

import { expect, test } from 'vitest'
import { kafkaVersionOf } from '../../src/client/kafka-version.ts'

test.each([
  [7, '3.3'],
  [14, '3.6'],
  [21, '3.9'],
  [25, '4.0'],
  [29, '4.2'],
  [40, '4.2+'],
])('metadata.version %i is Kafka %s', (maxVersion, version) =>
  expect(kafkaVersionOf([{ name: 'metadata.version', maxVersion }])).toBe(version),
)

test('a broker without that feature is of no known version', () => {
  expect(kafkaVersionOf([{ name: 'transaction.version', maxVersion: 2 }])).toBeNull()
})

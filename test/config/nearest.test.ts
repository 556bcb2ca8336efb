import { expect, test } from 'vitest'
import { nearest } from '../../src/config/nearest.ts'

const names = ['log.retention.ms', 'log.retention.bytes', 'num.partitions', 'node.id']

test.each([
  ['log.retention.mss', 'log.retention.ms'],
  ['log.retension.ms', 'log.retention.ms'],
  ['log.retention.byte', 'log.retention.bytes'],
  ['LOG.RETENTION.BYTES', 'log.retention.bytes'],
  ['num.partition', 'num.partitions'],
  ['nodeid', 'node.id'],
])('%s was meant as %s', (wanted, name) => {
  expect(nearest(wanted, names)).toBe(name)
})

test('nothing is suggested that is far off', () => {
  expect(nearest('zookeeper.connect', names)).toBeUndefined()
  expect(nearest('x', names)).toBeUndefined()
  expect(nearest('num.partition', names, 0)).toBeUndefined()
})

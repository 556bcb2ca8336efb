import { expect, test } from 'vitest'
import { batchAttributes, batchMagic, compressionOf, isTransactional } from '../../../src/protocol/records/batch.ts'
import { checkBatch } from '../../../src/protocol/records/check.ts'
import { compressionName } from '../../../src/protocol/records/compression.ts'
import { fromLegacy } from '../../../src/protocol/records/legacy.ts'
import { type LogRecord, recordsIn } from '../../../src/protocol/records/record.ts'
import { type Given, given, givenKcat, givenLarge, golden, goldenNames } from './golden.ts'

const batchNames = goldenNames.filter(name => !name.includes('marker') && !name.startsWith('python-lz4'))
const legacyNames = batchNames.filter(name => name.includes('magic'))
const currentNames = batchNames.filter(name => !name.includes('magic'))

test('there are batches of three clients in every compression', () => {
  for (const client of ['java-4.2', 'kafka-python-2.0.2', 'kcat-1.7.1']) {
    for (const compression of ['none', 'gzip', 'snappy', 'lz4']) {
      expect(currentNames).toContain(`${client}-${compression}`)
      for (const magic of [0, 1]) expect(legacyNames).toContain(`${client}-magic${magic}-${compression}`)
    }
  }
  expect(currentNames).toContain('java-4.2-zstd')
  expect(currentNames).toContain('kcat-1.7.1-zstd')
})

test.each(currentNames)('%s passes the check and reads as what its client was given', name => {
  const batch = golden(name)
  checkBatch(batch)
  expect(compressionName(compressionOf(batchAttributes(batch)))).toBe(compressionIn(name))
  expect(isTransactional(batchAttributes(batch))).toBe(name.includes('transactional'))
  expect(asGiven(name, [...recordsIn(batch)])).toEqual(expectedFor(name))
})

test.each(legacyNames)('%s becomes a batch of format 2 with the same content', name => {
  const messageSet = golden(name)
  const magic = batchMagic(messageSet)
  expect(name).toContain(`magic${magic}`)
  const batch = fromLegacy(messageSet)
  checkBatch(batch)
  expect(compressionName(compressionOf(batchAttributes(batch)))).toBe(compressionIn(name))
  const expected = expectedFor(name).map(record => ({
    ...record,
    timestamp: magic === 0 ? -1 : record.timestamp,
    headers: [],
  }))
  expect(asGiven(name, [...recordsIn(batch)])).toEqual(expected)
})

function compressionIn(name: string): string | undefined {
  return /none|gzip|snappy|lz4|zstd/.exec(name)?.[0]
}

function expectedFor(name: string): readonly Given[] {
  if (!name.startsWith('kcat')) return name.includes('large') ? givenLarge : given
  if (!name.includes('large')) return givenKcat
  return givenLarge.map(record => ({ ...record, timestamp: -1, headers: givenKcat[0]?.headers ?? [] }))
}

function asGiven(name: string, records: readonly LogRecord[]): Given[] {
  expect(records.map(record => record.offset)).toEqual(records.map((_, index) => index))
  return records.map(record => ({
    // kcat's records carry the time of the capture.
    timestamp: name.startsWith('kcat') ? -1 : record.timestamp,
    key: record.key?.toString() ?? null,
    value: record.value?.toString() ?? null,
    headers: record.headers.map(({ key, value }) => [key, value?.toString() ?? null] as const),
  }))
}

import { expect, test } from 'vitest'
import { DecodeError } from '../../../src/base/errors.ts'
import { batchHeaderBytes, headerAt } from '../../../src/protocol/records/batch.ts'
import { BatchBuilder } from '../../../src/protocol/records/build.ts'
import { forEachRecord, type LogRecord, recordsIn } from '../../../src/protocol/records/record.ts'
import { golden } from './golden.ts'

test('the visitor sees the same records as the iterator', () => {
  for (const name of ['java-4.2-none', 'java-4.2-snappy-large', 'kcat-1.7.1-lz4', 'java-4.2-commit-marker']) {
    const batch = Buffer.concat([golden('java-4.2-none'), golden(name)])
    const at = golden('java-4.2-none').length
    const visited: LogRecord[] = []
    forEachRecord(batch, at, record => visited.push(record.toRecord()))
    expect(visited).toEqual([...recordsIn(batch, at)])
  }
})

test('the visitor is handed the same object each time, with positions into one buffer', () => {
  const seen = new Set<object>()
  const values: (string | null)[] = []
  forEachRecord(golden('java-4.2-none'), 0, record => {
    seen.add(record)
    const { buffer, valueStart, valueBytes } = record
    values.push(valueBytes < 0 ? null : buffer.toString('utf8', valueStart, valueStart + valueBytes))
  })
  expect(seen.size).toBe(1)
  expect(values).toEqual(['first', null, 'wert', '', 'abc'.repeat(100)])
})

test('values are slices of the batch, not copies', () => {
  const batch = golden('java-4.2-none')
  const [first] = recordsIn(batch)
  batch.fill(0x21, batch.indexOf('first'), batch.indexOf('first') + 5)
  expect(first?.value?.toString()).toBe('!!!!!')
})

test('a batch of another format, or not whole, is refused', () => {
  const batch = golden('java-4.2-none')
  const otherFormat = Buffer.from(batch)
  otherFormat.writeInt8(1, headerAt.magic)
  for (const bad of [otherFormat, batch.subarray(0, batch.length - 1), batch.subarray(0, 20), Buffer.alloc(0)]) {
    expect(() => [...recordsIn(bad)]).toThrow(DecodeError)
    expect(() => forEachRecord(bad, 0, () => {})).toThrow(DecodeError)
  }
})

test('a count that does not fit the records is refused', () => {
  for (const count of [-1, 4, 6, 2 ** 31 - 1]) {
    const batch = golden('java-4.2-none')
    batch.writeInt32BE(count, headerAt.recordCount)
    expect(() => [...recordsIn(batch)]).toThrow(DecodeError)
  }
})

test('lengths that leave the record are refused', () => {
  const builder = new BatchBuilder()
  builder.append(0, Buffer.from('key'), Buffer.from('value'), [{ key: 'h', value: Buffer.from('x') }])
  const batch = builder.build()
  // length, attributes, timestamp delta, offset delta, key length, key...
  const fields = { length: 0, keyLength: 4, valueLength: 8, headerCount: 14, headerKey: 15, headerValue: 17 }
  for (const at of Object.values(fields)) {
    for (const value of [0x7e, 0x20, 0x80]) {
      const bad = Buffer.from(batch)
      if (bad[batchHeaderBytes + at] === value) continue
      bad[batchHeaderBytes + at] = value
      expect(() => [...recordsIn(bad)], `${value} at ${at}`).toThrow(DecodeError)
    }
  }
})

test('a batch that unpacks to more than the caller allows is refused', () => {
  for (const compression of ['gzip', 'snappy', 'lz4', 'zstd'] as const) {
    const builder = new BatchBuilder({ bytesMax: 2_000_000 })
    builder.append(0, null, Buffer.alloc(1_000_000))
    const batch = builder.build({ compression })
    expect(() => [...recordsIn(batch, 0, { decompressedBytesMax: 999_999 })]).toThrow(DecodeError)
    expect([...recordsIn(batch, 0, { decompressedBytesMax: 1_000_100 })]).toHaveLength(1)
  }
})

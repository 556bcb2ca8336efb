import { expect, test } from 'vitest'
import { splitBatch } from '../../src/client/split-batch.ts'
import { batchAttributes, isTransactional } from '../../src/protocol/records/batch.ts'
import { BatchBuilder } from '../../src/protocol/records/build.ts'
import { compressionNames } from '../../src/protocol/records/compression.ts'
import { recordsIn } from '../../src/protocol/records/record.ts'

test.each(compressionNames)('the halves of a batch hold its records, compressed with %s as before', compression => {
  const builder = new BatchBuilder()
  for (let at = 0; at < 5; at++) {
    builder.append(1000 + at, at % 2 === 0 ? null : Buffer.from(`k${at}`), Buffer.from([at]), [
      { key: 'h', value: null },
    ])
  }
  const whole = builder.build({ compression })
  const parts = splitBatch(whole)
  const withoutOffset = (batch: Buffer) => [...recordsIn(batch)].map(({ offset, ...record }) => record)
  expect(parts.map(({ recordCount }) => recordCount)).toEqual([3, 2])
  expect(parts.flatMap(({ bytes }) => withoutOffset(bytes))).toEqual(withoutOffset(whole))
})

test('the halves of a transactional batch are transactional', () => {
  const builder = new BatchBuilder()
  for (const value of ['a', 'b']) builder.append(1, null, Buffer.from(value))
  const parts = splitBatch(builder.build({ transactional: true }))
  expect(parts.map(({ bytes }) => isTransactional(batchAttributes(bytes)))).toEqual([true, true])
})

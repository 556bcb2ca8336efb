import { expect, test } from 'vitest'
import { DecodeError } from '../../../src/base/errors.ts'
import { batchAttributes, isControl, isTransactional } from '../../../src/protocol/records/batch.ts'
import { controlTypeOf, endMarkerBatch } from '../../../src/protocol/records/control.ts'
import { recordsIn } from '../../../src/protocol/records/record.ts'
import { golden } from './golden.ts'

test.each([true, false])('an end marker (committed %s) has the bytes that Kafka writes', committed => {
  const marker = endMarkerBatch({
    committed,
    producerId: 4_000_000_000,
    producerEpoch: 7,
    coordinatorEpoch: 5,
    timestamp: 1_700_000_000_000,
  })
  expect(marker).toEqual(golden(`java-4.2-${committed ? 'commit' : 'abort'}-marker`))
  expect(isControl(batchAttributes(marker)) && isTransactional(batchAttributes(marker))).toBe(true)
  const [record] = recordsIn(marker)
  expect(controlTypeOf(record?.key ?? null)).toBe(committed ? 'commit' : 'abort')
})

test('a control record of a later type is passed over, one without a type refused', () => {
  expect(controlTypeOf(Buffer.from([0, 0, 0, 4]))).toBe('other')
  expect(() => controlTypeOf(null)).toThrow(DecodeError)
  expect(() => controlTypeOf(Buffer.alloc(3))).toThrow(DecodeError)
})

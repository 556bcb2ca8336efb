import { DecodeError } from '../../../src/base/errors.ts'
import {
  batchesIn,
  isControl,
  isTransactional,
  nextBatch,
  readBatchHeader,
} from '../../../src/protocol/records/batch.ts'
import { checkBatch } from '../../../src/protocol/records/check.ts'
import { controlTypeOf } from '../../../src/protocol/records/control.ts'
import { recordsIn } from '../../../src/protocol/records/record.ts'
import type { Content } from './partition-log.ts'

/** A batch as somebody who checks it sees it. */
export interface SeenBatch {
  readonly baseOffset: number
  readonly lastOffset: number
  readonly producerId: number
  readonly transactional: boolean
  /** Of each record, with its offset. */
  readonly contents: readonly { readonly offset: number; readonly content: Content }[]
}

/** Takes apart what Fetch answered. Throws for bytes that are not whole, sound batches. */
export function seenBatches(records: Buffer | null): SeenBatch[] {
  if (!records) return []
  const batches: SeenBatch[] = []
  let end = 0
  for (const at of batchesIn(records)) {
    end = nextBatch(records, at)
    checkBatch(records.subarray(at, end))
    batches.push(seenBatch(records, at))
  }
  if (end !== records.length) throw new DecodeError('a fetch ends within a batch')
  return batches
}

function seenBatch(records: Buffer, at: number): SeenBatch {
  const { baseOffset, lastOffsetDelta, attributes, producerId } = readBatchHeader(records, at)
  const transactional = isTransactional(attributes)
  const contents = Array.from(recordsIn(records, at), ({ offset, key, value }) => ({
    offset,
    content: isControl(attributes)
      ? ({ kind: 'marker', producerId, committed: controlTypeOf(key) === 'commit' } as const)
      : ({ kind: 'record', value: textOf(value), producerId, transactional } as const),
  }))
  return { baseOffset, lastOffset: baseOffset + lastOffsetDelta, producerId, transactional, contents }
}

/** Values are padded with what means nothing. */
function textOf(value: Buffer | null): string {
  return (value?.toString() ?? '').split(' ', 1)[0] as string
}

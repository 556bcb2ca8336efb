import { DecodeError } from '../../../src/base/errors.ts'
import {
  batchesIn,
  headerAt,
  isControl,
  isTransactional,
  nextBatch,
  readBatchHeader,
} from '../../../src/protocol/records/batch.ts'
import { controlTypeOf } from '../../../src/protocol/records/control.ts'
import { crc32c } from '../../../src/protocol/records/crc32c.ts'
import { type LogRecord, recordsIn } from '../../../src/protocol/records/record.ts'
import type { Content } from './partition-log.ts'

/** A batch as somebody who checks it sees it. */
export interface SeenBatch {
  readonly baseOffset: number
  readonly lastOffset: number
  readonly bytes: number
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
    batches.push(seenBatch(records, at, end))
  }
  if (end !== records.length) throw new DecodeError('a fetch ends within a batch')
  return batches
}

function seenBatch(records: Buffer, at: number, end: number): SeenBatch {
  const { baseOffset, lastOffsetDelta, attributes, producerId, crc } = readBatchHeader(records, at)
  if (crc32c(records, at + headerAt.attributes, end) !== crc)
    throw new DecodeError(`the batch of ${baseOffset} is damaged`)
  const transactional = isTransactional(attributes)
  const contents = Array.from(recordsIn(records, at), ({ offset, ...record }) => ({
    offset,
    content: contentOf(record, { producerId, attributes }),
  }))
  const lastOffset = baseOffset + lastOffsetDelta
  return { baseOffset, lastOffset, bytes: end - at, producerId, transactional, contents }
}

function contentOf(
  { key, value, headers }: Pick<LogRecord, 'key' | 'value' | 'headers'>,
  { producerId, attributes }: { readonly producerId: number; readonly attributes: number },
): Content {
  if (isControl(attributes)) return { kind: 'marker', producerId, committed: controlTypeOf(key) === 'commit' }
  return {
    kind: 'record',
    value: textOf(value ?? headers[0]?.value ?? null),
    key: key === null ? null : key.toString(),
    isTombstone: value === null,
    producerId,
    transactional: isTransactional(attributes),
  }
}

/** Values are padded with what means nothing. */
function textOf(value: Buffer | null): string {
  return (value?.toString() ?? '').split(' ', 1)[0] as string
}

/** Transactions that a fetch with read_committed says were aborted, in the order of their first offsets. */
export type AbortedTransactions = readonly { readonly producerId: number; readonly firstOffset: number }[]

/** What a consumer with read_committed takes of a fetch, as Kafka's clients do it: the broker only tells whom to skip. */
export function committedRecords(
  batches: readonly SeenBatch[],
  aborted: AbortedTransactions | null,
): { readonly offset: number; readonly value: string }[] {
  const waiting = (aborted ?? []).toSorted((left, right) => left.firstOffset - right.firstOffset)
  const skipped = new Set<number>()
  const records: { offset: number; value: string }[] = []
  for (const { lastOffset, producerId, transactional, contents } of batches) {
    while (waiting[0] && waiting[0].firstOffset <= lastOffset) skipped.add(waiting.shift()!.producerId)
    for (const { offset, content } of contents) {
      if (content.kind === 'marker') skipped.delete(producerId)
      else if (!transactional || !skipped.has(producerId)) records.push({ offset, value: content.value })
    }
  }
  return records
}

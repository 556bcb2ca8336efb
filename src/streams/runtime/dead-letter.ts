import type { TopicWriter } from '../../client/topic-writer.ts'
import type { RecordHeader } from '../../protocol/records/record.ts'
import type { TaskRecord } from '../task/record-queues.ts'

/** A stack is cut here: it goes with every record. */
const stackCharactersMax = 2_000

/** Where a record lies, and the record. */
interface FailedLetter {
  readonly topic: string
  readonly partition: number
  readonly record: TaskRecord
}

/** Puts a record that could not be processed aside. */
export function writeDeadLetter(
  writer: TopicWriter,
  error: unknown,
  { topic, partition }: { readonly topic: string; readonly partition: number },
  record: TaskRecord,
): void {
  const [key, value] = [record.key && Buffer.from(record.key), record.value && Buffer.from(record.value)]
  const headers = deadLetterHeaders(error, { topic, partition, record })
  writer.append(record.timestamp, key, 0, key?.length ?? 0, value, 0, value?.length ?? 0, headers)
}

/**
 * The headers of a dead letter: those of the record, and why it was put aside, under the names of Kafka Streams (KIP-1034).
 * Key and value are the bytes of the record, untouched.
 */
export function deadLetterHeaders(error: unknown, { topic, partition, record }: FailedLetter): readonly RecordHeader[] {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const { name, message, stack } = cause instanceof Error ? cause : new Error(String(cause))
  const reasons = {
    exception: name,
    message,
    stacktrace: (stack ?? '').slice(0, stackCharactersMax),
    topic,
    partition: String(partition),
    offset: String(record.offset),
  }
  return [
    ...[...record.headers].map(([key, value]) => ({ key, value: Buffer.from(value) })),
    ...Object.entries(reasons).map(([key, text]) => ({ key: `__streams.errors.${key}`, value: Buffer.from(text) })),
  ]
}

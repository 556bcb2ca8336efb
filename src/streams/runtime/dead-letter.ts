import type { RecordHeader } from '../../protocol/records/record.ts'
import type { TaskRecord } from '../task/record-queues.ts'
import type { ThreadMeter } from './thread-meter.ts'
import type { ThreadTransaction } from './transaction.ts'

/** A stack is cut here: it goes with every record. */
const stackCharactersMax = 2_000

/** Where a record lies, and the record. */
interface FailedLetter {
  readonly topic: string
  readonly partition: number
  readonly record: TaskRecord
}

/** Puts records that could not be processed aside, as part of the transaction that skips them. */
export class DeadLetters {
  readonly #transaction: ThreadTransaction
  readonly #meter: ThreadMeter

  constructor(transaction: ThreadTransaction, meter: ThreadMeter) {
    this.#transaction = transaction
    this.#meter = meter
  }

  /** `into`: a topic that `prepareWriter` of the transaction has looked up. */
  write(into: string, error: unknown, { topic, partition }: Omit<FailedLetter, 'record'>, record: TaskRecord): void {
    const [key, value] = [record.key && Buffer.from(record.key), record.value && Buffer.from(record.value)]
    const headers = deadLetterHeaders(error, { topic, partition, record })
    const writer = this.#transaction.writer(into)
    writer.append(record.timestamp, key, 0, key?.length ?? 0, value, 0, value?.length ?? 0, headers)
    this.#meter.deadLettered()
  }
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

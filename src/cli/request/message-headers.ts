import type { FetchedRecord } from '../../client/fetched-records.ts'

type Header = FetchedRecord['headers'][number]

/** Headers by which requests and answers find each other. */
export interface HeaderNames {
  /** Names of the header that an answer has to repeat; the first one is what we write. */
  readonly correlation: readonly string[]
  /** Names of the header that says where the answer goes. */
  readonly replyTopic: readonly string[]
  readonly replyPartition: readonly string[]
}

/** Spring for Kafka's names first (KafkaHeaders), then those that others use for the same. */
export const knownHeaders: HeaderNames = {
  correlation: ['kafka_correlationId', 'correlationId', 'correlation_id', 'correlation-id', 'X-Correlation-ID'],
  replyTopic: ['kafka_replyTopic', 'replyTopic', 'reply_topic', 'reply-topic', 'replyTo', 'reply_to', 'reply-to'],
  replyPartition: ['kafka_replyPartition', 'replyPartition', 'reply_partition'],
}

/** An answer to a command that failed has this header, which says how: `exit code 3`. */
export const errorHeader = 'streamctl_error'

/** What a request says about its answer. */
export interface ReplyAddress {
  readonly topic: string
  /** undefined: the key decides. */
  readonly partition: number | undefined
  /** The header that the answer has to repeat, under the name that the request gave it; undefined if it has none. */
  readonly correlation: Header | undefined
}

/** Where the answer to a request goes; undefined if neither the request nor `defaultTopic` says it. */
export function replyAddress(
  headers: readonly Header[],
  names: HeaderNames,
  defaultTopic: string | undefined,
): ReplyAddress | undefined {
  const topic = find(headers, names.replyTopic)?.value?.toString() || defaultTopic
  if (!topic) return undefined
  return {
    topic,
    partition: readPartition(find(headers, names.replyPartition)?.value),
    correlation: find(headers, names.correlation),
  }
}

/** Whether a record answers the request with this correlation id. */
export function isAnswer(headers: readonly Header[], names: HeaderNames, correlationId: Buffer): boolean {
  return headers.some(({ key, value }) => names.correlation.includes(key) && value?.equals(correlationId))
}

/** The headers of a request. */
export function requestHeaders(
  names: HeaderNames,
  {
    correlationId,
    replyTopic,
    replyPartition,
  }: {
    readonly correlationId: Buffer
    readonly replyTopic: string
    readonly replyPartition: number | undefined
  },
): readonly Header[] {
  const headers = [
    { key: names.correlation[0]!, value: correlationId },
    { key: names.replyTopic[0]!, value: Buffer.from(replyTopic) },
  ]
  if (replyPartition === undefined) return headers
  // As Spring writes it: four bytes, big-endian.
  const value = Buffer.alloc(4)
  value.writeInt32BE(replyPartition)
  return [...headers, { key: names.replyPartition[0]!, value }]
}

/** What an answer says about a failure, if it does. */
export function errorOf(headers: readonly Header[]): string | undefined {
  return headers.find(({ key }) => key === errorHeader)?.value?.toString()
}

function find(headers: readonly Header[], names: readonly string[]): Header | undefined {
  for (const name of names) {
    const header = headers.find(({ key }) => key === name)
    if (header) return header
  }
  return undefined
}

/** Four bytes as Spring writes them, or digits as others do. */
function readPartition(value: Buffer | null | undefined): number | undefined {
  if (!value) return undefined
  const text = value.toString('latin1')
  const partition = /^\d{1,9}$/.test(text) ? Number(text) : value.length === 4 ? value.readInt32BE() : -1
  return partition >= 0 ? partition : undefined
}

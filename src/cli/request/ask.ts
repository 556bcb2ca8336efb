import { ExitCode, OperatorError } from '../../base/errors.ts'
import type { Cluster, TopicMetadata } from '../../client/cluster.ts'
import { RequestError } from '../../client/failures.ts'
import { type FetchedRecord, forEachFetched } from '../../client/fetched-records.ts'
import { endOffsets, findTopic } from '../../client/list-offsets.ts'
import { Producer } from '../../client/producer.ts'
import { Reader } from '../../client/reader.ts'
import { createTopic, isTopicThere } from '../../client/topic-admin.ts'
import { anyPartition } from '../../client/topic-writer.ts'
import { type HeaderNames, isAnswer, requestHeaders } from './message-headers.ts'

export interface Question {
  readonly topic: string
  readonly replyTopic: string
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: FetchedRecord['headers']
  readonly partition: number | undefined
  readonly names: HeaderNames
  readonly timeoutMs: number
  readonly signal: AbortSignal
  readonly onNotice: (text: string) => void
}

export interface Answer {
  readonly topic: string
  readonly partition: number
  readonly record: FetchedRecord
}

const correlationIdBytes = 16
/** Nobody reads an answer again. */
const replyRetentionMs = 3_600_000

/**
 * Sends a request and hands the record that answers it to `take`. No group: all partitions of the reply topic are read from
 * where they end before the request is sent, so that no answer can be missed. Throws `OperatorError` (exit code 4) if none
 * comes in time; resolves with false if interrupted.
 */
export async function ask(cluster: Cluster, question: Question, take: (answer: Answer) => void): Promise<boolean> {
  const { env } = cluster
  const { topic, names, timeoutMs, signal } = question
  await findTopic(cluster, topic)
  const replies = await replyTopicOf(cluster, question)
  const correlationId = env.random.bytes(correlationIdBytes)
  const partitions = replies.partitions.map(({ partition }) => partition)
  // Answers may stand behind an open transaction of others.
  const ends = await endOffsets(cluster, replies, partitions, 'committed')
  const reader = new Reader(cluster, { onNotice: question.onNotice })
  for (const [partition, offset] of ends) {
    reader.add({
      topic: replies.name,
      topicId: replies.topicId,
      partition,
      offset,
      endOffset: Number.POSITIVE_INFINITY,
    })
  }
  let isAnswered = false
  const reading = reader.run(fetched => {
    forEachFetched(fetched, record => {
      if (isAnswered || !isAnswer(record.headers, names, correlationId)) return
      isAnswered = true
      take({ topic: fetched.topic, partition: fetched.partition, record })
      reader.stop()
    })
  })
  reading.catch(() => {})
  const stop = (): void => reader.stop()
  signal.addEventListener('abort', stop)
  if (signal.aborted) stop()
  await send(cluster, question, correlationId)
  const timer = env.clock.after(timeoutMs, stop)
  try {
    await reading
  } finally {
    timer.cancel()
    signal.removeEventListener('abort', stop)
  }
  if (!isAnswered && !signal.aborted) throw noAnswer(question)
  return isAnswered
}

function noAnswer({ topic, timeoutMs, replyTopic }: Question): OperatorError {
  return new OperatorError(`no answer from '${topic}' in ${timeoutMs / 1000} s`, {
    hint: `does somebody answer there? streamctl reply ${topic} -- COMMAND; answers are awaited in '${replyTopic}'`,
    exitCode: ExitCode.unreachable,
  })
}

/** The topic of the answers; made if it is not there. */
async function replyTopicOf(cluster: Cluster, { replyTopic, onNotice }: Question): Promise<TopicMetadata> {
  const { topics } = await cluster.metadata([replyTopic])
  const known = topics.find(({ name, errorCode }) => name === replyTopic && errorCode === 0)
  if (known) return known
  try {
    await createTopic(cluster, {
      name: replyTopic,
      partitions: 1,
      settings: [['retention.ms', String(replyRetentionMs)]],
    })
    onNotice(`topic '${replyTopic}' was created for answers: they are kept for an hour`)
  } catch (error) {
    // Another requester was faster.
    if (!(error instanceof RequestError && isTopicThere(error))) throw error
  }
  return findTopic(cluster, replyTopic)
}

async function send(cluster: Cluster, question: Question, correlationId: Buffer): Promise<void> {
  const { topic, replyTopic, key, value, headers, names, partition = anyPartition, timeoutMs } = question
  let failure: Error | undefined
  // A request that came twice would be answered twice; numbering it would cost a round trip more.
  const producer = new Producer(cluster, {
    idempotent: false,
    lingerMs: 0,
    deliveryTimeoutMs: timeoutMs,
    onFailure: ({ error }) => {
      failure = error
    },
  })
  try {
    const writer = await producer.topic(topic)
    if (partition >= writer.partitionCount) {
      throw new OperatorError(`topic '${topic}' has no partition ${partition}`)
    }
    const all = [...headers, ...requestHeaders(names, { correlationId, replyTopic, replyPartition: undefined })]
    const nowMs = cluster.env.clock.now()
    writer.append(nowMs, key, 0, key?.length ?? 0, value, 0, value?.length ?? 0, all, partition)
    await producer.flush()
    if (failure) throw failure
  } finally {
    producer.close()
  }
}

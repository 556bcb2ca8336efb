import type { Cluster, TopicMetadata } from '../../client/cluster.ts'
import { RequestError } from '../../client/failures.ts'
import { endOffsets, findTopic, offsetsAtTime, resolvePosition, type StartPosition } from '../../client/list-offsets.ts'
import { Reader } from '../../client/reader.ts'
import type { CommandContext } from '../command.ts'
import { failureWord, KcatError, unknownTopicCode } from './kcat-error.ts'
import type { KcatOptions } from './kcat-options.ts'
import { KcatPrinter, keyOf } from './kcat-printer.ts'
import type { KcatVoice } from './kcat-say.ts'
import type { KcatSettings } from './kcat-settings.ts'

/** `-C`: reads partitions of a topic without a group. */
export async function consumeKcat(
  context: CommandContext,
  cluster: Cluster,
  {
    options,
    settings,
    voice,
  }: { readonly options: KcatOptions; readonly settings: KcatSettings; readonly voice: KcatVoice },
): Promise<void> {
  const { output, signal } = context
  const printer = new KcatPrinter(output, voice, options)
  const topic = await topicOf(cluster, options, settings)
  const partitions = partitionsOf(topic, options)
  const starts = await startsOf(cluster, topic, partitions, options)
  const isolation = settings.get('isolation.level') === 'read_uncommitted' ? 'uncommitted' : 'committed'
  const ends = await endOffsets(cluster, topic, partitions, isolation)
  const reader = new Reader(cluster, { isolation, onNotice: text => voice.info(1, text) })
  const isEnding = options.exitAtEnd || options.stopMs !== undefined
  const atEnd = new Set<number>()
  const end = (partition: number, text: string): void => {
    if (atEnd.has(partition)) return
    atEnd.add(partition)
    const isLast = isEnding && atEnd.size === partitions.length
    voice.info(1, `${text}${isLast ? ': exiting' : ''}`)
    if (isLast) reader.stop()
  }
  const reached = (partition: number, offset: number): void =>
    end(partition, `Reached end of topic ${topic.name} [${partition}] at offset ${offset}`)
  for (const [partition, offset] of starts) {
    const endOffset = ends.get(partition) ?? 0
    const limit = options.exitAtEnd ? endOffset : Number.POSITIVE_INFINITY
    if (offset >= endOffset) reached(partition, Math.max(offset, endOffset))
    if (offset < limit) reader.add({ topic: topic.name, topicId: topic.topicId, partition, offset, endOffset: limit })
  }
  const stop = (): void => reader.stop()
  signal.addEventListener('abort', stop)
  if (signal.aborted) stop()
  await reader.run(async fetched => {
    const { partition } = fetched
    if (printer.stopped.has(keyOf(fetched))) return
    const behind = await printer.print(fetched)
    if (printer.isDone) return stop()
    if (printer.stopped.has(keyOf(fetched))) {
      end(partition, `Reached stop timestamp for topic ${topic.name} [${partition}] at offset ${behind}`)
    } else if (behind >= Math.min(fetched.endOffset, fetched.highWatermark)) reached(partition, behind)
    else if (!options.exitAtEnd) atEnd.delete(partition)
  })
}

async function topicOf(
  cluster: Cluster,
  { topic: name = '' }: KcatOptions,
  settings: KcatSettings,
): Promise<TopicMetadata> {
  try {
    return await findTopic(cluster, name)
  } catch (error) {
    const isUnknown = error instanceof RequestError && error.code === unknownTopicCode
    if (isUnknown && settings.get('allow.auto.create.topics') === 'true') {
      await cluster.metadata([name], { autoCreate: true })
      return findTopic(cluster, name)
    }
    const what = error instanceof RequestError ? `Topic ${name} error` : `Failed to query metadata for topic ${name}`
    throw new KcatError('fatal', `${what}: ${failureWord(error)}`, { cause: error })
  }
}

function partitionsOf(topic: TopicMetadata, { partition }: KcatOptions): readonly number[] {
  const all = topic.partitions.map(found => found.partition)
  if (partition === undefined || partition < 0) return all
  if (all.includes(partition)) return [partition]
  throw new KcatError(
    'fatal',
    `Topic ${topic.name} (with partitions 0..${all.length - 1}): partition ${partition} does not exist`,
  )
}

async function startsOf(
  cluster: Cluster,
  topic: TopicMetadata,
  partitions: readonly number[],
  { startMs, offset }: KcatOptions,
): Promise<ReadonlyMap<number, number>> {
  if (startMs) {
    const found = await offsetsAtTime(cluster, topic, partitions, startMs)
    const ends = await endOffsets(cluster, topic, partitions)
    return new Map([...found].map(([partition, at]) => [partition, at < 0 ? (ends.get(partition) ?? 0) : at]))
  }
  return resolvePosition(cluster, topic, partitions, positionOf(offset) ?? { kind: 'start' })
}

/** What `-o` says; undefined for the committed offset. */
export function positionOf(offset = 'beginning'): StartPosition | undefined {
  if (offset === 'beginning') return { kind: 'start' }
  if (offset === 'end') return { kind: 'end' }
  if (offset === 'stored') return undefined
  const number = Number.parseInt(offset, 10) || 0
  return number < 0 ? { kind: 'last', count: -number } : { kind: 'offset', offset: number }
}

import type { Readable } from 'node:stream'
import { ExitCode, OperatorError } from '../../base/errors.ts'
import { copyBatches } from '../../client/batch-copy.ts'
import type { Cluster } from '../../client/cluster.ts'
import { commitForGroup } from '../../client/group-admin.ts'
import { endOffsets, findTopic } from '../../client/list-offsets.ts'
import { deleteTopic } from '../../client/topic-admin.ts'
import type { TopicWriter } from '../../client/topic-writer.ts'
import { ensureTopic, type TopicShape } from '../copy/same-topic.ts'
import type { RateLimiter } from '../rate-limiter.ts'
import { type ArchivedRecords, decodeBlock, type GroupOffsets } from './archive-format.ts'
import { blocksOf } from './archive-reader.ts'
import type { OffsetTranslation } from './offset-translation.ts'

/** What an archive says of itself in front of its records. */
export interface ArchiveContents {
  readonly topics: readonly TopicShape[]
  readonly groups: readonly GroupOffsets[]
  /** Number of records by topic; known once all of it was read. */
  readonly records: Readonly<Record<string, number>>
}

/** Reads a whole archive without its records: throws `OperatorError` if anything of it is damaged, before anything is done with it. */
export async function inspectArchive(source: string | Readable): Promise<ArchiveContents> {
  const topics: TopicShape[] = []
  const groups: GroupOffsets[] = []
  let records: Readonly<Record<string, number>> = {}
  for await (const bytes of blocksOf(source)) {
    if (isRecords(bytes)) continue
    const block = decodeBlock(bytes)
    if (block.kind === 'topic') topics.push(block.topic)
    else if (block.kind === 'group') groups.push(block.group)
    else if (block.kind === 'end') records = block.records
  }
  return { topics, groups, records }
}

function isRecords(block: Buffer): boolean {
  return block[0] === 0x52 || block[0] === 0x5a
}

/** Where the records of an archive go. */
export interface ImportTarget {
  readonly isFull: boolean
  room(): Promise<void>
}

export interface ImportOptions {
  readonly target: ImportTarget
  /** By number of the topic in the archive; a topic that is not wanted has none. */
  readonly writers: readonly (TopicWriter | undefined)[]
  readonly translation: OffsetTranslation
  readonly limiter: RateLimiter
  readonly signal: AbortSignal
  /** Something has failed for good: the rest need not be read. */
  readonly isOver: () => boolean
  readonly onProgress: (recordCount: number) => void
}

/** Writes the records of an archive, each to the partition that it came from. The number of records. */
export async function importRecords(source: string, options: ImportOptions): Promise<number> {
  let count = 0
  for await (const bytes of blocksOf(source)) {
    if (options.signal.aborted || options.isOver()) break
    if (!isRecords(bytes)) continue
    const block = decodeBlock(bytes)
    if (block.kind === 'records') count = await writeBlock(block.records, options, count)
  }
  return count
}

async function writeBlock(
  { topic, partition, batches }: ArchivedRecords,
  { target, writers, translation, limiter, signal, onProgress }: ImportOptions,
  before: number,
): Promise<number> {
  const writer = writers[topic]
  if (!writer) return before
  const { name } = writer
  const isFollowed = translation.isWanted(name, partition)
  const fetched = {
    topic: name,
    partition,
    bytes: batches,
    fromOffset: 0,
    endOffset: Number.POSITIVE_INFINITY,
    abortedTransactions: [],
  }
  let count = before
  for (const batch of copyBatches(fetched, writer, record => {
    if (isFollowed) translation.archived(name, partition, record.offset)
    return true
  })) {
    count += batch.records
    onProgress(count)
    if (target.isFull) await target.room()
    await limiter.passed(batch, signal)
    if (signal.aborted) return count
  }
  return count
}

/**
 * Makes the topics of an archive. Those that are there must be empty, unless `append`: an import that ran twice would double
 * every record. Answers with the topics that were made. Throws `OperatorError`, `RequestError`; then none of them is left.
 */
export async function makeTopics(
  cluster: Cluster,
  shapes: readonly TopicShape[],
  { append }: { readonly append: boolean },
): Promise<readonly string[]> {
  const made: string[] = []
  try {
    for (const shape of shapes) {
      if (await ensureTopic(cluster, shape)) made.push(shape.name)
      else if (!append) await refuseRecords(cluster, shape.name)
    }
    return made
  } catch (error) {
    await removeTopics(cluster, made)
    throw error
  }
}

/** Takes back what `makeTopics` has made. */
export async function removeTopics(cluster: Cluster, names: readonly string[]): Promise<void> {
  for (const name of names) await deleteTopic(cluster, name).catch(() => {})
}

async function refuseRecords(cluster: Cluster, name: string): Promise<void> {
  const ends = await partitionEnds(cluster, name)
  if ([...ends.values()].every(offset => offset === 0)) return
  throw new OperatorError(`topic '${name}' holds or has held records already`, {
    hint: '--append adds to them; --rename OLD=NEW imports under another name',
    exitCode: ExitCode.failure,
  })
}

/** Commits the offsets of groups for the records that are there now. */
export async function importGroups(
  cluster: Cluster,
  groups: readonly GroupOffsets[],
  translation: OffsetTranslation,
): Promise<void> {
  const ends = new Map<string, ReadonlyMap<number, number>>()
  for (const { group, offsets } of groups) {
    const translated = []
    for (const { topic, partition, offset } of offsets) {
      if (!ends.has(topic)) ends.set(topic, await partitionEnds(cluster, topic))
      const end = ends.get(topic)?.get(partition) ?? 0
      translated.push({ topic, partition, offset: translation.translate(topic, partition, offset, end) })
    }
    await commitForGroup(cluster, group, translated)
  }
}

async function partitionEnds(cluster: Cluster, name: string): Promise<ReadonlyMap<number, number>> {
  const topic = await findTopic(cluster, name)
  return endOffsets(
    cluster,
    topic,
    topic.partitions.map(({ partition }) => partition),
  )
}

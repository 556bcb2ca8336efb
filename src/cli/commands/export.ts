import { OperatorError } from '../../base/errors.ts'
import { selectBatches } from '../../client/batch-copy.ts'
import type { Cluster, TopicMetadata } from '../../client/cluster.ts'
import { committedOffsets, listGroups } from '../../client/group-admin.ts'
import { findTopic } from '../../client/list-offsets.ts'
import { parseRanges } from '../../client/offset-expression.ts'
import { Reader } from '../../client/reader.ts'
import { allTopics } from '../admin/topics.ts'
import type { GroupOffsets } from '../archive/archive-format.ts'
import { type ArchiveWriter, createArchive, streamArchive } from '../archive/archive-writer.ts'
import { type CommandContext, defineCommand } from '../command.ts'
import { progressLine } from '../copy/copy-progress.ts'
import { shapeOf } from '../copy/same-topic.ts'
import { type BrokerOptions, brokerOptions, openCluster, quietOption } from '../options.ts'
import { choosePartitions, resolveRanges } from '../partition-ranges.ts'
import { parseRate, type Rate, RateLimiter } from '../rate-limiter.ts'
import { filterOf, filterOptions } from '../wanted-records.ts'

interface ExportOptions extends BrokerOptions {
  readonly offset?: readonly string[]
  readonly groups: boolean
  readonly force?: boolean
  readonly rate?: Rate
  readonly where?: string
  readonly grep?: string
  readonly onError: 'stop' | 'skip'
  readonly quiet?: boolean
}

export const exportCommand = defineCommand<ExportOptions, [file: string, topics: readonly string[]]>({
  name: 'export',
  summary: 'write topics into one file: records, settings, offsets of groups',
  description: `Takes what the topics hold when it begins, of all topics if none is named. The file holds the record batches as the \
broker sent them, compressed and with checksums; streamctl import reads it. It has its name only once it is whole, on disk and read \
back; until then, and if anything fails, there is no such file. With - it goes to stdout.`,
  arguments: [
    { name: '<file>', help: 'the file to write, - for stdout' },
    { name: '[topics...]', help: 'what to export; default: all topics but internal ones' },
  ],
  options: [
    ...brokerOptions,
    { flags: '-o, --offset <range>', help: 'which records, as for consume; default all', repeatable: true },
    { flags: '--no-groups', help: 'leave out what groups have committed for the topics' },
    { flags: '--force', help: 'replace a file that is there' },
    { flags: '--rate <rate>', help: 'no faster than 500 (records a second) or 10MB (a second)', parse: parseRate },
    ...filterOptions,
    quietOption,
  ],
  examples: [
    { command: 'streamctl export web.archive web orders', does: 'two topics in one file' },
    { command: 'streamctl export errors.archive web --grep error -o @-24h', does: "the last day's errors" },
    { command: 'streamctl export - web | ssh backup@host "cat > web.archive"', does: 'to another machine' },
  ],
  run: exportTopics,
})

async function exportTopics(
  context: CommandContext,
  options: ExportOptions,
  file: string,
  names: readonly string[],
): Promise<undefined> {
  const { env, output, signal } = context
  if (options.quiet) output.quiet()
  const cluster = openCluster(context, options)
  try {
    const topics = await chooseTopics(cluster, names)
    const archive =
      file === '-' ? streamArchive(output) : await createArchive(env, file, { force: options.force === true })
    try {
      const count = await writeArchive(context, options, { cluster, topics, archive })
      if (signal.aborted) {
        await archive.discard()
        if (!output.isClosed)
          output.note(`interrupted: ${file === '-' ? 'the archive has no end' : `there is no ${file}`}`)
        return undefined
      }
      await archive.finish()
      const what = topics.length === 1 ? 'topic' : 'topics'
      output.note(`${count.toLocaleString('en')} records of ${topics.length} ${what} written to ${file}`)
    } catch (error) {
      await archive.discard()
      throw error
    }
  } finally {
    cluster.close()
  }
  return undefined
}

async function chooseTopics(cluster: Cluster, names: readonly string[]): Promise<readonly TopicMetadata[]> {
  if (names.length > 0) return Promise.all([...new Set(names)].map(name => findTopic(cluster, name)))
  const topics = (await allTopics(cluster)).filter(({ isInternal }) => !isInternal)
  if (topics.length === 0) throw new OperatorError('there are no topics to export', { exitCode: 1 })
  return topics
}

interface Exporting {
  readonly cluster: Cluster
  readonly topics: readonly TopicMetadata[]
  readonly archive: ArchiveWriter
}

/** Writes everything but the end into the archive, and the end unless interrupted. The number of records. */
async function writeArchive(context: CommandContext, options: ExportOptions, of: Exporting): Promise<number> {
  const { cluster, topics, archive } = of
  for (const topic of topics) await archive.write({ kind: 'topic', topic: await shapeOf(cluster, topic) })
  // Before the ends of the topics: what a group has committed then lies within them.
  const groups = options.groups ? await groupOffsets(cluster, new Set(topics.map(({ name }) => name))) : []
  for (const group of groups) await archive.write({ kind: 'group', group })
  const counts = await writeRecords(context, options, of)
  if (!context.signal.aborted) await archive.write({ kind: 'end', records: Object.fromEntries(counts) })
  return [...counts.values()].reduce((sum, count) => sum + count, 0)
}

async function groupOffsets(cluster: Cluster, names: ReadonlySet<string>): Promise<readonly GroupOffsets[]> {
  const found: GroupOffsets[] = []
  for (const { group } of await listGroups(cluster)) {
    const offsets = [...(await committedOffsets(cluster, group))].flatMap(([topic, partitions]) =>
      names.has(topic) ? [...partitions].map(([partition, offset]) => ({ topic, partition, offset })) : [],
    )
    if (offsets.length > 0) found.push({ group, offsets })
  }
  return found
}

async function writeRecords(
  { env, output, signal }: CommandContext,
  options: ExportOptions,
  { cluster, topics, archive }: Exporting,
): Promise<ReadonlyMap<string, number>> {
  const onNotice = (text: string): void => output.note(text)
  const filter = filterOf(options, onNotice)
  const ranges = parseRanges(options.offset ?? [], env.clock.now())
  const reader = new Reader(cluster, { onNotice })
  const counts = new Map(topics.map(({ name }) => [name, 0]))
  let wholeCount = 0
  for (const topic of topics) {
    const partitions = choosePartitions(topic, undefined)
    for (const { partition, offset, endOffset } of await resolveRanges(cluster, topic, {
      partitions,
      ranges,
      defaultStart: { kind: 'start' },
      toEnd: true,
    })) {
      wholeCount += Math.max(0, endOffset - offset)
      reader.add({ topic: topic.name, topicId: topic.topicId, partition, offset, endOffset })
    }
  }
  const show = progressLine(env, output, wholeCount)
  const limiter = new RateLimiter(env, options.rate)
  const numbers = new Map(topics.map(({ name }, at) => [name, at]))
  let readCount = 0
  signal.addEventListener('abort', () => reader.stop())
  if (signal.aborted) reader.stop()
  await reader.run(async fetched => {
    const { topic, partition } = fetched
    const isWanted = filter && ((record: Parameters<typeof filter.matches>[0]) => filter.matches(record, fetched))
    const { bytes: batches, recordCount } = selectBatches(fetched, isWanted)
    if (recordCount === 0) return
    await archive.write({ kind: 'records', records: { topic: numbers.get(topic)!, partition, batches } })
    counts.set(topic, (counts.get(topic) ?? 0) + recordCount)
    readCount += recordCount
    show(readCount)
    await limiter.passed({ records: recordCount, bytes: batches.length }, signal)
  })
  return counts
}

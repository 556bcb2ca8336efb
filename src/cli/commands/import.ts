import { ExitCode, OperatorError } from '../../base/errors.ts'
import type { Cluster } from '../../client/cluster.ts'
import { partitioners } from '../../client/partitioner.ts'
import type { TopicWriter } from '../../client/topic-writer.ts'
import type { GroupOffsets } from '../archive/archive-format.ts'
import {
  type ArchiveContents,
  importGroups,
  importRecords,
  inspectArchive,
  makeTopics,
  removeTopics,
} from '../archive/import-archive.ts'
import { OffsetTranslation } from '../archive/offset-translation.ts'
import { type CommandContext, defineCommand } from '../command.ts'
import { progressLine } from '../copy/copy-progress.ts'
import type { TopicShape } from '../copy/same-topic.ts'
import { DeliveryReport } from '../delivery-report.ts'
import { type BrokerOptions, brokerOptions, nameAndValue, openCluster, quietOption } from '../options.ts'
import { openSession, type ProduceSession } from '../produce-session.ts'
import { parseRate, type Rate, RateLimiter } from '../rate-limiter.ts'

interface ImportOptions extends BrokerOptions {
  readonly rename?: readonly (readonly [string, string])[]
  readonly append?: boolean
  readonly groups: boolean
  readonly transaction: boolean
  readonly check?: boolean
  readonly rate?: Rate
  readonly quiet?: boolean
}

export const importCommand = defineCommand<ImportOptions, [file: string, topics: readonly string[]]>({
  name: 'import',
  summary: 'bring topics back from a file that export has written',
  description: `Checks the whole file before anything else. Topics are created with the partitions and settings that they had; records \
keep partitions, keys, headers, times and compression; groups go on behind the same records, whatever their offsets are here. All \
records come in one transaction: if anything fails or is interrupted, there is nothing of it, and no topic that was not there before.`,
  arguments: [
    { name: '<file>', help: 'the file to read' },
    { name: '[topics...]', help: 'what to import of it; default: everything' },
  ],
  options: [
    ...brokerOptions,
    {
      flags: '--rename <old=new>',
      help: 'import a topic under another name; may be repeated',
      parse: nameAndValue('a new name'),
      repeatable: true,
    },
    { flags: '--append', help: 'add to topics that hold records already' },
    { flags: '--no-groups', help: 'leave out the offsets of groups' },
    { flags: '--no-transaction', help: 'for files that take longer than a transaction may: a failure leaves a part' },
    { flags: '--check', help: 'only check the file and say what is in it' },
    { flags: '--rate <rate>', help: 'no faster than 500 (records a second) or 10MB (a second)', parse: parseRate },
    quietOption,
  ],
  examples: [
    { command: 'streamctl import web.archive', does: 'everything, as it was' },
    { command: 'streamctl import web.archive --check', does: 'what is in the file, and whether it is whole' },
    {
      command: 'streamctl import web.archive web --rename web=web-of-yesterday',
      does: 'one topic, under another name',
    },
  ],
  run: importTopics,
})

async function importTopics(
  context: CommandContext,
  options: ImportOptions,
  file: string,
  names: readonly string[],
): Promise<number> {
  const { output } = context
  if (options.quiet) output.quiet()
  const contents = await inspectArchive(file)
  if (options.check) {
    show(context, contents)
    return ExitCode.ok
  }
  const shapes = chosenShapes(contents, options, names)
  const cluster = openCluster(context, options)
  try {
    const wanted = shapes.filter(shape => shape !== undefined)
    const made = await makeTopics(cluster, wanted, { append: options.append === true })
    let isDone = false
    try {
      isDone = await writeAll(context, options, { cluster, file, contents, shapes })
    } finally {
      if (!isDone && options.transaction) await removeTopics(cluster, made)
    }
    // An interruption has its own exit code.
    return isDone || context.signal.aborted ? ExitCode.ok : ExitCode.failure
  } finally {
    cluster.close()
  }
}

interface Importing {
  readonly cluster: Cluster
  readonly file: string
  readonly contents: ArchiveContents
  /** By number of the topic in the archive, under its new name; undefined for one that is not wanted. */
  readonly shapes: readonly (TopicShape | undefined)[]
}

/** True if everything is there. */
async function writeAll(
  context: CommandContext,
  options: ImportOptions,
  { cluster, file, contents, shapes }: Importing,
): Promise<boolean> {
  const { env, output, signal } = context
  const groups = options.groups ? renamedGroups(contents, shapes) : []
  const translation = new OffsetTranslation(groups)
  const report = new DeliveryReport(env, output)
  const session = openSession(cluster, report, {
    acks: 'all',
    compression: 'none',
    idempotent: true,
    partitioner: partitioners.murmur2,
    transactionTimeoutMs: 900_000,
    deliveryTimeoutMs: 60_000,
    ...(options.transaction && { transactionalId: `streamctl-import-${env.random.bytes(8).toString('hex')}` }),
    onDelivery: delivery => translation.delivered(delivery.topic, delivery.partition, delivery),
  })
  try {
    await session.begin()
    const progress = progressLine(env, output, recordCount(contents))
    const limiter = new RateLimiter(env, options.rate)
    const writers = await writersOf(session, shapes)
    try {
      await importRecords(file, {
        target: session.sender,
        writers,
        translation,
        limiter,
        signal,
        isOver: () => session.isLost,
        onProgress: progress,
      })
    } catch (error) {
      await session.end({ commit: false })
      throw error
    }
    await session.end({ commit: !signal.aborted })
    const isComplete = report.finish({ always: true })
    if (!isComplete || signal.aborted) return false
    await importGroups(cluster, groups, translation)
    if (groups.length > 0)
      output.note(`offsets of ${groups.length} ${groups.length === 1 ? 'group' : 'groups'} were set`)
    return true
  } finally {
    session.close()
  }
}

async function writersOf(
  { sender }: ProduceSession,
  shapes: readonly (TopicShape | undefined)[],
): Promise<readonly (TopicWriter | undefined)[]> {
  const writers: (TopicWriter | undefined)[] = []
  for (const shape of shapes) writers.push(shape && (await sender.topic(shape.name)))
  return writers
}

function chosenShapes(
  { topics }: ArchiveContents,
  { rename = [] }: ImportOptions,
  names: readonly string[],
): readonly (TopicShape | undefined)[] {
  const newNames = new Map(rename)
  const missing = [...names, ...newNames.keys()].find(name => !topics.some(topic => topic.name === name))
  if (missing !== undefined) {
    throw new OperatorError(`the archive has no topic '${missing}'`, {
      hint: `it has ${topics.map(({ name }) => name).join(', ')}`,
      exitCode: ExitCode.failure,
    })
  }
  return topics.map(topic =>
    names.length === 0 || names.includes(topic.name)
      ? { ...topic, name: newNames.get(topic.name) ?? topic.name }
      : undefined,
  )
}

/** Groups with their topics under the new names, without those that are not imported. */
function renamedGroups({ topics, groups }: ArchiveContents, shapes: Importing['shapes']): readonly GroupOffsets[] {
  const names = new Map(topics.map(({ name }, at) => [name, shapes[at]?.name]))
  return groups
    .map(({ group, offsets }) => ({
      group,
      offsets: offsets.flatMap(place => {
        const topic = names.get(place.topic)
        return topic === undefined ? [] : [{ ...place, topic }]
      }),
    }))
    .filter(({ offsets }) => offsets.length > 0)
}

function recordCount({ records }: ArchiveContents): number {
  return Object.values(records).reduce((sum, count) => sum + count, 0)
}

function show({ output }: CommandContext, contents: ArchiveContents): void {
  output.table(contents.topics, [
    { title: 'TOPIC', value: topic => topic.name },
    { title: 'PARTITIONS', value: topic => topic.partitions, align: 'right' },
    { title: 'RECORDS', value: topic => contents.records[topic.name] ?? 0, align: 'right' },
    { title: 'SETTINGS', value: topic => topic.settings.map(setting => setting.join('=')).join(' ') || null },
    {
      title: 'GROUPS',
      value: ({ name }) =>
        contents.groups
          .filter(({ offsets }) => offsets.some(({ topic }) => topic === name))
          .map(({ group }) => group)
          .join(' ') || null,
    },
  ])
}

import { ExitCode, OperatorError } from '../../base/errors.ts'
import type { Cluster, TopicMetadata } from '../../client/cluster.ts'
import { findTopic } from '../../client/list-offsets.ts'
import { parseRanges } from '../../client/offset-expression.ts'
import { Reader } from '../../client/reader.ts'
import type { TopicWriter } from '../../client/topic-writer.ts'
import { FencedError } from '../../client/transaction-coordinator.ts'
import { compileFilter } from '../../client/where/filter.ts'
import { type CommandContext, defineCommand } from '../command.ts'
import { openNamed } from '../copy/cluster-name.ts'
import { CopyLoop } from '../copy/copy-loop.ts'
import { progressLine } from '../copy/copy-progress.ts'
import { atLeastOnceSink, type CopyPositions, type CopySink, exactlyOnceSink } from '../copy/copy-sink.ts'
import { ensureTopic, shapeOf } from '../copy/same-topic.ts'
import { every } from '../every.ts'
import { type BrokerOptions, brokerOptions, quietOption } from '../options.ts'
import { choosePartitions, resolveRanges } from '../partition-ranges.ts'
import { parseRate, type Rate, RateLimiter } from '../rate-limiter.ts'
import { filterOptions } from '../wanted-records.ts'

interface CopyOptions extends BrokerOptions {
  readonly from?: string
  readonly to?: string
  readonly toTopic?: string
  readonly offset?: readonly string[]
  readonly follow?: boolean
  readonly restart?: boolean
  readonly id?: string
  readonly atLeastOnce?: boolean
  readonly rate?: Rate
  readonly where?: string
  readonly grep?: string
  readonly onError: 'stop' | 'skip'
  readonly quiet?: boolean
}

export const copyCommand = defineCommand<CopyOptions, [topics: readonly string[]]>({
  name: 'copy',
  summary: 'copy topics to another cluster, or under another name',
  description: `Records keep their partitions, keys, headers, times and compression. A topic that is not there is created with the \
same partitions and settings. Stops at the end of the topics as it is at the start, or with -F goes on for ever.

How far a copy has come is kept at the destination, as offsets of a group that has the name of the copy (--id; by default made \
of the source cluster and the topics), in the same transactions as the records. So a copy that was interrupted or killed goes on \
where it stopped when the same command runs again, and has each record once; and one that ran to its end copies what has come \
since. --from and --to take host:port,... or the name of a profile.`,
  arguments: [{ name: '<topics...>', help: 'what to copy' }],
  options: [
    ...brokerOptions,
    {
      flags: '--from <cluster>',
      help: 'the source: host:port,... or a profile (default: what -b or the profile says)',
    },
    { flags: '--to <cluster>', help: 'the destination, likewise' },
    { flags: '--to-topic <name>', help: 'the name at the destination, for a single topic' },
    {
      flags: '-o, --offset <range>',
      help: 'where a copy begins and stops that has not begun yet, as for consume; default start',
      repeatable: true,
    },
    { flags: '-F, --follow', help: 'go on with what comes later' },
    { flags: '--restart', help: 'forget how far an earlier run has come' },
    { flags: '--id <name>', help: 'name of the copy: its group and transactional id at the destination' },
    {
      flags: '--at-least-once',
      help: 'for a destination without transactions: after an interruption records may come twice',
    },
    { flags: '--rate <rate>', help: 'no faster than 500 (records a second) or 10MB (a second)', parse: parseRate },
    ...filterOptions,
    quietOption,
  ],
  examples: [
    { command: 'streamctl copy web --to 127.0.0.1:9093', does: 'a topic to another cluster' },
    {
      command: 'streamctl copy web --to-topic web-errors --grep error',
      does: 'some of its records, in the same cluster',
    },
    { command: 'streamctl copy web orders --from 127.0.0.1:9093 --rate 10MB', does: 'two topics from another cluster' },
  ],
  run: copy,
})

async function copy(context: CommandContext, options: CopyOptions, names: readonly string[]): Promise<undefined> {
  if (options.quiet) context.output.quiet()
  if (options.toTopic !== undefined && names.length > 1) throw new OperatorError('--to-topic is for a single topic')
  const source = openNamed(context, options.from, options)
  const target = openNamed(context, options.to, options)
  try {
    const { clusterId } = await source.metadata([])
    const isSameCluster = clusterId !== null && clusterId === (await target.metadata([])).clusterId
    if (isSameCluster && (options.toTopic === undefined || options.toTopic === names[0])) {
      throw new OperatorError('source and destination are the same topic of the same cluster', {
        hint: '--to names another cluster, --to-topic another topic',
      })
    }
    const copyId =
      options.id ??
      `streamctl-copy-${clusterId ?? 'unknown'}-${[...names, options.toTopic ?? ''].filter(Boolean).join('-')}`
    const sink = options.atLeastOnce ? atLeastOnceSink(target, copyId) : exactlyOnceSink(target, copyId)
    try {
      await copyTopics(context, options, { source, target, sink, names })
    } finally {
      sink.close()
    }
  } finally {
    source.close()
    target.close()
  }
  return undefined
}

interface Copying {
  readonly source: Cluster
  readonly target: Cluster
  readonly sink: CopySink
  readonly names: readonly string[]
}

async function copyTopics(context: CommandContext, options: CopyOptions, copying: Copying): Promise<void> {
  const { env, output, signal } = context
  const { sink, names } = copying
  const onNotice = (text: string): void => output.note(text)
  const filter = compileFilter({ ...options, onNotice })
  const topics = await Promise.all(names.map(name => findTopic(copying.source, name)))
  for (const topic of topics) await makeTopic(context, options, copying, topic)
  const known = await sink.open()
  const reader = new Reader(copying.source, { onNotice })
  const wholeCount = await addPartitions(context, options, { ...copying, topics, reader, known })
  const writers = new Map<string, TopicWriter>()
  for (const { name } of topics) writers.set(name, await sink.topic(options.toTopic ?? name))
  const show = progressLine(env, output, options.follow ? undefined : wholeCount)
  const onProgress = (): void => show(loop.readCount)
  const limiter = new RateLimiter(env, options.rate)
  const loop = new CopyLoop({ env, sink, writers, filter, limiter, signal, onProgress })
  const stop = (): void => reader.stop()
  signal.addEventListener('abort', stop)
  if (signal.aborted) stop()
  let failure: unknown
  const stopCheckpoints = every(env, 1_000, () =>
    loop.checkpoint().catch(error => {
      failure ??= error
      reader.stop()
    }),
  )
  try {
    await reader.run(fetched => loop.take(fetched))
    if (failure) throw failure
    // Interrupted or not: what was read whole is worth keeping.
    await loop.checkpoint({ force: true })
  } catch (error) {
    await sink.abandon().catch(problem => {
      // The reason behind it: another copy of the same name runs.
      if (problem instanceof FencedError) throw problem
    })
    throw error
  } finally {
    stopCheckpoints()
    output.clearProgress()
    const left = loop.readCount - loop.copiedCount
    output.note(`${loop.copiedCount.toLocaleString('en')} records copied${filterText(options, left)}`)
  }
}

function filterText({ where, grep }: CopyOptions, left: number): string {
  return (where !== undefined || grep !== undefined) && left > 0 ? `, ${left.toLocaleString('en')} left out` : ''
}

async function makeTopic(
  { output }: CommandContext,
  { toTopic, restart }: CopyOptions,
  { source, target }: Copying,
  topic: TopicMetadata,
): Promise<void> {
  const shape = { ...(await shapeOf(source, topic)), name: toTopic ?? topic.name }
  const isNew = await ensureTopic(target, shape)
  const partitions = shape.partitions === 1 ? '1 partition' : `${shape.partitions} partitions`
  if (isNew)
    output.note(
      `topic '${shape.name}' was created: ${[partitions, ...shape.settings.map(s => s.join('='))].join(', ')}`,
    )
  else if (restart) output.note(`topic '${shape.name}' is there already: its records stay`)
}

/** Adds what is to be read of all topics; how many offsets that is, as far as it is known. */
async function addPartitions(
  { env, output }: CommandContext,
  options: CopyOptions,
  of: Copying & { readonly topics: readonly TopicMetadata[]; readonly reader: Reader; readonly known: CopyPositions },
): Promise<number> {
  const ranges = parseRanges(options.offset ?? [], env.clock.now())
  if ([ranges.all, ...ranges.byPartition.values()].some(({ start }) => start?.kind === 'stored')) {
    throw new OperatorError('-o stored is what a copy does anyway: leave it out', { exitCode: ExitCode.usage })
  }
  let wholeCount = 0
  for (const topic of of.topics) {
    const known = options.restart ? undefined : of.known.get(options.toTopic ?? topic.name)
    const resolved = await resolveRanges(of.source, topic, {
      partitions: choosePartitions(topic, undefined),
      ranges,
      defaultStart: { kind: 'start' },
      toEnd: !options.follow,
    })
    for (const { partition, offset: start, endOffset } of resolved) {
      const offset = known?.get(partition) ?? start
      if (offset < endOffset) wholeCount += endOffset - offset
      of.reader.add({ topic: topic.name, topicId: topic.topicId, partition, offset, endOffset })
    }
    if (known?.size) {
      const places = [...known].toSorted(([a], [b]) => a - b).map(([partition, offset]) => `${partition}=${offset}`)
      output.note(`${topic.name}: going on where an earlier run stopped, at ${places.join(', ')}`)
    }
  }
  return wholeCount
}

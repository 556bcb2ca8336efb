import { OperatorError } from '../../base/errors.ts'
import type { Cluster, TopicMetadata } from '../../client/cluster.ts'
import { type AnsweredBatches, forEachInBatch, wantedBatches } from '../../client/fetched-records.ts'
import type { PartitionOffsets } from '../../client/list-offsets.ts'
import { Reader } from '../../client/reader.ts'
import { placeOf } from '../../client/record-place.ts'
import { parseDuration, parseTime } from '../../client/time-expression.ts'
import { ByteSink } from '../byte-sink.ts'
import { type CommandContext, defineCommand } from '../command.ts'
import { every } from '../every.ts'
import { FollowedTopics } from '../followed-topics.ts'
import { printLast } from '../last-of-topic.ts'
import { type BrokerOptions, brokerOptions, jsonOption, openCluster, quietOption, wholeNumber } from '../options.ts'
import { resolveRanges } from '../partition-ranges.ts'
import { tailPrint } from '../tail-print.ts'
import { filterOf, filterOptions, type PrintWanted, printWanted, type WantedOptions } from '../wanted-records.ts'

interface TailOptions extends BrokerOptions, WantedOptions {
  readonly lines?: number
  readonly since?: string
  readonly quiet?: boolean
}

/** New partitions and topics are found so soon. */
const lookEveryMs = 2_000
const linesDefault = 10

export const tailCommand = defineCommand<TailOptions, [topics: readonly string[]]>({
  name: 'tail',
  summary: 'show the last records of topics, and go on as new ones come',
  description:
    "Topics may be patterns: 'web.*', 'log-?', '[ab]*'. With several topics, each line begins with the name of its own. On a " +
    'terminal topics have colours and JSON is highlighted. Follows new partitions and new topics that match, and goes on by ' +
    'itself when brokers restart; Ctrl-C ends it.',
  arguments: [{ name: '<topics...>', help: 'what to follow: names or patterns' }],
  options: [
    ...brokerOptions,
    {
      flags: '-n, --lines <number>',
      help: `how many of the last records of each topic to show first (default: ${linesDefault})`,
      parse: wholeNumber('the number of records', { min: 0, max: 100_000 }),
    },
    { flags: '-s, --since <time>', help: 'show all records since then first: 10m, 1h30m, 2026-11-22T08:00' },
    { flags: '-f, --format <format>', help: 'how to print a record, as for consume' },
    jsonOption,
    ...filterOptions.map(option => (option.flags.startsWith('--on-error') ? { ...option, default: 'skip' } : option)),
    quietOption,
  ],
  examples: [
    { command: 'streamctl tail web', does: 'the last ten records, then what comes' },
    { command: 'streamctl tail web audit -n 0', does: 'two topics, only what is new' },
    {
      command: "streamctl tail 'web*' --since 10m --grep /error/i",
      does: 'errors of the last ten minutes and from now on',
    },
    { command: 'streamctl tail web --json | jq -r .key', does: 'for another program' },
  ],
  run: tail,
})

async function tail(context: CommandContext, options: TailOptions, names: readonly string[]): Promise<undefined> {
  const { output, signal, env } = context
  if (options.quiet) output.quiet()
  if (options.since !== undefined && options.lines !== undefined) {
    throw new OperatorError('--since and -n both say where to begin')
  }
  const sinceMs = options.since === undefined ? undefined : sinceTime(options.since, env.clock.now())
  const onNotice = (text: string): void => output.note(text)
  const cluster = openCluster(context, options)
  const topics = new FollowedTopics(cluster, names)
  let open: readonly TopicMetadata[] = []
  const print = printWanted(
    tailPrint(output, options, { areMany: topics.areMany, names: () => open.map(({ name }) => name) }),
    filterOf(options, onNotice),
    { onError: options.onError, onNotice },
  )
  const follower = new Reader(cluster, {
    reconnectForMs: Number.POSITIVE_INFINITY,
    onNotice,
    onGone: name => {
      topics.forget(name)
      onNotice(`topic '${name}' is gone${topics.areMany ? '' : ': waiting for it to come back'}`)
    },
  })
  let stopLooking = (): void => {}
  try {
    open = await topics.open()
    for (const pattern of topics.unmatched) onNotice(`no topic matches '${pattern}' yet`)
    for (const topic of open) {
      if (signal.aborted) break
      const offsets = await firstOffsets(context, cluster, {
        topic,
        sinceMs,
        count: options.lines ?? linesDefault,
        print,
      })
      for (const [partition, offset] of offsets) follow(follower, topic, { partition, offset })
    }
    stopLooking = every(env, lookEveryMs, () => lookForMore(topics, follower, onNotice))
    const stop = (): void => follower.stop()
    signal.addEventListener('abort', stop)
    if (signal.aborted) stop()
    const sink = new ByteSink(output)
    await follower.run(fetched => printAll(fetched, print, sink, () => output.ready()), { idle: true })
  } finally {
    stopLooking()
    cluster.close()
  }
  return undefined
}

function sinceTime(text: string, nowMs: number): number {
  return /^\d+(\.\d+)?[a-z]/.test(text)
    ? nowMs - parseDuration(text, '--since')
    : parseTime(text.replace(/^@/, ''), nowMs)
}

async function printAll(
  fetched: AnsweredBatches,
  print: PrintWanted,
  sink: ByteSink,
  ready: () => Promise<void>,
): Promise<void> {
  for (const at of wantedBatches(fetched)) {
    const place = placeOf(fetched, at)
    forEachInBatch(fetched, at, record => void print(record, place, sink))
    sink.flush()
    await ready()
  }
}

interface Beginning {
  readonly topic: TopicMetadata
  /** Everything since then is followed; without it, the last records are shown first. */
  readonly sinceMs: number | undefined
  readonly count: number
  readonly print: PrintWanted
}

/** Shows the last records, if they are asked for. The offsets from which on to follow. */
async function firstOffsets(
  context: CommandContext,
  cluster: Cluster,
  { topic, sinceMs, count, print }: Beginning,
): Promise<PartitionOffsets> {
  const partitions = topic.partitions.map(({ partition }) => partition)
  if (sinceMs === undefined) return printLast(context, cluster, { topic, partitions, count, print })
  const resolved = await resolveRanges(cluster, topic, {
    partitions,
    ranges: { all: { start: { kind: 'time', timestampMs: sinceMs } }, byPartition: new Map() },
    defaultStart: { kind: 'start' },
    toEnd: false,
  })
  return new Map(resolved.map(({ partition, offset }) => [partition, offset]))
}

function follow(
  reader: Reader,
  topic: TopicMetadata,
  at: { readonly partition: number; readonly offset: number },
): void {
  reader.add({ ...at, topic: topic.name, topicId: topic.topicId, endOffset: Number.POSITIVE_INFINITY })
}

async function lookForMore(topics: FollowedTopics, reader: Reader, onNotice: (text: string) => void): Promise<void> {
  // A broker that cannot be reached now is the reader's business, and asked again the next time.
  const added = await topics.look().catch(() => [])
  for (const { topic, partitions } of added) {
    const isWhole = partitions.length === topic.partitions.length
    const what = partitions.length === 1 ? `partition ${partitions[0]}` : `partitions ${partitions.join(', ')}`
    onNotice(
      isWhole
        ? `topic '${topic.name}' is new`
        : `${topic.name}: ${what} of it ${partitions.length === 1 ? 'is' : 'are'} new`,
    )
    for (const partition of partitions) follow(reader, topic, { partition, offset: 0 })
  }
}

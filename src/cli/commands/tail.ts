import { OperatorError } from '../../base/errors.ts'
import type { Cluster, TopicMetadata } from '../../client/cluster.ts'
import { forEachFetched } from '../../client/fetched-records.ts'
import { endOffsets, findTopic, type PartitionOffsets, resolvePosition } from '../../client/list-offsets.ts'
import { Reader } from '../../client/reader.ts'
import { ByteSink } from '../byte-sink.ts'
import { type CommandContext, defineCommand } from '../command.ts'
import { every } from '../every.ts'
import { LastRecords } from '../last-records.ts'
import { type BrokerOptions, brokerOptions, jsonOption, openCluster, quietOption, wholeNumber } from '../options.ts'
import type { Output } from '../output.ts'
import { compileFormat, type PrintRecord } from '../record-format.ts'
import { printRecordJson } from '../record-printer.ts'

interface TailOptions extends BrokerOptions {
  readonly lines: number
  readonly format?: string
  readonly json?: boolean
  readonly quiet?: boolean
}

/** New partitions of the topics are found so soon. */
const lookEveryMs = 5_000

export const tailCommand = defineCommand<TailOptions, [topics: readonly string[]]>({
  name: 'tail',
  summary: 'show the last records of topics, and go on as new ones come',
  description:
    'With several topics, each line begins with the name of its own. Follows new partitions, and goes on by itself when ' +
    'brokers restart; Ctrl-C ends it.',
  arguments: [{ name: '<topics...>', help: 'what to follow' }],
  options: [
    ...brokerOptions,
    {
      flags: '-n, --lines <number>',
      help: 'how many of the last records of each topic to show first',
      parse: wholeNumber('the number of records', { min: 0, max: 100_000 }),
      default: 10,
    },
    { flags: '-f, --format <format>', help: 'how to print a record, as for consume' },
    jsonOption,
    quietOption,
  ],
  examples: [
    { command: 'streamctl tail web', does: 'the last ten records, then what comes' },
    { command: 'streamctl tail web audit -n 0', does: 'two topics, only what is new' },
    { command: 'streamctl tail web --json | jq -r .key', does: 'for another program' },
  ],
  run: tail,
})

async function tail(context: CommandContext, options: TailOptions, names: readonly string[]): Promise<undefined> {
  const { output, signal, env } = context
  if (options.quiet) output.quiet()
  if (options.json && options.format !== undefined) throw new OperatorError('--json and -f exclude each other')
  const cluster = openCluster(context, options)
  const print = printerOf(output, options, names)
  const onNotice = (text: string): void => output.note(text)
  const follower = new Reader(cluster, { reconnectForMs: Number.POSITIVE_INFINITY, onNotice })
  let stopLooking = (): void => {}
  try {
    const topics = new Map<string, TopicMetadata>()
    for (const name of names) {
      const topic = await findTopic(cluster, name)
      topics.set(name, topic)
      for (const [partition, offset] of await showLast(context, cluster, { topic, count: options.lines, print })) {
        follow(follower, topic, { partition, offset })
      }
    }
    stopLooking = every(env, lookEveryMs, () => addNewPartitions(cluster, follower, topics))
    const stop = (): void => follower.stop()
    signal.addEventListener('abort', stop)
    if (signal.aborted) stop()
    const sink = new ByteSink(output)
    await follower.run(async fetched => {
      forEachFetched(fetched, record => print(record, fetched, sink))
      sink.flush()
      await output.ready()
    })
  } finally {
    stopLooking()
    cluster.close()
  }
  return undefined
}

/** Prints the last records that are there now, over all partitions by time. The offsets behind them. */
async function showLast(
  { output }: CommandContext,
  cluster: Cluster,
  { topic, count, print }: { readonly topic: TopicMetadata; readonly count: number; readonly print: PrintRecord },
): Promise<PartitionOffsets> {
  const partitions = topic.partitions.map(({ partition }) => partition)
  const ends = await endOffsets(cluster, topic, partitions)
  if (count === 0) return ends
  const starts = await resolvePosition(cluster, topic, partitions, { kind: 'last', count })
  const reader = new Reader(cluster)
  for (const [partition, endOffset] of ends) {
    const offset = Math.min(starts.get(partition) ?? 0, endOffset)
    reader.add({ topic: topic.name, topicId: topic.topicId, partition, offset, endOffset })
  }
  const last = new LastRecords(count, print)
  await reader.run(fetched => last.add(fetched))
  for (const bytes of last.take()) output.write(bytes)
  await output.ready()
  return ends
}

function follow(
  reader: Reader,
  topic: TopicMetadata,
  at: { readonly partition: number; readonly offset: number },
): void {
  reader.add({ ...at, topic: topic.name, topicId: topic.topicId, endOffset: Number.POSITIVE_INFINITY })
}

async function addNewPartitions(cluster: Cluster, reader: Reader, topics: Map<string, TopicMetadata>): Promise<void> {
  for (const [name, known] of topics) {
    // A broker that cannot be reached now is the reader's business, and asked again the next time.
    const topic = await findTopic(cluster, name).catch(() => known)
    for (const { partition } of topic.partitions.slice(known.partitions.length))
      follow(reader, topic, { partition, offset: 0 })
    topics.set(name, topic)
  }
}

function printerOf(output: Output, { json, format }: TailOptions, names: readonly string[]): PrintRecord {
  if (json) return printRecordJson
  const print = compileFormat(format ?? '%v\\n')
  if (names.length === 1 || format !== undefined) return print
  const colours = [
    output.colour.cyan,
    output.colour.yellow,
    output.colour.green,
    output.colour.magenta,
    output.colour.blue,
  ]
  const width = output.isTerminal ? Math.max(...names.map(name => name.length)) : 0
  const prefixes = new Map(
    names.map((name, at) => [name, Buffer.from(`${colours[at % colours.length]!(name.padEnd(width))}\t`)]),
  )
  return (record, place, sink) => {
    const prefix = prefixes.get(place.topic)
    if (prefix) sink.bytes(prefix, 0, prefix.length)
    print(record, place, sink)
  }
}

import { OperatorError } from '../../base/errors.ts'
import type { Cluster, TopicMetadata } from '../../client/cluster.ts'
import { endOffsets, findTopic, resolvePosition, type StartPosition } from '../../client/list-offsets.ts'
import { Reader } from '../../client/reader.ts'
import { type CommandContext, defineCommand } from '../command.ts'
import { readAsGroup } from '../group-reading.ts'
import { parseOffset } from '../offset-expression.ts'
import { type BrokerOptions, brokerOptions, jsonOption, openCluster, quietOption, wholeNumber } from '../options.ts'
import { formatVerbs } from '../record-format.ts'
import { RecordPrinter } from '../record-printer.ts'

interface ConsumeOptions extends BrokerOptions {
  readonly offset?: string
  readonly count?: number
  readonly end?: boolean
  readonly partition?: readonly number[]
  readonly group?: string
  readonly format?: string
  readonly json?: boolean
  readonly quiet?: boolean
}

export const consumeCommand = defineCommand<ConsumeOptions, [topic: string]>({
  name: 'consume',
  summary: 'read records of a topic',
  description: `Prints each record's value and a newline, byte for byte, unless -f or --json asks for something else.

Format strings: ${Object.entries(formatVerbs)
    .map(([name, { help }]) => `%${name} ${help}`)
    .join('; ')}; %% a percent sign. Escapes: \\n \\t \\r \\0 \\\\ \\xHH.`,
  arguments: [{ name: '<topic>', help: 'what to read' }],
  options: [
    ...brokerOptions,
    {
      flags: '-o, --offset <offset>',
      help: 'where to begin: start, end, N, -N (the last N), @TIME (RFC 3339, ms, or @-10m); default start',
    },
    { flags: '-n, --count <number>', help: 'stop after so many records', parse: wholeNumber('the count', { min: 0 }) },
    { flags: '-e, --end', help: 'stop at the end of the topic as it is now' },
    {
      flags: '-p, --partition <number>',
      help: 'read only this partition; may be repeated',
      parse: wholeNumber('a partition', { min: 0 }),
      repeatable: true,
    },
    { flags: '-g, --group <group>', help: 'read as a member of this group, from its committed offsets' },
    { flags: '-f, --format <format>', help: 'how to print a record' },
    jsonOption,
    quietOption,
  ],
  examples: [
    { command: 'streamctl consume web -o -10 -e', does: 'the last ten records of each partition' },
    { command: "streamctl consume web -o @-1h -f '%d %k %v\\n'", does: 'since an hour ago: time, key, value' },
    { command: 'streamctl consume web -g billing -n 100 --json', does: 'the next 100 for a group, as JSON' },
  ],
  run: consume,
})

async function consume(context: CommandContext, options: ConsumeOptions, topicName: string): Promise<undefined> {
  if (options.quiet) context.output.quiet()
  if (options.group !== undefined && options.partition) {
    throw new OperatorError('-g and -p exclude each other', { hint: 'the group decides who reads which partition' })
  }
  if (options.json && options.format !== undefined) throw new OperatorError('--json and -f exclude each other')
  const position = parseOffset(options.offset ?? 'start', context.env.clock.now())
  const printer = new RecordPrinter(context.output, options)
  const cluster = openCluster(context, options)
  try {
    const topic = await findTopic(cluster, topicName)
    const reading = { topic, options, position, printer }
    if (printer.isDone) return undefined
    if (options.group === undefined) await readTopic(context, cluster, reading)
    else await readAsGroup(context, cluster, { ...reading, group: options.group, toEnd: options.end === true })
  } finally {
    cluster.close()
  }
  return undefined
}

interface Reading {
  readonly topic: TopicMetadata
  readonly options: ConsumeOptions
  readonly position: StartPosition
  readonly printer: RecordPrinter
}

async function readTopic({ output, signal }: CommandContext, cluster: Cluster, reading: Reading): Promise<void> {
  const { topic, options, position, printer } = reading
  const partitions = choosePartitions(topic, options.partition)
  const ends = options.end ? await endOffsets(cluster, topic, partitions) : undefined
  const starts = await resolvePosition(cluster, topic, partitions, position)
  const reader = new Reader(cluster, { onNotice: text => output.note(text) })
  for (const [partition, offset] of starts) {
    const endOffset = ends ? (ends.get(partition) ?? 0) : Number.POSITIVE_INFINITY
    reader.add({ topic: topic.name, topicId: topic.topicId, partition, offset, endOffset })
  }
  const stop = (): void => reader.stop()
  signal.addEventListener('abort', stop)
  if (signal.aborted) stop()
  await reader.run(async fetched => {
    await printer.print(fetched)
    if (printer.isDone) reader.stop()
  })
}

function choosePartitions(topic: TopicMetadata, wanted: readonly number[] | undefined): readonly number[] {
  const all = topic.partitions.map(({ partition }) => partition)
  const missing = wanted?.find(partition => !all.includes(partition))
  if (missing !== undefined) {
    throw new OperatorError(`topic '${topic.name}' has no partition ${missing}`, {
      hint: `it has ${all.length}, counted from 0`,
    })
  }
  return wanted ?? all
}

import { OperatorError } from '../../base/errors.ts'
import type { Cluster, TopicMetadata } from '../../client/cluster.ts'
import { findTopic } from '../../client/list-offsets.ts'
import { type OffsetRanges, parseRanges, parseUntil } from '../../client/offset-expression.ts'
import { Reader } from '../../client/reader.ts'
import { duration } from '../../client/time-expression.ts'
import { type CommandContext, defineCommand } from '../command.ts'
import { formatHelp } from '../format/format-parts.ts'
import { readAsGroup } from '../group-reading.ts'
import { printLast } from '../last-of-topic.ts'
import { type BrokerOptions, brokerOptions, jsonOption, openCluster, quietOption, wholeNumber } from '../options.ts'
import { choosePartitions, futureEndMs, resolveRanges } from '../partition-ranges.ts'
import { endAt, idleTimer } from '../reading-end.ts'
import { RecordPrinter } from '../record-printer.ts'
import { filterOf, filterOptions, printOf, printWanted, type WantedOptions } from '../wanted-records.ts'

interface ConsumeOptions extends BrokerOptions, WantedOptions {
  readonly offset?: readonly string[]
  readonly count?: number
  readonly end?: boolean
  readonly until?: string
  readonly tail?: number
  readonly wait?: number
  readonly partition?: readonly number[]
  readonly group?: string
  readonly reset: 'start' | 'end'
  readonly quiet?: boolean
}

export const consumeCommand = defineCommand<ConsumeOptions, [topic: string]>({
  name: 'consume',
  summary: 'read records of a topic',
  description: `Prints each record's value and a newline, byte for byte, unless -f or --json asks for something else.

Where to begin, and after a colon where to stop (exclusive): start, end, stored (committed by the group), N, -N (the last N), \
+N (all but the first N), FROM:TO, FROM:+N, :TO, @TIME, @TIME:TIME, @TIME:DURATION, kcat's s@MS and e@MS; for one partition: \
0=100:200. Several are parted by commas, or -o is repeated. A time is 2026-11-22T08:00:00Z (UTC without a zone), milliseconds \
or seconds since 1970, or -10m. N counts offsets, as everywhere in Kafka: where transactions end or records were compacted away, \
-N brings fewer records than N; --tail counts records.

A group begins at its committed offsets, unless -o says otherwise; what won is said on stderr.

Format strings: ${formatHelp}`,
  arguments: [{ name: '<topic>', help: 'what to read' }],
  options: [
    ...brokerOptions,
    {
      flags: '-o, --offset <range>',
      help: 'where to begin and to stop, as above; may be repeated; default start, with -g stored',
      repeatable: true,
    },
    { flags: '-n, --count <number>', help: 'stop after so many records', parse: wholeNumber('the count', { min: 0 }) },
    { flags: '-e, --end', help: 'stop at the end of the topic as it is now' },
    { flags: '--until <place>', help: 'stop there: an offset, end, -N, a time (which may be yet to come)' },
    {
      flags: '--tail <number>',
      help: 'the last records of the topic over all partitions, by time, and no more',
      parse: wholeNumber('the number of records', { min: 0, max: 1_000_000 }),
    },
    { flags: '--wait <duration>', help: 'stop when no record came for so long, as 5s', parse: duration('--wait') },
    {
      flags: '-p, --partition <number>',
      help: 'read only this partition; may be repeated',
      parse: wholeNumber('a partition', { min: 0 }),
      repeatable: true,
    },
    { flags: '-g, --group <group>', help: 'read as a member of this group, and commit' },
    {
      flags: '--reset <where>',
      help: 'where a group begins that has committed nothing',
      choices: ['start', 'end'],
      default: 'start',
    },
    { flags: '-f, --format <format>', help: 'how to print a record' },
    jsonOption,
    ...filterOptions,
    quietOption,
  ],
  examples: [
    { command: 'streamctl consume web -o -10 -e', does: 'the last ten records of each partition' },
    {
      command: "streamctl consume web -o @-1h -e -f '%d{rfc3339} %k %v\\n'",
      does: 'since an hour ago: time, key, value',
    },
    { command: 'streamctl consume web -o @-48h:-24h --json', does: 'the day before the last, as JSON' },
    { command: 'streamctl consume web -o 0=100:200 -p 0', does: 'a hundred records of partition 0' },
    { command: 'streamctl consume web --tail 5', does: 'the five newest records' },
    {
      command: "streamctl consume web -e -w 'value.amount > 100 && headers.trace'",
      does: 'only what an expression picks',
    },
    { command: "streamctl consume web -e -f '%K{big32}%k%V{big32}%v' > web.bin", does: 'with sizes, for a program' },
    { command: 'streamctl consume web -g billing -n 100 --json', does: 'the next 100 for a group, as JSON' },
    { command: 'streamctl consume web -g billing --wait 5s', does: 'what there is for a group, until it is quiet' },
  ],
  run: consume,
})

async function consume(context: CommandContext, options: ConsumeOptions, topicName: string): Promise<undefined> {
  if (options.quiet) context.output.quiet()
  checkOptions(options)
  const nowMs = context.env.clock.now()
  const ranges = rangesOf(options, nowMs)
  const printer = new RecordPrinter(context.output, options)
  const cluster = openCluster(context, options)
  try {
    const topic = await findTopic(cluster, topicName)
    if (printer.isDone) return undefined
    if (options.tail !== undefined) await readLast(context, cluster, topic, options)
    else if (options.group === undefined) await readTopic(context, cluster, { topic, options, ranges, printer })
    else {
      const { group, reset, wait, end: toEnd = false } = options
      await readAsGroup(context, cluster, {
        group,
        topic,
        ranges,
        reset: { kind: reset },
        printer,
        toEnd,
        waitMs: wait,
      })
    }
  } finally {
    cluster.close()
  }
  return undefined
}

function checkOptions({ group, partition, tail, offset, count, until, end }: ConsumeOptions): void {
  if (group !== undefined && partition) {
    throw new OperatorError('-g and -p exclude each other: the group decides who reads which partition', {
      hint: `-p without -g reads it and commits nothing; streamctl group seek ${group} TOPIC:${partition[0]} --to OFFSET commits`,
    })
  }
  if (tail === undefined) return
  if (group !== undefined || offset || until !== undefined || count !== undefined) {
    throw new OperatorError('--tail says alone what to read', {
      hint: `leave out -g, -o, -n and --until${end ? '' : '; -o -5 are the last five of each partition'}`,
    })
  }
}

function rangesOf({ offset = [], until, group }: ConsumeOptions, nowMs: number): OffsetRanges {
  const ranges = parseRanges(offset, nowMs)
  if (
    group === undefined &&
    [ranges.all, ...ranges.byPartition.values()].some(({ start }) => start?.kind === 'stored')
  ) {
    throw new OperatorError("-o stored needs a group: it is the group's committed offset", { hint: 'name it with -g' })
  }
  if (until === undefined) return ranges
  if (ranges.all.end) throw new OperatorError('-o and --until both say where to stop')
  return { ...ranges, all: { ...ranges.all, end: parseUntil(until, nowMs) } }
}

interface Reading {
  readonly topic: TopicMetadata
  readonly options: ConsumeOptions
  readonly ranges: OffsetRanges
  readonly printer: RecordPrinter
}

async function readTopic(context: CommandContext, cluster: Cluster, reading: Reading): Promise<void> {
  const { output, signal, env } = context
  const { topic, options, ranges, printer } = reading
  const reader = new Reader(cluster, { onNotice: text => output.note(text) })
  const resolved = await resolveRanges(cluster, topic, {
    partitions: choosePartitions(topic, options.partition),
    ranges,
    defaultStart: { kind: 'start' },
    toEnd: options.end === true,
  })
  for (const { partition, offset, endOffset } of resolved) {
    if (offset > endOffset) {
      output.note(`${topic.name} [${partition}]: nothing to read from offset ${offset} on, the end being ${endOffset}`)
    }
    reader.add({ topic: topic.name, topicId: topic.topicId, partition, offset, endOffset })
  }
  const stop = (): void => reader.stop()
  signal.addEventListener('abort', stop)
  if (signal.aborted) stop()
  const idle = idleTimer(env, options.wait, stop)
  const callOff = endAt(cluster, reader, topic, futureEndMs(ranges, env.clock.now()))
  try {
    await reader.run(async fetched => {
      await printer.print(fetched)
      idle.notice()
      if (printer.isDone) stop()
    })
  } finally {
    idle.stop()
    callOff()
  }
  if (signal.aborted && !output.isClosed) output.note(`interrupted after ${countText(printer.printedCount)}`)
}

async function readLast(
  context: CommandContext,
  cluster: Cluster,
  topic: TopicMetadata,
  options: ConsumeOptions,
): Promise<void> {
  const onNotice = (text: string): void => context.output.note(text)
  const print = printWanted(printOf(options), filterOf(options, onNotice), { onError: options.onError, onNotice })
  const partitions = choosePartitions(topic, options.partition)
  await printLast(context, cluster, { topic, partitions, count: options.tail ?? 0, print })
}

function countText(count: number): string {
  return count === 1 ? '1 record' : `${count} records`
}

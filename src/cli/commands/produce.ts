import { ExitCode, OperatorError } from '../../base/errors.ts'
import { type PartitionerName, partitioners } from '../../client/partitioner.ts'
import { anyPartition, type TopicWriter } from '../../client/topic-writer.ts'
import { type CommandContext, defineCommand } from '../command.ts'
import { DeliveryReport } from '../delivery-report.ts'
import { unescapeText } from '../format/format-parts.ts'
import { type Feed, feedFile, feedStream, wholeFile } from '../input-feed.ts'
import { checkInputOptions, isFramed, openInput } from '../input-source.ts'
import {
  type BrokerOptions,
  brokerOptions,
  nameAndValue,
  openCluster,
  quietOption,
  timeoutSeconds,
  wholeNumber,
} from '../options.ts'
import { openSession, type ProduceSession } from '../produce-session.ts'
import { parseRate, type Rate, RateLimiter } from '../rate-limiter.ts'
import { recordWriter } from '../record-input.ts'
import { type LengthForm, lengthForms } from '../sized-splitter.ts'

interface ProduceOptions extends BrokerOptions {
  readonly key?: string
  readonly keyDelimiter?: Buffer
  readonly header?: readonly (readonly [string, string])[]
  readonly partition?: number
  readonly partitioner: PartitionerName
  readonly tombstones?: boolean
  readonly compression: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'
  readonly acks: 'all' | '-1' | '1' | '0'
  readonly idempotent: boolean
  readonly transactionalId?: string
  readonly transactionTimeout: number
  readonly json?: boolean
  readonly lines?: boolean
  readonly null?: boolean
  readonly lengthPrefix?: LengthForm
  readonly csv?: string | true
  readonly keyColumn?: string
  readonly format?: string
  readonly rate?: Rate
  readonly tee?: boolean
  readonly report?: boolean
  readonly timeout: number
  readonly quiet?: boolean
}

export const produceCommand = defineCommand<ProduceOptions, [topic: string, files: readonly string[]]>({
  name: 'produce',
  summary: 'write records to a topic',
  description:
    'Each line of standard input becomes a record, without its newline and otherwise byte for byte; a last line without a ' +
    'newline is a record as well. A file that is named becomes one record as a whole, or with -l its lines; `-` is standard ' +
    'input.\n\nRecords are neither lost, doubled nor reordered by retries, unless --acks or --no-idempotent give that away. ' +
    'Exit code 1 if a record could not be written; what and why is said on stderr.',
  arguments: [
    { name: '<topic>', help: 'where to write' },
    { name: '[files...]', help: 'files to write instead of standard input' },
  ],
  options: [
    ...brokerOptions,
    { flags: '-k, --key <key>', help: 'key of all records' },
    {
      flags: '-K, --key-delimiter <text>',
      help: 'what stands before it in a line is the key; \\t is a tab',
      parse: unescapeText,
    },
    {
      flags: '-H, --header <name=value>',
      help: 'header of all records; may be repeated',
      parse: nameAndValue('a header'),
      repeatable: true,
    },
    { flags: '-Z, --tombstones', help: 'an empty value is null: a deletion on a compacted topic' },
    {
      flags: '-p, --partition <number>',
      help: 'partition of all records',
      parse: wholeNumber('a partition', { min: 0 }),
    },
    {
      flags: '--partitioner <name>',
      help: "how keys are spread: murmur2 is Java's, consistent_random librdkafka's",
      choices: Object.keys(partitioners),
      default: 'murmur2',
    },
    { flags: '-f, --format <format>', help: 'how records stand in the input, as `consume -f` prints them: "%k %v\\n"' },
    { flags: '--json', help: 'records as `consume --json` prints them, one a line' },
    { flags: '-0, --null', help: 'records end with a NUL byte instead of a newline' },
    {
      flags: '--length-prefix <form>',
      help: 'each record has its length in front of it',
      choices: lengthForms,
    },
    { flags: '--csv [delimiter]', help: 'CSV with a header row: each row becomes a JSON object; default delimiter ,' },
    { flags: '--key-column <name>', help: 'the CSV column that is the key, too' },
    { flags: '-l, --lines', help: 'each line of a named file is a record' },
    {
      flags: '-z, --compression <codec>',
      help: 'compress the batches',
      choices: ['none', 'gzip', 'snappy', 'lz4', 'zstd'],
      default: 'none',
    },
    { flags: '--acks <acks>', help: 'who has to acknowledge', choices: ['all', '-1', '1', '0'], default: 'all' },
    { flags: '--no-idempotent', help: 'a retry may write records twice' },
    {
      flags: '--transactional-id <id>',
      help: 'all records in one transaction: the end of the input commits, an interruption or a failure aborts',
    },
    {
      flags: '--transaction-timeout <seconds>',
      help: 'the broker aborts a transaction that takes longer',
      parse: wholeNumber('the transaction time-out', { min: 1, max: 2_147_483 }),
      default: 900,
    },
    { flags: '--rate <rate>', help: 'no faster than 500 (records a second) or 10MB (a second)', parse: parseRate },
    { flags: '--tee', help: 'write the input to stdout as well, byte for byte' },
    { flags: '--report', help: 'say on stderr which partitions and offsets the records got' },
    {
      flags: '--timeout <duration>',
      help: 'give up on a record after this time',
      parse: timeoutSeconds,
      default: 30,
      defaultText: '30s',
    },
    quietOption,
  ],
  examples: [
    { command: 'dmesg | streamctl produce log -z zstd', does: 'one record a line, compressed' },
    { command: "printf 'ann:3\\nbob:5\\n' | streamctl produce scores -K :", does: 'the key in front of each line' },
    { command: "printf 'ann:\\n' | streamctl produce scores -K : -Z", does: 'delete what is known of ann' },
    {
      command: "printf 'id,name\\n7,ann\\n' | streamctl produce people --csv --key-column id",
      does: 'rows as JSON objects',
    },
    {
      command: "printf 'ann {\"score\": 3}\\n' | streamctl produce scores -f '%k %v{json}\\n'",
      does: 'the grammar of consume -f',
    },
    {
      command: "printf 'a\\0b\\0' | streamctl produce parts -0 --transactional-id loader",
      does: 'both records or none',
    },
    { command: 'streamctl consume web -e --json | streamctl produce copy --json', does: 'a lossless copy' },
  ],
  run: produce,
})

async function produce(
  context: CommandContext,
  options: ProduceOptions,
  topic: string,
  files: readonly string[],
): Promise<number> {
  if (options.quiet) context.output.quiet()
  checkOptions(options)
  const cluster = openCluster(context, options)
  const report = new DeliveryReport(context.env, context.output)
  const session = openSession(cluster, report, {
    ...options,
    partitioner: partitioners[options.partitioner],
    transactionTimeoutMs: options.transactionTimeout * 1000,
    deliveryTimeoutMs: options.timeout * 1000,
  })
  try {
    await session.begin()
    const writer = await session.sender.topic(topic)
    checkPartition(writer, options.partition)
    try {
      await readInputs(context, { ...options, files }, { session, report, writer })
    } catch (error) {
      await session.end({ commit: false })
      throw error
    }
    await session.end({ commit: !context.signal.aborted })
    const isComplete = report.finish({ always: context.io.stderr.isTTY === true || context.signal.aborted })
    if (options.report) report.places()
    return isComplete ? ExitCode.ok : ExitCode.failure
  } finally {
    session.close()
    cluster.close()
  }
}

interface Writing {
  readonly session: ProduceSession
  readonly report: DeliveryReport
  readonly writer: TopicWriter
}

async function readInputs(
  context: CommandContext,
  options: ProduceOptions & { readonly files: readonly string[] },
  { session, report, writer }: Writing,
): Promise<void> {
  const { env, io, signal } = context
  const { sender } = session
  let writtenCount = 0
  const append: TopicWriter['append'] = (...record) => {
    writtenCount++
    writer.append(...record)
  }
  // Counting costs a call for each record: only where somebody asks.
  const target = options.rate ? { name: writer.name, partitionCount: writer.partitionCount, append } : writer
  const feed: Feed = {
    sender,
    limiter: new RateLimiter(env, options.rate),
    written: () => writtenCount,
    tee: options.tee === true,
    onProgress: bytes => report.progress(bytes),
    isOver: () => session.isLost,
  }
  const input = {
    ...options,
    env,
    csv: delimiterOf(options.csv),
    partition: options.partition ?? anyPartition,
    headers: (options.header ?? []).map(([key, value]) => ({ key, value: Buffer.from(value) })),
  }
  if (options.files.length === 0) return feedStream(context, io.stdin, openInput(target, input), feed)
  for (const file of options.files) {
    if (signal.aborted || session.isLost) return
    // Each file is an input of its own: with its own header row, and no record over the border.
    if (file === '-') await feedStream(context, io.stdin, openInput(target, input), feed)
    else if (options.lines || isFramed(input)) await feedFile(context, file, openInput(target, input), feed)
    else {
      const bytes = await wholeFile(file)
      const whole = recordWriter(target, input)
      whole.beginChunk()
      whole.line(bytes, 0, bytes.length)
      if (options.tee) context.output.write(bytes)
      await feed.limiter.passed({ records: 1, bytes: bytes.length }, signal)
      if (sender.isFull) await sender.room()
    }
  }
}

function checkOptions(options: ProduceOptions): void {
  checkInputOptions({ ...options, csv: delimiterOf(options.csv) })
  const isAll = options.acks === 'all' || options.acks === '-1'
  if (options.transactionalId !== undefined && !(isAll && options.idempotent)) {
    throw new OperatorError('a transaction needs --acks all and the idempotent producer')
  }
}

function delimiterOf(csv: string | true | undefined): string | undefined {
  if (csv === true) return ','
  if (csv === 'tab' || csv === '\\t') return '\t'
  if (csv !== undefined && !/^[\t -~]$/.test(csv)) {
    throw new OperatorError(`the CSV delimiter must be one ASCII character or tab, not '${csv}'`)
  }
  return csv
}

function checkPartition(writer: TopicWriter, partition: number | undefined): void {
  if (partition === undefined || partition < writer.partitionCount) return
  throw new OperatorError(`topic '${writer.name}' has no partition ${partition}`, {
    hint: `it has ${writer.partitionCount}, counted from 0`,
  })
}

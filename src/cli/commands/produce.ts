import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { ExitCode, OperatorError } from '../../base/errors.ts'
import { Producer } from '../../client/producer.ts'
import { anyPartition } from '../../client/topic-writer.ts'
import { type CommandContext, defineCommand } from '../command.ts'
import { DeliveryReport } from '../delivery-report.ts'
import { LineSplitter } from '../line-splitter.ts'
import { type BrokerOptions, brokerOptions, nameAndValue, openCluster, quietOption, wholeNumber } from '../options.ts'
import { type RecordInput, recordWriter } from '../record-input.ts'

interface ProduceOptions extends BrokerOptions {
  readonly key?: string
  readonly keyDelimiter?: string
  readonly header?: readonly (readonly [string, string])[]
  readonly partition?: number
  readonly compression: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'
  readonly acks: 'all' | '-1' | '1' | '0'
  readonly json?: boolean
  readonly lines?: boolean
  readonly timeout: number
  readonly quiet?: boolean
}

const acks = { all: 'all', '-1': 'all', '1': 'leader', '0': 'none' } as const

/** A record is held in memory as a whole. */
const fileBytesMax = 64 * 1024 * 1024

export const produceCommand = defineCommand<ProduceOptions, [topic: string, files: readonly string[]]>({
  name: 'produce',
  summary: 'write records to a topic',
  description:
    'Each line of standard input becomes a record, without its newline and otherwise byte for byte; a last line without a ' +
    'newline is a record as well. A file that is named becomes one record as a whole, or with -l its lines.',
  arguments: [
    { name: '<topic>', help: 'where to write' },
    { name: '[files...]', help: 'files to write instead of standard input' },
  ],
  options: [
    ...brokerOptions,
    { flags: '-k, --key <key>', help: 'key of all records' },
    { flags: '-K, --key-delimiter <text>', help: 'what stands before it in a line is the key' },
    {
      flags: '-H, --header <name=value>',
      help: 'header of all records; may be repeated',
      parse: nameAndValue('a header'),
      repeatable: true,
    },
    {
      flags: '-p, --partition <number>',
      help: 'partition of all records',
      parse: wholeNumber('a partition', { min: 0 }),
    },
    {
      flags: '-z, --compression <codec>',
      help: 'compress the batches',
      choices: ['none', 'gzip', 'snappy', 'lz4', 'zstd'],
      default: 'none',
    },
    { flags: '--acks <acks>', help: 'who has to acknowledge', choices: ['all', '-1', '1', '0'], default: 'all' },
    { flags: '--json', help: 'records as `consume --json` prints them, one a line' },
    { flags: '-l, --lines', help: 'each line of a named file is a record' },
    {
      flags: '--timeout <seconds>',
      help: 'give up on a record after this time',
      parse: wholeNumber('the time-out', { min: 1, max: 86_400 }),
      default: 30,
    },
    quietOption,
  ],
  examples: [
    { command: 'dmesg | streamctl produce log -z zstd', does: 'one record a line, compressed' },
    { command: "printf 'ann:3\\nbob:5\\n' | streamctl produce scores -K :", does: 'the key in front of each line' },
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
  const { env, output, signal, io } = context
  if (options.quiet) output.quiet()
  const cluster = openCluster(context, options)
  const report = new DeliveryReport(env, output)
  const producer = new Producer(cluster, {
    acks: acks[options.acks],
    compression: options.compression,
    deliveryTimeoutMs: options.timeout * 1000,
    onFailure: failure => report.failed(failure),
  })
  try {
    const writer = await producer.topic(topic)
    const { partition = anyPartition } = options
    if (partition >= writer.partitionCount) {
      throw new OperatorError(`topic '${topic}' has no partition ${partition}`, {
        hint: `it has ${writer.partitionCount}, counted from 0`,
      })
    }
    const input = recordWriter(writer, { ...options, partition, headers: textHeaders(options.header), env })
    const progress = (bytes: number): void => report.progress(producer, bytes)
    try {
      if (files.length === 0) await readLines(io.stdin, { input, producer, signal, progress })
      for (const file of files) {
        if (signal.aborted) break
        if (options.lines) await readLines(createReadStream(file), { input, producer, signal, progress })
        else await readWhole(file, input, producer)
      }
    } finally {
      await producer.flush()
    }
    return report.finish(producer) ? ExitCode.ok : ExitCode.failure
  } catch (error) {
    throw fileError(error)
  } finally {
    producer.close()
    cluster.close()
  }
}

interface Feed {
  readonly input: RecordInput
  readonly producer: Producer
  readonly signal: AbortSignal
  readonly progress: (bytes: number) => void
}

/** Back-pressure: the next chunk is only read when the producer has room, so that memory stays bounded whatever comes. */
async function readLines(stream: Readable, { input, producer, signal, progress }: Feed): Promise<void> {
  const splitter = new LineSplitter((buffer, start, end) => input.line(buffer, start, end))
  const stop = (): void => void stream.destroy()
  signal.addEventListener('abort', stop)
  try {
    for await (const chunk of stream) {
      input.beginChunk()
      splitter.push(chunk)
      progress(chunk.length)
      if (producer.isFull) await producer.room()
    }
    splitter.end()
  } catch (error) {
    // What was read before the interruption is still sent.
    if (!signal.aborted) throw error
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

async function readWhole(file: string, input: RecordInput, producer: Producer): Promise<void> {
  const { size } = await stat(file)
  if (size > fileBytesMax) {
    throw new OperatorError(`${file} is larger than ${fileBytesMax / 1024 / 1024} MiB, too much for one record`, {
      hint: 'with -l each of its lines becomes a record',
    })
  }
  const bytes = await readFile(file)
  input.beginChunk()
  input.line(bytes, 0, bytes.length)
  if (producer.isFull) await producer.room()
}

function textHeaders(headers: ProduceOptions['header'] = []): readonly { key: string; value: Buffer }[] {
  return headers.map(([key, value]) => ({ key, value: Buffer.from(value) }))
}

const fileProblems: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'does not exist'],
  ['EACCES', 'may not be read'],
  ['EISDIR', 'is a directory'],
])

function fileError(error: unknown): unknown {
  const { code = '', path } = (error ?? {}) as NodeJS.ErrnoException
  const problem = fileProblems.get(code)
  if (!problem) return error
  return new OperatorError(`${path ?? 'the input'} ${problem}`, { exitCode: ExitCode.failure, cause: error })
}

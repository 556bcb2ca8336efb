import type { Env } from '../base/env.ts'
import { ExitCode, OperatorError } from '../base/errors.ts'
import { type JsonHeader, recordFromJson } from '../client/json-record.ts'
import { anyPartition, type TopicWriter } from '../client/topic-writer.ts'

/** Turns lines of input into records. */
export interface RecordInput {
  /** Takes note of the time: the records of one chunk have one timestamp. */
  beginChunk(): void
  line(buffer: Buffer, start: number, end: number): void
}

export interface RecordInputOptions {
  readonly env: Env
  readonly key?: string
  readonly keyDelimiter?: Buffer
  readonly headers: readonly JsonHeader[]
  readonly partition: number
  readonly json?: boolean
  /** An empty value becomes null. */
  readonly tombstones?: boolean
}

/** The input that the options of a command line ask for. Throws `OperatorError` for options that exclude each other. */
export function recordWriter(writer: RecordTarget, options: RecordInputOptions): RecordInput {
  if (options.json) {
    if (options.tombstones) throw new OperatorError('--json has null for tombstones: leave -Z out')
    if (options.key !== undefined || options.keyDelimiter !== undefined) {
      throw new OperatorError('--json brings its own keys: leave -k and -K out')
    }
    return jsonInput(writer, options)
  }
  const target = options.tombstones ? withTombstones(writer) : writer
  if (options.keyDelimiter === undefined) return plainInput(target, options)
  if (options.key !== undefined) throw new OperatorError('-k and -K exclude each other')
  if (options.keyDelimiter.length === 0) throw new OperatorError('the key delimiter is empty')
  return keyedInput(target, options, options.keyDelimiter)
}

/** What `append` of a topic's writer takes; everything else of it is for those who send. */
export type RecordTarget = Pick<TopicWriter, 'append' | 'name' | 'partitionCount'>

/** Writes null for every empty value: what a compacted topic takes as a deletion. */
export function withTombstones(writer: RecordTarget): RecordTarget {
  const { name, partitionCount } = writer
  return {
    name,
    partitionCount,
    append: (timestamp, key, keyStart, keyEnd, value, start, end, headers, partition) =>
      writer.append(timestamp, key, keyStart, keyEnd, start === end ? null : value, start, end, headers, partition),
  }
}

/** Throws `OperatorError` for a partition that the topic has not. `what` names the record. */
export function checkPartition(writer: RecordTarget, partition: number, what: string): void {
  if (partition < writer.partitionCount) return
  throw new OperatorError(`${what}: topic '${writer.name}' has no partition ${partition}`, {
    hint: `it has ${writer.partitionCount}; -p writes all records to one partition`,
    exitCode: ExitCode.failure,
  })
}

function plainInput(writer: RecordTarget, options: RecordInputOptions): RecordInput {
  const { env, headers, partition } = options
  const key = options.key === undefined ? null : Buffer.from(options.key)
  const keyBytes = key?.length ?? 0
  let timestamp = 0
  return {
    beginChunk: () => {
      timestamp = env.clock.now()
    },
    line: (buffer, start, end) => writer.append(timestamp, key, 0, keyBytes, buffer, start, end, headers, partition),
  }
}

function keyedInput(writer: RecordTarget, options: RecordInputOptions, delimiter: Buffer): RecordInput {
  const { env, headers, partition } = options
  let timestamp = 0
  return {
    beginChunk: () => {
      timestamp = env.clock.now()
    },
    line: (buffer, start, end) => {
      const found = buffer.indexOf(delimiter, start)
      // As kcat has it: a line without the delimiter is a value without a key.
      if (found < 0 || found + delimiter.length > end) {
        writer.append(timestamp, null, 0, 0, buffer, start, end, headers, partition)
      } else {
        writer.append(timestamp, buffer, start, found, buffer, found + delimiter.length, end, headers, partition)
      }
    },
  }
}

function jsonInput(writer: RecordTarget, { env, headers, partition }: RecordInputOptions): RecordInput {
  let timestamp = 0
  let lineNumber = 0
  return {
    beginChunk: () => {
      timestamp = env.clock.now()
    },
    line: (buffer, start, end) => {
      lineNumber++
      const record = parseLine(buffer.toString('utf8', start, end), lineNumber)
      const chosen = partition === anyPartition ? (record.partition ?? anyPartition) : partition
      checkPartition(writer, chosen, `line ${lineNumber}`)
      const { key, value } = record
      const all = headers.length === 0 ? record.headers : [...record.headers, ...headers]
      const time = record.timestamp ?? timestamp
      writer.append(time, key, 0, key?.length ?? 0, value, 0, value?.length ?? 0, all, chosen)
    },
  }
}

function parseLine(text: string, lineNumber: number): ReturnType<typeof recordFromJson> {
  try {
    return recordFromJson(text)
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error
    throw new OperatorError(`line ${lineNumber}: ${error.message}`, { hint: error.hint, exitCode: 1, cause: error })
  }
}

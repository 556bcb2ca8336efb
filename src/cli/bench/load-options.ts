import { OperatorError } from '../../base/errors.ts'
import { duration } from '../../client/time-expression.ts'
import type { OptionSpec } from '../command.ts'
import { type BrokerOptions, brokerOptions, quietOption, wholeNumber } from '../options.ts'
import { parseRate } from '../rate-limiter.ts'
import { type FormatOptions, formatOptions } from '../table/report.ts'

/** Options of all benchmarks. */
export interface LoadOptions extends BrokerOptions, FormatOptions {
  readonly records?: number
  readonly duration?: number
  readonly warmup: number
  readonly size: number
  readonly partitions: number
  readonly replicas?: number
  readonly quiet?: boolean
}

export const loadOptions: readonly OptionSpec[] = [
  {
    flags: '-n, --records <number>',
    help: 'end after so many records',
    parse: wholeNumber('the number of records', { min: 1 }),
  },
  { flags: '-d, --duration <time>', help: 'end after this time; 10s by default', parse: duration('the duration') },
  {
    flags: '--warmup <time>',
    help: 'time before it counts',
    parse: text => (text === '0' ? 0 : duration('the warm-up')(text)),
    default: 1_000,
    defaultText: '1s',
  },
  {
    flags: '-s, --size <bytes>',
    help: 'bytes of a record’s value',
    parse: wholeNumber('the size', { min: 16, max: 16 * 1024 * 1024 }),
    default: 100,
  },
  {
    flags: '--partitions <number>',
    help: "partitions of the benchmark's own topic",
    parse: wholeNumber('the number of partitions', { min: 1, max: 10_000 }),
    default: 1,
  },
  {
    flags: '--replicas <number>',
    help: "copies of its partitions; the broker's default",
    parse: wholeNumber('the number of replicas', { min: 1, max: 100 }),
  },
  ...brokerOptions,
  ...formatOptions,
  quietOption,
]

/** Reads records a second. */
export function recordRate(text: string): number {
  const rate = parseRate(text)
  if (rate.unit === 'records') return rate.perSecond
  throw new OperatorError(`the rate is in records a second, not '${text}'`, { hint: '--rate 10000' })
}

const defaultDurationMs = 10_000

/** How far a benchmark goes: either end counts, 10 seconds where none is given. */
export function bounds(options: LoadOptions): { readonly recordsMax: number; readonly durationMs: number } {
  const { records, duration: durationMs } = options
  return {
    recordsMax: records ?? Number.POSITIVE_INFINITY,
    durationMs: durationMs ?? (records === undefined ? defaultDurationMs : Number.POSITIVE_INFINITY),
  }
}

/** Bytes that do not compress to nothing, as those of real records; the same in every run. */
export function sampleValue(size: number): Buffer {
  const value = Buffer.alloc(size)
  let state = 0x2545f491
  for (let at = 0; at < size; at++) {
    // Xorshift (Marsaglia 2003), reduced to letters and digits: compresses by a third, as text without repetitions.
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    value[at] = alphabet.charCodeAt((state >>> 0) % alphabet.length)
  }
  return value
}

const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789 ABCDEFGHIJKLMNOPQRSTUVWXYZ'

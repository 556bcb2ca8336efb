import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

// Bytes that other implementations made. The Java client's are from MemoryRecords, those of kafka-python from its batch
// builders, those of kcat (librdkafka) were cut out of its Produce requests, the LZ4 frames are from the Python package
// lz4 (the reference C library). What they were given stands below.
const folder = path.join(import.meta.dirname, 'golden')

export const goldenNames: readonly string[] = readdirSync(folder).map(file => file.replace(/\.hex$/, ''))

export function golden(name: string): Buffer {
  return Buffer.from(readFileSync(path.join(folder, `${name}.hex`), 'utf8').trim(), 'hex')
}

export interface Given {
  readonly timestamp: number
  readonly key: string | null
  readonly value: string | null
  readonly headers: readonly (readonly [string, string | null])[]
}

const epoch = 1_700_000_000_000
const record = (
  timestamp: number,
  key: string | null,
  value: string | null,
  headers: Given['headers'] = [],
): Given => ({
  timestamp,
  key,
  value,
  headers,
})

/** What the Java client and kafka-python were given. */
export const given: readonly Given[] = [
  record(epoch, null, 'first'),
  record(epoch + 1, 'key', null),
  record(epoch - 5, 'schlüssel', 'wert', [
    ['h', '1'],
    ['leer', null],
    ['h', ''],
  ]),
  record(epoch + 360_000, '', ''),
  record(epoch, 'k', 'abc'.repeat(100)),
]

/** What they were given for the names with `large`: more than any block of snappy or LZ4. */
export const givenLarge: readonly Given[] = Array.from({ length: 40 }, (_, index) =>
  record(epoch + index, `key-${index}`, `line ${index % 7} of a large value; `.repeat(100 + index * 8)),
)

/** kcat takes the time from the clock; these have none. It adds the same headers to all. */
const kcatHeaders: Given['headers'] = [
  ['h', '1'],
  ['empty', ''],
]
export const givenKcat: readonly Given[] = [
  record(-1, 'k1', 'first', kcatHeaders),
  record(-1, 'key', '', kcatHeaders),
  record(-1, 'schlüssel', 'wert', kcatHeaders),
  record(-1, 'k', 'abcabcabcabc', kcatHeaders),
]

export const lz4FrameContent: Buffer = Buffer.from(
  Array.from({ length: 5000 }, (_, index) => `line ${index % 50} of a value that repeats; `).join(''),
)

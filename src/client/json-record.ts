import { isUtf8 } from 'node:buffer'
import { OperatorError } from '../base/errors.ts'
import type { FetchedRecord } from './fetched-records.ts'

/**
 * Records as JSON, one a line, both ways without loss. Text stands as a string; bytes that are not UTF-8 as
 * `{"base64":"…"}`; a null key and a tombstone as null; headers as a list, because their keys may repeat.
 */
export interface JsonRecord {
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly JsonHeader[]
  /** Milliseconds since 1970; undefined if the line has none. */
  readonly timestamp: number | undefined
  readonly partition: number | undefined
}

export interface JsonHeader {
  readonly key: string
  readonly value: Buffer | null
}

/** What of a record goes into its line. */
type WholeJson = Pick<FetchedRecord, 'offset' | 'timestamp' | 'key' | 'value' | 'headers'>

/** The line for a record, without its newline. */
export function recordToJson(topic: string, partition: number, record: WholeJson): string {
  const headers = record.headers.map(({ key, value }) => `{"key":${JSON.stringify(key)},"value":${bytesToJson(value)}}`)
  return (
    `{"topic":${JSON.stringify(topic)},"partition":${partition},"offset":${record.offset},` +
    `"timestamp":${record.timestamp},"key":${bytesToJson(record.key)},"value":${bytesToJson(record.value)},` +
    `"headers":[${headers.join(',')}]}`
  )
}

/**
 * Reads such a line. Unknown fields are passed over, and a missing key is null; but a value must be there, if only as null:
 * otherwise a field with a slip in its name would delete what a key has. Throws `OperatorError`.
 */
export function recordFromJson(line: string): JsonRecord {
  const fields = parseObject(line)
  if (fields.value === undefined) {
    const found = Object.keys(fields).join(', ')
    throw new OperatorError(`there is no value${found && `, only ${found}`}`, { hint: '"value":null deletes a key' })
  }
  const { headers = [] } = fields
  if (!Array.isArray(headers)) throw broken('headers', 'a list')
  return {
    key: bytesFromJson(fields.key, 'key'),
    value: bytesFromJson(fields.value, 'value'),
    headers: headers.map(headerFromJson),
    timestamp: numberFromJson(fields.timestamp, 'timestamp', -1),
    partition: numberFromJson(fields.partition, 'partition', 0),
  }
}

function bytesToJson(bytes: Buffer | null): string {
  if (bytes === null) return 'null'
  return isUtf8(bytes) ? JSON.stringify(bytes.toString()) : `{"base64":"${bytes.toString('base64')}"}`
}

function parseObject(line: string): Record<string, unknown> {
  let parsed: unknown
  try {
    parsed = JSON.parse(line)
  } catch (error) {
    throw new OperatorError(`not JSON: ${(error as Error).message}`, { hint: shape })
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw broken('a record', 'an object')
  return parsed as Record<string, unknown>
}

function bytesFromJson(value: unknown, name: string): Buffer | null {
  if (value === null || value === undefined) return null
  if (typeof value === 'string') return Buffer.from(value)
  const { base64 } = value as { base64?: unknown }
  if (typeof base64 !== 'string') throw broken(name, 'a string, null or {"base64":"…"}')
  const bytes = Buffer.from(base64, 'base64')
  // What is no base64 is passed over by Node.
  if (unpadded(bytes.toString('base64')) !== unpadded(base64)) throw broken(name, 'base64 where it says so')
  return bytes
}

function unpadded(base64: string): string {
  return base64.replace(/=+$/, '')
}

function headerFromJson(header: unknown): JsonHeader {
  const { key, value } = (header ?? {}) as { key?: unknown; value?: unknown }
  if (typeof key !== 'string') throw broken('a header', '{"key":"…","value":…}')
  return { key, value: bytesFromJson(value, `header '${key}'`) }
}

function numberFromJson(value: unknown, name: string, min: number): number | undefined {
  if (value === undefined || value === null) return undefined
  if (!Number.isSafeInteger(value) || (value as number) < min) throw broken(name, 'a whole number')
  return value as number
}

const shape =
  'one object a line: {"key":"…","value":"…","headers":[{"key":"…","value":"…"}],"timestamp":…,"partition":…}'

function broken(name: string, wanted: string): OperatorError {
  return new OperatorError(`${name} must be ${wanted}`, { hint: shape })
}

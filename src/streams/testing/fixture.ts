import { readFileSync } from 'node:fs'
import { OperatorError } from '../../base/errors.ts'

/** A record of a fixture, as bytes. */
export interface FixtureRecord {
  /** Where it was captured; undefined in fixtures that were written by hand without it. */
  readonly topic: string | undefined
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  /** Milliseconds since 1970. */
  readonly timestamp: number
  readonly headers: ReadonlyMap<string, Uint8Array>
}

const shape = '{"topic":"…","key":"…","value":"…","timestamp":…}'

/**
 * Reads a fixture: records as JSON, one a line, as `streamctl capture` and `consume --json` write them. Texts stand as
 * strings, other bytes as `{"base64":"…"}`; for fixtures written by hand any other JSON value stands for its own text, and
 * the timestamp may be ISO text. Throws OperatorErrors with the file and the line.
 */
export function readFixture(file: string): readonly FixtureRecord[] {
  return textOf(file)
    .split('\n')
    .map((line, at) => ({ line, at: `${file}:${at + 1}` }))
    .filter(({ line }) => line.trim() !== '')
    .map(({ line, at }) => recordOf(line, at))
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new OperatorError(`cannot read the fixture ${file}: ${(error as Error).message}`, {
      hint: 'streamctl capture TOPIC --out FILE records one',
      cause: error,
    })
  }
}

function recordOf(line: string, at: string): FixtureRecord {
  const fields = objectOf(line, at)
  const { topic, timestamp = 0, headers = [] } = fields
  const time = typeof timestamp === 'string' ? Date.parse(timestamp) : timestamp
  if (!Number.isSafeInteger(time)) throw broken(at, 'timestamp', 'milliseconds since 1970, or ISO text')
  if (!Array.isArray(headers)) throw broken(at, 'headers', 'a list')
  return {
    topic: typeof topic === 'string' ? topic : undefined,
    key: bytesOf(fields.key),
    value: bytesOf(fields.value),
    timestamp: time as number,
    headers: new Map(headers.map(header => headerOf(header, at))),
  }
}

function objectOf(line: string, at: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(line)
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed))
      return parsed as Record<string, unknown>
  } catch (error) {
    throw new OperatorError(`${at}: not JSON: ${(error as Error).message}`, { hint: `one record a line: ${shape}` })
  }
  throw broken(at, 'a record', 'an object')
}

function bytesOf(value: unknown): Uint8Array | null {
  if (value === null || value === undefined) return null
  if (typeof value === 'string') return Buffer.from(value)
  const { base64 } = value as { base64?: unknown }
  return typeof base64 === 'string' ? Buffer.from(base64, 'base64') : Buffer.from(JSON.stringify(value))
}

function headerOf(header: unknown, at: string): [string, Uint8Array] {
  const { key, value } = (header ?? {}) as { key?: unknown; value?: unknown }
  if (typeof key !== 'string') throw broken(at, 'a header', '{"key":"…","value":…}')
  return [key, bytesOf(value) ?? new Uint8Array()]
}

function broken(at: string, name: string, wanted: string): OperatorError {
  return new OperatorError(`${at}: ${name} must be ${wanted}`, { hint: `one record a line: ${shape}` })
}

import { recordToJson } from '../../client/json-record.ts'
import type { WholeRecord } from '../record-row.ts'

/** A name for a file with records of a topic. */
export function exportName(topic: string, what: string): string {
  return `${topic}-${what}.ndjson`
}

/**
 * What is written to a file of that name: values as they are, one after the other, for `.bin`; values as lines for `.txt`;
 * else whole records, one JSON object a line, as `streamctl produce --json` reads them.
 */
export function exportBytes(records: readonly WholeRecord[], file: string): Buffer {
  const newline = Buffer.from('\n')
  if (file.endsWith('.bin')) return Buffer.concat(records.map(({ value }) => value ?? Buffer.alloc(0)))
  if (file.endsWith('.txt'))
    return Buffer.concat(records.flatMap(({ value }) => (value ? [value, newline] : [newline])))
  return Buffer.from(records.map(record => `${recordToJson(record.topic, record.partition, record)}\n`).join(''))
}

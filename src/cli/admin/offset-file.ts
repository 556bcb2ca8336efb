import { OperatorError } from '../../base/errors.ts'
import { partitionKey } from '../../client/seek-plan.ts'

const hint = 'a line is TOPIC PARTITION OFFSET with commas, tabs or spaces between, or what group lag --json prints'

/**
 * Reads offsets by partition (`topic:partition`): lines of three fields, as `kafka-consumer-groups --export` writes them, or
 * JSON objects with `topic`, `partition` and one of `offset`, `to`, `committed`. Lines without an offset are passed over.
 * Throws `OperatorError` naming the line.
 */
export function parseOffsetFile(text: string, name: string): ReadonlyMap<string, number> {
  const offsets = new Map<string, number>()
  for (const [at, line] of text.split('\n').entries()) {
    const trimmed = line.trim()
    if (trimmed === '' || trimmed.startsWith('#')) continue
    const read = trimmed.startsWith('{') ? readObject(trimmed) : readFields(trimmed)
    if (!read || !isOffset(read.partition)) throw new OperatorError(`${name}, line ${at + 1}: no offset`, { hint })
    if (read.offset === null) continue
    if (!isOffset(read.offset)) throw new OperatorError(`${name}, line ${at + 1}: no offset`, { hint })
    offsets.set(partitionKey(read), read.offset)
  }
  if (offsets.size === 0) throw new OperatorError(`${name} holds no offsets`, { hint })
  return offsets
}

interface OffsetLine {
  readonly topic: string
  readonly partition: number
  readonly offset: number | null
}

function readFields(line: string): OffsetLine | undefined {
  const fields = line.split(/\s*[,\s]\s*/).map(field => field.replace(/^"(.*)"$/, '$1'))
  const [topic, partition, offset] = fields
  if (fields.length !== 3 || !topic || !/^\d+$/.test(partition ?? '') || !/^\d+$/.test(offset ?? '')) return undefined
  return { topic, partition: Number(partition), offset: Number(offset) }
}

function readObject(line: string): OffsetLine | undefined {
  let value: Readonly<Record<string, unknown>>
  try {
    value = JSON.parse(line)
  } catch {
    return undefined
  }
  const { topic, partition } = value
  const offset = value.offset ?? value.to ?? value.committed ?? null
  if (typeof topic !== 'string' || typeof partition !== 'number') return undefined
  return offset === null || typeof offset === 'number' ? { topic, partition, offset } : undefined
}

function isOffset(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}

import { OperatorError } from '../base/errors.ts'
import { parseOffset } from './offset-expression.ts'

/** Where committed offsets shall go. */
export type SeekTarget =
  | { readonly kind: 'start' | 'end'; readonly shift: number }
  | { readonly kind: 'committed'; readonly shift: number }
  | { readonly kind: 'time'; readonly timestampMs: number }
  | { readonly kind: 'offset'; readonly offset: number }
  /** To each partition its own offset, from another group or a file. */
  | { readonly kind: 'each'; readonly offsets: ReadonlyMap<string, number> }

/** What a partition is like before the move. */
export interface SeekPartition {
  readonly topic: string
  readonly partition: number
  readonly committed: number | null
  readonly start: number
  readonly end: number
  /** For a time: the first offset at or behind it; the end if there is none. */
  readonly atTime?: number
}

/** One line of the plan. Field names are those of the JSON that people see. */
export interface SeekMove {
  readonly topic: string
  readonly partition: number
  readonly committed: number | null
  readonly to: number
  /** Why `to` is not what was asked for. */
  readonly remark: string | null
}

const hint = 'start, end, start+N, end-N, an offset, @TIME as @2026-11-22T08:00:00Z or @-10m, +N or -N from where it is'

/** Reads `--to`. `+N` and `-N` count from the committed offset, as kafka-consumer-groups --shift-by. Throws `OperatorError`. */
export function parseSeekTarget(text: string, nowMs: number): SeekTarget {
  const bound = /^(?<bound>start|end)(?<shift>[+-]\d+)?$/.exec(text)?.groups
  if (bound) return { kind: bound.bound as 'start' | 'end', shift: Number(bound.shift ?? 0) }
  if (/^[+-]\d+$/.test(text)) return { kind: 'committed', shift: Number(text) }
  if (/^\d+$/.test(text) && Number.isSafeInteger(Number(text))) return { kind: 'offset', offset: Number(text) }
  if (text.startsWith('@')) {
    const position = parseOffset(text, nowMs)
    if (position.kind === 'time') return { kind: 'time', timestampMs: position.timestampMs }
  }
  throw new OperatorError(`'${text}' is no place to seek to`, { hint })
}

/** How offsets for each partition are kept in maps. */
export function partitionKey({ topic, partition }: { readonly topic: string; readonly partition: number }): string {
  return `${topic}:${partition}`
}

/**
 * The moves for the partitions, in their order. An offset outside of what a partition holds becomes its start or end, as in
 * Kafka's tools, and the remark says so. Partitions that the target says nothing of are left out.
 */
export function planSeek(partitions: readonly SeekPartition[], target: SeekTarget): readonly SeekMove[] {
  return partitions.flatMap(partition => {
    const wanted = wantedOffset(partition, target)
    if (wanted === null) return []
    const { topic, committed, start, end } = partition
    const to = Math.min(Math.max(wanted, start), end)
    const remark =
      wanted < start ? `${wanted} is before the start` : wanted > end ? `${wanted} is behind the end` : null
    return [{ topic, partition: partition.partition, committed, to, remark }]
  })
}

function wantedOffset(partition: SeekPartition, target: SeekTarget): number | null {
  switch (target.kind) {
    case 'start':
      return partition.start + target.shift
    case 'end':
      return partition.end + target.shift
    case 'committed':
      return partition.committed === null ? null : partition.committed + target.shift
    case 'time':
      return partition.atTime ?? partition.end
    case 'offset':
      return target.offset
    case 'each':
      return target.offsets.get(partitionKey(partition)) ?? null
  }
}

/** A topic and the partitions of it that are meant; all of them if none are named. */
export interface PartitionChoice {
  readonly topic: string
  readonly partitions: readonly number[] | null
}

/** Reads `web`, `web:0`, `web:0,2,4-6`. Throws `OperatorError`. */
export function parsePartitionChoice(text: string): PartitionChoice {
  const at = text.indexOf(':')
  if (at < 0) return { topic: text, partitions: null }
  const partitions = text
    .slice(at + 1)
    .split(',')
    .flatMap(part => {
      const range = /^(?<first>\d{1,9})(?:-(?<last>\d{1,9}))?$/.exec(part)?.groups
      const [first, last] = [Number(range?.first), Number(range?.last ?? range?.first)]
      if (!range || last < first || last - first > 100_000) {
        throw new OperatorError(`'${text}' names no partitions`, { hint: 'TOPIC, TOPIC:0 or TOPIC:0,2,4-6' })
      }
      return Array.from({ length: last - first + 1 }, (_, i) => first + i)
    })
  return { topic: text.slice(0, at), partitions: [...new Set(partitions)] }
}

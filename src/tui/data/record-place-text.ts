import { OperatorError } from '../../base/errors.ts'
import type { Cluster, TopicMetadata } from '../../client/cluster.ts'
import { type PartitionOffsets, resolvePosition } from '../../client/list-offsets.ts'
import { parseOffset } from '../../client/offset-expression.ts'
import { recordTimes } from '../../client/record-times.ts'

/** Offsets of all partitions as text, for questions: `#0:12,1:40`. */
export function placeText(offsets: PartitionOffsets): string {
  return `#${[...offsets].map(([partition, offset]) => `${partition}:${offset}`).join(',')}`
}

/** Reads what `placeText` has written; nothing for other texts. */
export function readPlace(text: string): PartitionOffsets | undefined {
  if (!text.startsWith('#')) return undefined
  const pairs = text.slice(1).split(',')
  return new Map(
    pairs.flatMap(pair => {
      const [, partition, offset] = /^(\d+):(\d+)$/.exec(pair) ?? []
      return partition === undefined ? [] : [[Number(partition), Number(offset)] as const]
    }),
  )
}

/** What people type to jump: `PARTITION=` in front says which partition the offset is of. */
interface Jump {
  readonly partition: number | undefined
  readonly position: ReturnType<typeof parseOffset>
}

/** Reads where to jump to: `start`, `end`, `1200`, `-100`, `@-10m`, `2=1200`. Throws `OperatorError`. */
export function parseJump(text: string, nowMs: number): Jump {
  const [, partition, rest] = /^\s*(?:(\d+)=)?(.*?)\s*$/s.exec(text) ?? []
  const expression = rest ?? ''
  // A date or a duration is meant as a time, with or without the sign for it.
  const isTime = /^\d{4}-\d\d|^\d+:\d\d|^now$|^-.*[a-z]$/.test(expression)
  const position = parseOffset(isTime ? `@${expression}` : expression, nowMs)
  if (partition !== undefined && position.kind !== 'offset') {
    throw new OperatorError(`'${text}': only an offset is of one partition`, { hint: 'as 2=1200' })
  }
  return { partition: partition === undefined ? undefined : Number(partition), position }
}

/** The offset in each partition that is meant. An offset of one partition means its time in the others. */
export async function jumpOffsets(
  cluster: Cluster,
  topic: TopicMetadata,
  partitions: readonly number[],
  { partition, position }: Jump,
): Promise<PartitionOffsets> {
  if (partition === undefined || position.kind !== 'offset') {
    return resolvePosition(cluster, topic, partitions, position)
  }
  if (!partitions.includes(partition)) {
    throw new OperatorError(`topic '${topic.name}' has no partition ${partition} that could be read`)
  }
  const times = await recordTimes(cluster, topic, new Map([[partition, position.offset]]))
  const others = partitions.filter(other => other !== partition)
  const timestampMs = times.get(partition)
  const rest = await resolvePosition(
    cluster,
    topic,
    others,
    timestampMs === undefined ? { kind: 'end' } : { kind: 'time', timestampMs },
  )
  return new Map([...rest, [partition, position.offset]])
}

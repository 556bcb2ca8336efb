import type { Cluster, TopicMetadata } from '../client/cluster.ts'
import { RequestError } from '../client/failures.ts'
import { committedOffsets } from '../client/group-admin.ts'
import { GroupMember } from '../client/group-member.ts'
import type { AssignedPartition } from '../client/group-protocol.ts'
import { endOffsets, resolvePosition, type StartPosition } from '../client/list-offsets.ts'
import { Reader } from '../client/reader.ts'
import type { CommandContext } from './command.ts'
import { every } from './every.ts'
import type { RecordPrinter } from './record-printer.ts'

export interface GroupReading {
  readonly group: string
  readonly topic: TopicMetadata
  /** Where to begin partitions for which the group has committed nothing. */
  readonly position: StartPosition
  readonly printer: RecordPrinter
  /** Stop at the end of the assigned partitions. */
  readonly toEnd: boolean
}

const commitEveryMs = 5_000

/**
 * Prints a topic as a member of a group: from the committed offsets, committing what stdout has taken every few seconds, before partitions
 * go to others, and at the end. Nothing is committed that a reader of the pipe has not been given.
 */
export async function readAsGroup(context: CommandContext, cluster: Cluster, reading: GroupReading): Promise<void> {
  const { output, signal } = context
  const { group, topic, printer, toEnd } = reading
  const groupCluster = cluster.sibling()
  const onNotice = (text: string): void => output.note(text)
  const reader = new Reader(cluster, { onNotice, onEnd: () => toEnd && end() })
  const member = new GroupMember(groupCluster, {
    group,
    topics: [topic.name],
    onNotice,
    onAssigned: async partitions => {
      if (partitions.length === 0 && toEnd) return end()
      await begin(context, cluster, reader, { ...reading, partitions })
    },
    onRevoked: async mayCommit => {
      await reader.clear()
      if (mayCommit) await commit()
      printer.printed.clear()
    },
  })
  const end = (): void => {
    member.stop()
    reader.stop()
  }
  const commit = async (): Promise<void> => {
    const printed = new Map([...printer.printed].map(([name, offsets]) => [name, new Map(offsets)]))
    await output.flush()
    if (output.isClosed) return
    try {
      await member.commit(printed)
    } catch (error) {
      if (!(error instanceof RequestError)) throw error
      output.note(`${error.message}: these records will be read again`)
    }
  }
  const stopCommits = every(context.env, commitEveryMs, () =>
    commit().catch(error => output.note(`commit: ${(error as Error).message}; trying again`)),
  )
  signal.addEventListener('abort', end)
  if (signal.aborted) end()
  const print = reader.run(
    async fetched => {
      await printer.print(fetched)
      if (printer.isDone) end()
    },
    { idle: true },
  )
  try {
    // Whichever fails ends the other: no reading without a membership, no membership without reading.
    await Promise.all([print.finally(end), member.run().finally(end)])
  } finally {
    stopCommits()
    groupCluster.close()
  }
}

async function begin(
  { output }: CommandContext,
  cluster: Cluster,
  reader: Reader,
  reading: GroupReading & { readonly partitions: readonly AssignedPartition[] },
): Promise<void> {
  const { group, topic, position, toEnd } = reading
  const partitions = reading.partitions
    .filter(({ topic: name }) => name === topic.name)
    .map(({ partition }) => partition)
  const committed = (await committedOffsets(cluster, group)).get(topic.name) ?? new Map<number, number>()
  const fresh = partitions.filter(partition => !committed.has(partition))
  const starts = new Map([...committed, ...(await resolvePosition(cluster, topic, fresh, position))])
  const ends = toEnd ? await endOffsets(cluster, topic, partitions) : undefined
  output.note(assignmentText(reading, { partitions, fresh }))
  for (const partition of partitions) {
    reader.add({
      topic: topic.name,
      topicId: topic.topicId,
      partition,
      offset: starts.get(partition) ?? 0,
      endOffset: ends ? (ends.get(partition) ?? 0) : Number.POSITIVE_INFINITY,
    })
  }
}

function assignmentText(
  { group, topic, position }: GroupReading,
  { partitions, fresh }: { readonly partitions: readonly number[]; readonly fresh: readonly number[] },
): string {
  const committedCount = partitions.length - fresh.length
  const sources = [
    ...(committedCount > 0 ? [`${committedCount} from committed offsets`] : []),
    ...(fresh.length > 0 ? [`${fresh.length} from ${positionText(position)}, nothing being committed`] : []),
  ]
  const count = partitions.length === 1 ? '1 partition' : `${partitions.length} partitions`
  return `group '${group}': ${count} of ${topic.name}${sources.length > 0 ? `: ${sources.join(', ')}` : ''}`
}

function positionText(position: StartPosition): string {
  switch (position.kind) {
    case 'start':
    case 'end':
      return `the ${position.kind}`
    case 'offset':
      return `offset ${position.offset}`
    case 'last':
      return `${position.count} before the end`
    case 'time':
      return `time ${new Date(position.timestampMs).toISOString()}`
  }
}

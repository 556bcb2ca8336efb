import type { Cluster, TopicMetadata } from '../client/cluster.ts'
import { RequestError } from '../client/failures.ts'
import { committedOffsets } from '../client/group-admin.ts'
import { GroupMember } from '../client/group-member.ts'
import type { AssignedPartition } from '../client/group-protocol.ts'
import type { StartPosition } from '../client/list-offsets.ts'
import type { OffsetRanges } from '../client/offset-expression.ts'
import { Reader } from '../client/reader.ts'
import type { CommandContext } from './command.ts'
import { every } from './every.ts'
import type { Output } from './output.ts'
import { futureEndMs, type PartitionRange, resolveRanges } from './partition-ranges.ts'
import { endAt, idleTimer } from './reading-end.ts'
import type { RecordPrinter } from './record-printer.ts'

export interface GroupReading {
  readonly group: string
  readonly topic: TopicMetadata
  /** Where to begin, and to stop, when this process is given a partition for the first time. */
  readonly ranges: OffsetRanges
  /** Where to begin partitions for which the group has committed nothing. */
  readonly reset: StartPosition
  readonly printer: RecordPrinter
  /** Stop at the end of the assigned partitions. */
  readonly toEnd: boolean
  /** Stop when no record came for so long. */
  readonly waitMs: number | undefined
}

const commitEveryMs = 5_000

/**
 * Prints a topic as a member of a group, committing what stdout has taken every few seconds, before partitions go to others,
 * and at the end. Nothing is committed that a reader of the pipe has not been given.
 */
export async function readAsGroup(context: CommandContext, cluster: Cluster, reading: GroupReading): Promise<void> {
  const { output, signal, env } = context
  const { group, topic, printer, toEnd } = reading
  const groupCluster = cluster.sibling()
  const onNotice = (text: string): void => output.note(text)
  const stretches = new Stretches(context, cluster, reading)
  const committed = new Map<number, number>()
  const reader = new Reader(cluster, { onNotice, onEnd: () => stretches.areAllEnding && end() })
  const member = new GroupMember(groupCluster, {
    group,
    topics: [topic.name],
    onNotice,
    onAssigned: async partitions => {
      if (partitions.length === 0 && toEnd) return end()
      await stretches.begin(reader, partitions)
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
  const commit = (): Promise<void> => commitPrinted(output, member, reading, committed)
  const stopCommits = every(context.env, commitEveryMs, () =>
    commit().catch(error => output.note(`commit: ${(error as Error).message}; trying again`)),
  )
  signal.addEventListener('abort', end)
  if (signal.aborted) end()
  const idle = idleTimer(env, reading.waitMs, end)
  const callOff = endAt(cluster, reader, topic, futureEndMs(reading.ranges, env.clock.now()))
  const print = reader.run(
    async fetched => {
      await printer.print(fetched)
      idle.notice()
      if (printer.isDone) end()
    },
    { idle: true },
  )
  try {
    // Whichever fails ends the other: no reading without a membership, no membership without reading.
    await Promise.all([print.finally(end), member.run().finally(end)])
  } finally {
    stopCommits()
    idle.stop()
    callOff()
    groupCluster.close()
  }
  if (signal.aborted && !output.isClosed) output.note(interruptionText(reading, committed))
}

/** Commits what stdout has taken, and notes it. */
async function commitPrinted(
  output: Output,
  member: GroupMember,
  { printer, topic }: GroupReading,
  committed: Map<number, number>,
): Promise<void> {
  const printed = new Map([...printer.printed].map(([name, offsets]) => [name, new Map(offsets)]))
  await output.flush()
  if (output.isClosed) return
  try {
    await member.commit(printed)
    for (const [partition, offset] of printed.get(topic.name) ?? []) committed.set(partition, offset)
  } catch (error) {
    if (!(error instanceof RequestError)) throw error
    output.note(`${error.message}: these records will be read again`)
  }
}

/** From where to where partitions are read, as they come and go. */
class Stretches {
  readonly #context: CommandContext
  readonly #cluster: Cluster
  readonly #reading: GroupReading
  /** Ends as they were found when a partition came for the first time. */
  readonly #ends = new Map<number, number>()
  #areAllEnding = false

  constructor(context: CommandContext, cluster: Cluster, reading: GroupReading) {
    this.#context = context
    this.#cluster = cluster
    this.#reading = reading
  }

  /** What is assigned now has an end, each partition of it. */
  get areAllEnding(): boolean {
    return this.#areAllEnding
  }

  async begin(reader: Reader, assigned: readonly AssignedPartition[]): Promise<void> {
    const { topic, group } = this.#reading
    const partitions = assigned.filter(({ topic: name }) => name === topic.name).map(({ partition }) => partition)
    const committed = (await committedOffsets(this.#cluster, group)).get(topic.name) ?? new Map<number, number>()
    const resolved = await this.#resolve(partitions, committed)
    for (const { partition, endOffset } of resolved)
      if (!this.#ends.has(partition)) this.#ends.set(partition, endOffset)
    this.#context.output.note(assignmentText(this.#reading, resolved, committed))
    const endOf = (partition: number): number => this.#ends.get(partition) ?? Number.POSITIVE_INFINITY
    this.#areAllEnding = partitions.every(partition => Number.isFinite(endOf(partition)))
    for (const { partition, offset } of resolved) {
      reader.add({ topic: topic.name, topicId: topic.topicId, partition, offset, endOffset: endOf(partition) })
    }
  }

  /** What `-o` says holds once: a partition that comes back goes on where the group was. */
  async #resolve(
    partitions: readonly number[],
    committed: ReadonlyMap<number, number>,
  ): Promise<readonly PartitionRange[]> {
    const { topic, ranges, reset, toEnd } = this.#reading
    const question = { toEnd, committed, fallback: reset, defaultStart: { kind: 'stored' } as const }
    const known = partitions.filter(partition => this.#ends.has(partition))
    const fresh = partitions.filter(partition => !this.#ends.has(partition))
    return [
      ...(await resolveRanges(this.#cluster, topic, { ...question, partitions: fresh, ranges })),
      ...(await resolveRanges(this.#cluster, topic, { ...question, partitions: known, ranges: noRanges })),
    ]
  }
}

const noRanges: OffsetRanges = { all: {}, byPartition: new Map() }

/** Which start won, for every partition; those with the same reason together. */
function assignmentText(
  { group, topic }: GroupReading,
  resolved: readonly PartitionRange[],
  committed: ReadonlyMap<number, number>,
): string {
  const byReason = Map.groupBy(resolved, ({ startText, partition }) => {
    const isOverruled = committed.has(partition) && startText !== 'the committed offset'
    return isOverruled ? `${startText}, not the committed offset` : startText
  })
  const sources = [...byReason].map(([reason, ranges]) => `${ranges.length} from ${reason}`)
  const count = resolved.length === 1 ? '1 partition' : `${resolved.length} partitions`
  return `group '${group}': ${count} of ${topic.name}${sources.length > 0 ? `: ${sources.join(', ')}` : ''}`
}

function interruptionText({ printer, group, topic }: GroupReading, committed: ReadonlyMap<number, number>): string {
  const count = printer.printedCount === 1 ? '1 record' : `${printer.printedCount} records`
  const offsets = [...committed].toSorted(([a], [b]) => a - b).map(([partition, offset]) => `[${partition}] ${offset}`)
  const what =
    offsets.length === 0 ? 'nothing was committed' : `group '${group}' goes on at ${topic.name} ${offsets.join(', ')}`
  return `interrupted after ${count}; ${what}`
}

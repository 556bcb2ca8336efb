import type { Cluster } from '../../client/cluster.ts'
import { RequestError } from '../../client/failures.ts'
import type { GroupMember } from '../../client/group-member.ts'
import { Producer } from '../../client/producer.ts'
import type { Delivery } from '../../client/producer-options.ts'
import type { TopicWriter } from '../../client/topic-writer.ts'
import type { OffsetInTransaction } from '../../client/transaction-coordinator.ts'
import { TransactionalProducer } from '../../client/transactional-producer.ts'
import { ErrorCode } from '../../protocol/errors.ts'

/** What a thread writes between two commits: records and the offsets of what they follow from. */
export interface Output {
  /** More is buffered than the limit: wait for `room` before the next record. */
  readonly isFull: boolean
  room(): Promise<void>
  topic(name: string): Promise<TopicWriter>
  /** Records may be appended from now on. */
  begin(): Promise<void>
  /**
   * All records that were appended before this call and these offsets count, or (exactly-once) nothing of both does. What is
   * appended afterwards belongs to what `begin` begins next.
   */
  commit(offsets: readonly OffsetInTransaction[]): Promise<void>
  /** Gives up what was written since `begin`, as far as that is possible. */
  abort(): Promise<void>
  close(): void
}

export interface OutputOptions {
  readonly group: string
  readonly groupInstanceId: string
  readonly member: () => GroupMember
  /** Waits until a join that is under way has come to its end; false where this member has been left out. */
  readonly rejoined: () => Promise<boolean>
  readonly onDelivery: (delivery: Delivery) => void
  readonly lingerMs: number
}

/** Commits that the group refused because it has moved on, before it is given up. */
const attemptsMax = 20

/** The group has gone on without this member: what it did since the last commit is somebody else's to do. */
export class LeftBehindError extends Error {
  constructor(group: string, cause: unknown) {
    super(`group '${group}' has gone on without this member`, { cause })
    this.name = 'LeftBehindError'
  }
}

/** The output for a way of processing. */
export function openOutput(
  processing: 'exactly-once' | 'at-least-once',
  ...[cluster, options]: Parameters<typeof exactlyOnceOutput>
): Output {
  return processing === 'at-least-once' ? atLeastOnceOutput(cluster, options) : exactlyOnceOutput(cluster, options)
}

/**
 * Outputs, changelogs and offsets in one transaction (KIP-98), for all tasks of a thread together (KIP-447): the group's
 * generation fences a member that lost its tasks.
 */
function exactlyOnceOutput(
  cluster: Cluster,
  options: OutputOptions & { readonly transactionalId: string; readonly transactionTimeoutMs: number },
): Output {
  const { transactionalId, transactionTimeoutMs, onDelivery, lingerMs } = options
  const producer = new TransactionalProducer(cluster, {
    transactionalId,
    transactionTimeoutMs,
    onDelivery,
    lingerMs,
    bufferBytesMax,
  })
  return {
    get isFull() {
      return producer.isFull
    },
    room: () => producer.room(),
    topic: name => producer.topic(name),
    begin: () => producer.begin(),
    async commit(offsets) {
      const { group, groupInstanceId } = options
      producer.hold()
      // Records and offsets are on their way together: one round trip less.
      const flushed = producer.flush()
      await inGeneration(options, () => {
        const { generation, memberId } = options.member()
        return producer.sendOffsets(offsets, { group, groupInstanceId, generation, memberId })
      })
      await flushed
      await producer.commit()
    },
    abort: () => producer.abort(),
    close: () => producer.close(),
  }
}

/** Records first, then the offsets: after a crash between the two, records are written again. */
function atLeastOnceOutput(cluster: Cluster, options: OutputOptions): Output {
  let failure: RequestError | undefined
  const producer = new Producer(cluster, {
    lingerMs: options.lingerMs,
    bufferBytesMax,
    onDelivery: options.onDelivery,
    onFailure: ({ error }) => (failure ??= error),
  })
  return {
    get isFull() {
      return producer.isFull
    },
    room: () => producer.room(),
    topic: name => producer.topic(name),
    begin: async () => producer.release(),
    async commit(offsets) {
      producer.hold()
      await producer.flush()
      if (failure) throw failure
      const metadata = new Map(offsets.map(({ topic, partition, metadata: text }) => [`${topic}/${partition}`, text]))
      const byTopic = new Map(
        [...Map.groupBy(offsets, ({ topic }) => topic)].map(([topic, of]) => [
          topic,
          new Map(of.map(({ partition, offset }) => [partition, offset])),
        ]),
      )
      await inGeneration(options, () =>
        options.member().commit(byTopic, (topic, partition) => metadata.get(`${topic}/${partition}`) ?? ''),
      )
    },
    async abort() {
      await producer.drop()
      failure = undefined
    },
    close: () => producer.close(),
  }
}

const bufferBytesMax = 32 * 1024 * 1024

const movedOn: ReadonlySet<number> = new Set([ErrorCode.illegalGeneration, ErrorCode.rebalanceInProgress])
const leftOut: ReadonlySet<number> = new Set([ErrorCode.unknownMemberId])

/**
 * Commits under the group's present generation. A group that is just sharing out anew refuses the old one before this member
 * has heard of the next: then it is tried again with that, because a task is not given to another one as long as its owner
 * says that it has it.
 */
async function inGeneration({ group, rejoined }: OutputOptions, commit: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await commit()
      return
    } catch (error) {
      if (!(error instanceof RequestError)) throw error
      if (leftOut.has(error.code)) throw new LeftBehindError(group, error)
      if (!movedOn.has(error.code)) throw error
      if (attempt === attemptsMax || !(await rejoined())) throw new LeftBehindError(group, error)
    }
  }
}

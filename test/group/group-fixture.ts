import type { CommitOffsetsRequest, TransactionalCommitRequest } from '../../src/group/commit-request.ts'
import { GroupCoordinator, type JoinGroupRequest, type SyncGroupRequest } from '../../src/group/coordinator.ts'
import type { GroupSettings } from '../../src/group/settings.ts'
import { ErrorCode, KafkaError } from '../../src/protocol/errors.ts'
import type { Change, StoredGroup } from '../../src/storage/change.ts'
import type { RecoveredOffset, RecoveredPendingOffset, RecoveredTopic } from '../../src/storage/recovered-state.ts'
import type { WriteQueue } from '../../src/storage/write-queue.ts'
import { simulatedEnv } from '../support/simulated-env.ts'

export const testSettings: GroupSettings = {
  sessionTimeoutMsMin: 6_000,
  sessionTimeoutMsMax: 1_800_000,
  initialRebalanceDelayMs: 3_000,
  membersMax: 1_000,
  offsetMetadataMax: 4_096,
  offsetsRetentionMs: 7 * 24 * 3_600_000,
}

/** A disk that commits when told to, or by itself, and remembers what a restart would find. */
export class FakeDisk implements WriteQueue {
  readonly groups = new Map<string, StoredGroup>()
  readonly offsets = new Map<string, RecoveredOffset>()
  readonly pending = new Map<string, RecoveredPendingOffset>()
  readonly changes: Change[] = []
  readonly pendingBytes = 0
  /** Set it to let writes wait for `commit`. */
  isHeld = false
  #waiting: { change: Change; done: (() => void) | undefined }[] = []

  append(): void {
    throw new Error('a group appends nothing')
  }

  together(action: () => void): void {
    const { isHeld } = this
    this.isHeld = true
    action()
    this.isHeld = isHeld
    if (!isHeld) this.commit()
  }

  apply(change: Change, done?: () => void): void {
    this.#waiting.push({ change: structuredClone(change), done })
    if (!this.isHeld) this.commit()
  }

  commit(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const { change } of waiting) this.#store(change)
    for (const { done } of waiting) done?.()
  }

  /** What had not been committed when the power went. */
  crash(): void {
    this.#waiting = []
  }

  #store(change: Change): void {
    this.changes.push(change)
    const key = (groupId: string, topic: string, partition: number) => JSON.stringify([groupId, topic, partition])
    switch (change.kind) {
      case 'saveGroup':
        this.groups.set(change.group.groupId, change.group)
        break
      case 'deleteGroup':
        this.groups.delete(change.groupId)
        for (const [at, { groupId }] of this.offsets) if (groupId === change.groupId) this.offsets.delete(at)
        break
      case 'saveOffsets':
        for (const offset of change.offsets) {
          this.offsets.set(key(change.groupId, offset.topic, offset.partition), { groupId: change.groupId, ...offset })
        }
        break
      case 'deleteOffsets':
        for (const { topic, partition } of change.partitions) this.offsets.delete(key(change.groupId, topic, partition))
        break
      case 'savePendingOffsets':
        for (const { topic, partition, ...offset } of change.offsets) {
          const pending = { producerId: change.producerId, groupId: change.groupId, topic, partition, ...offset }
          this.pending.set(`${change.producerId} ${key(change.groupId, topic, partition)}`, pending)
        }
        break
      case 'deletePendingOffsets':
        for (const [at, { producerId }] of this.pending) if (producerId === change.producerId) this.pending.delete(at)
        break
      default:
        throw new Error(`a group does not write ${change.kind}`)
    }
  }

  whenBelow(_bytes: number, action: () => void): void {
    action()
  }

  async flush(): Promise<void> {
    this.commit()
  }

  async close(): Promise<void> {
    this.commit()
  }
}

export interface CoordinatorFixture {
  readonly env: ReturnType<typeof simulatedEnv>
  readonly disk: FakeDisk
  readonly coordinator: GroupCoordinator
  /** Stops the node and starts it again on what is on the disk. */
  restart(topics?: readonly string[]): CoordinatorFixture
}

export function coordinatorWith(
  changed: Partial<GroupSettings> = {},
  { disk = new FakeDisk(), env = simulatedEnv(), topics = ['orders', 'payments'] as readonly string[] } = {},
): CoordinatorFixture {
  const coordinator = new GroupCoordinator({
    env,
    writes: disk,
    settings: () => ({ ...testSettings, ...changed }),
    recovered: {
      groups: [...disk.groups.values()],
      offsets: [...disk.offsets.values()],
      pendingOffsets: [...disk.pending.values()],
      topics: topics.map(name => ({ name }) as RecoveredTopic),
    },
  })
  const restart = (left: readonly string[] = topics): CoordinatorFixture => {
    coordinator.close()
    disk.crash()
    return coordinatorWith(changed, { disk, env, topics: left })
  }
  return { env, disk, coordinator, restart }
}

/** The metadata of a consumer that reads these topics: ConsumerProtocolSubscription v0. */
export function subscription(...topics: string[]): Buffer {
  const head = Buffer.alloc(6)
  head.writeInt32BE(topics.length, 2)
  const names = topics.map(topic => {
    const name = Buffer.from(topic)
    return Buffer.concat([Buffer.from([name.length >> 8, name.length & 0xff]), name])
  })
  return Buffer.concat([head, ...names, Buffer.from([0xff, 0xff, 0xff, 0xff])])
}

export const rangeOn = (...topics: string[]) => [{ name: 'range', metadata: subscription(...topics) }]

export function joinRequest(changes: Partial<JoinGroupRequest> = {}): JoinGroupRequest {
  return {
    groupId: 'g',
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 60_000,
    memberId: '',
    groupInstanceId: null,
    protocolType: 'consumer',
    protocols: rangeOn('orders'),
    reason: null,
    ...changes,
  }
}

export const oldClient = { version: 3, clientId: 'client', clientHost: '/127.0.0.1' }
export const newClient = { version: 9, clientId: 'client', clientHost: '/127.0.0.1' }

export function syncRequest(changes: Partial<SyncGroupRequest> = {}): SyncGroupRequest {
  return {
    groupId: 'g',
    memberId: '',
    groupInstanceId: null,
    generationId: 1,
    protocolType: null,
    protocolName: null,
    assignments: [],
    ...changes,
  }
}

/** One offset of one partition, by somebody who is no member unless said otherwise. */
export function commitRequest(
  changes: Partial<Omit<CommitOffsetsRequest, 'topics'>> & {
    readonly topic?: string
    readonly partition?: number
    readonly offset?: number
    readonly metadata?: string | null
    readonly commitTimestamp?: number
  } = {},
): CommitOffsetsRequest {
  const { topic = 'orders', partition = 0, offset = 5, metadata = '', commitTimestamp = -1, ...rest } = changes
  const committed = { partitionIndex: partition, committedOffset: offset, committedLeaderEpoch: 0, commitTimestamp }
  return {
    groupId: 'g',
    memberId: '',
    groupInstanceId: null,
    generationId: -1,
    retentionTimeMs: -1,
    topics: [{ name: topic, partitions: [{ ...committed, committedMetadata: metadata }] }],
    ...rest,
  }
}

/** As `commitRequest`, for the transaction of producer 7. */
export function transactionalRequest(
  changes: Parameters<typeof commitRequest>[0] & { readonly producerId?: number } = {},
): TransactionalCommitRequest {
  const { producerId = 7, ...rest } = changes
  return { ...commitRequest(rest), producerId }
}

/** The id of the only member of the stable group `g`; all of the work is its. */
export async function stableMember(
  fixture: CoordinatorFixture,
  changes: Partial<JoinGroupRequest> = {},
): Promise<string> {
  const joining = fixture.coordinator.join(joinRequest(changes), oldClient)
  fixture.env.clock.advance(3_000)
  const { memberId, generationId } = await joining
  const assignments = [{ memberId, assignment: Buffer.from('all') }]
  await fixture.coordinator.sync(syncRequest({ memberId, generationId, assignments }))
  return memberId
}

/** The code of the `KafkaError` with which a promise is rejected, 0 for none. */
export async function errorOfPromise(promise: Promise<unknown>): Promise<number> {
  try {
    await promise
    return ErrorCode.none
  } catch (error) {
    if (error instanceof KafkaError) return error.code
    throw error
  }
}

/** Whether nothing has come of a promise although all that could happen has happened. */
export async function isPending(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol('pending')
  await new Promise(resolve => setImmediate(resolve))
  return (await Promise.race([promise, Promise.resolve(pending)])) === pending
}

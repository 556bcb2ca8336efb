import type { Env } from '../base/env.ts'
import { ErrorCode, KafkaError } from '../protocol/errors.ts'
import type { RecoveredState } from '../storage/recovered-state.ts'
import type { WriteQueue } from '../storage/write-queue.ts'
import {
  bury,
  checkCommit,
  checkTransactionalCommit,
  type HeartbeatRequest,
  heartbeat,
  leave,
} from './classic-group.ts'
import { join } from './classic-join.ts'
import type { ClassicGroup, JoinAnswer, MemberProtocol, SyncAnswer } from './classic-state.ts'
import { type SyncRequest, sync } from './classic-sync.ts'
import type { CommitOffsetsRequest, TopicResults, TransactionalCommitRequest } from './commit-request.ts'
import { GroupHost } from './group-host.ts'
import { type DescribedGroup, describedGroup, type ListedGroup, listedGroup } from './group-view.ts'
import { memberIdFor } from './member-id.ts'
import { type FetchedTopic, Offsets, type TopicPartitions } from './offsets.ts'
import type { GroupSettings } from './settings.ts'

/** Who sends a request, and in which version of its API: some rules depend on that. */
export interface Caller {
  readonly version: number
  readonly clientId: string | null
  readonly clientHost: string
}

export interface JoinGroupRequest {
  readonly groupId: string
  readonly sessionTimeoutMs: number
  /** Negative in version 0, which has none: the session timeout holds. */
  readonly rebalanceTimeoutMs: number
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly protocolType: string
  readonly protocols: readonly MemberProtocol[]
  readonly reason: string | null
}

export type SyncGroupRequest = Omit<SyncRequest, 'ticket'> & { readonly groupId: string }

export interface LeaveGroupRequest {
  readonly groupId: string
  readonly members: readonly {
    readonly memberId: string
    readonly groupInstanceId: string | null
    readonly reason: string | null
  }[]
}

export interface LeftMember {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly errorCode: number
}

export interface GroupCoordinatorOptions {
  readonly env: Env
  readonly writes: WriteQueue
  /** Asked at each decision, so it has to be quick. */
  readonly settings: () => GroupSettings
  readonly recovered: Pick<RecoveredState, 'groups' | 'offsets' | 'pendingOffsets' | 'topics'>
}

/**
 * Kafka's group coordinator for classic groups: who reads which partitions, and how far they have come. Requests and
 * answers have the fields of Kafka's APIs. The methods throw a `KafkaError` where the request fails as a whole; joins
 * and syncs carry their error codes in the answer.
 */
export class GroupCoordinator {
  readonly #env: Env
  readonly #writes: WriteQueue
  readonly #settings: () => GroupSettings
  readonly #host: GroupHost
  readonly #offsets: Offsets
  #closed = false

  constructor({ env, writes, settings, recovered }: GroupCoordinatorOptions) {
    this.#env = env
    this.#writes = writes
    this.#settings = settings
    this.#host = new GroupHost(env, writes, settings)
    this.#offsets = new Offsets(writes)
    this.#host.restore(recovered.groups)
    this.#offsets.restore(recovered.offsets, recovered.pendingOffsets)
    // The node may have stopped between deleting a topic and deleting its offsets, which another topic must not inherit.
    const topics = new Set(recovered.topics.map(topic => topic.name))
    const named = new Set([...recovered.offsets, ...recovered.pendingOffsets].map(({ topic }) => topic))
    for (const topic of named.difference(topics)) this.#offsets.forgetTopic(topic)
    for (const groupId of this.#offsets.groupIds()) this.#host.findOrCreate(groupId)
  }

  /** Answers when the group has a new generation, which can take as long as the rebalance timeout. */
  async join(request: JoinGroupRequest, caller: Caller): Promise<JoinAnswer> {
    this.#requireGroupId(request.groupId)
    const { sessionTimeoutMs } = request
    const { sessionTimeoutMsMin, sessionTimeoutMsMax } = this.#settings()
    if (sessionTimeoutMs < sessionTimeoutMsMin || sessionTimeoutMs > sessionTimeoutMsMax) {
      throw new KafkaError(
        ErrorCode.invalidSessionTimeout,
        `the session timeout must be between ${sessionTimeoutMsMin} and ${sessionTimeoutMsMax} ms`,
      )
    }
    const isKnown = request.memberId !== ''
    const group = isKnown ? this.#host.find(request.groupId) : this.#host.findOrCreate(request.groupId)
    if (!group) throw new KafkaError(ErrorCode.unknownMemberId)
    const clientId = caller.clientId ?? ''
    return this.#host.parkJoin(ticket => {
      const effects = join(
        group,
        {
          ...request,
          ticket,
          newMemberId: isKnown ? '' : memberIdFor(request.groupInstanceId ?? clientId, this.#env.random),
          clientId,
          clientHost: caller.clientHost,
          rebalanceTimeoutMs: request.rebalanceTimeoutMs < 0 ? sessionTimeoutMs : request.rebalanceTimeoutMs,
          protocols: request.protocols.map(({ name, metadata }) => ({ name, metadata: Buffer.from(metadata) })),
          mustKnowId: caller.version >= 4,
          maySkipAssignment: caller.version >= 9,
        },
        this.#host.moment(),
      )
      this.#host.perform(group, effects)
    })
  }

  /** Answers when the leader's assignment is durable. */
  async sync(request: SyncGroupRequest): Promise<SyncAnswer> {
    this.#requireGroupId(request.groupId)
    const group = this.#requireGroup(request.groupId, ErrorCode.unknownMemberId)
    return this.#host.parkSync(ticket => {
      const assignments = request.assignments.map(({ memberId, assignment }) => ({
        memberId,
        assignment: Buffer.from(assignment),
      }))
      this.#host.perform(group, sync(group, { ...request, assignments, ticket }, this.#host.moment()))
    })
  }

  heartbeat(request: HeartbeatRequest & { readonly groupId: string }): void {
    this.#requireGroupId(request.groupId)
    const group = this.#requireGroup(request.groupId, ErrorCode.unknownMemberId)
    heartbeat(group, request, this.#host.moment())
  }

  /** Answers when a group that is empty now is saved so. */
  async leave(request: LeaveGroupRequest): Promise<LeftMember[]> {
    this.#requireGroupId(request.groupId)
    const group = this.#host.find(request.groupId)
    if (!group) return leftMembers(request, [])
    const { errorCodes, effects } = leave(group, request.members, this.#host.moment())
    await this.#host.perform(group, effects)
    return leftMembers(request, errorCodes)
  }

  /** Answers when the offsets are durable. */
  async commitOffsets(request: CommitOffsetsRequest, caller: Pick<Caller, 'version'>): Promise<TopicResults[]> {
    this.#requireOpen()
    const group = this.#groupOfCommit(request, caller)
    const moment = this.#host.moment()
    checkCommit(group, request, moment)
    return this.#offsets.commit(request, moment)
  }

  /** The group that a commit is for. Who is no member may commit to a group that nobody has heard of. */
  #groupOfCommit({ groupId, generationId }: CommitOffsetsRequest, { version }: Pick<Caller, 'version'>): ClassicGroup {
    const group = this.#host.find(groupId)
    if (group) return group
    if (generationId < 0) return this.#host.findOrCreate(groupId)
    throw new KafkaError(version >= 9 ? ErrorCode.groupIdNotFound : ErrorCode.illegalGeneration)
  }

  /**
   * Keeps offsets for the end of the producer's transaction, which has to be open. Answers when they are durable. As in
   * Kafka this is no sign of life of the member.
   */
  async commitTransactional(request: TransactionalCommitRequest): Promise<TopicResults[]> {
    const { groupId, generationId } = request
    this.#requireGroupId(groupId)
    const group = generationId < 0 ? this.#host.findOrCreate(groupId) : this.#host.find(groupId)
    if (!group) throw new KafkaError(ErrorCode.illegalGeneration, `there is no group '${groupId}'`)
    checkTransactionalCommit(group, request)
    return this.#offsets.commitTransactional(request, this.#host.moment())
  }

  /**
   * Commits the offsets that wait for the end of the producer's transaction, or drops them. To be called within
   * `WriteQueue.together`: it writes into the commit that ends the transaction.
   */
  endTransaction(end: { readonly producerId: number; readonly committed: boolean }): void {
    this.#offsets.endTransaction(end)
  }

  /**
   * The offsets of some partitions, or (null) of all that are committed. An unknown group has none; that is no error.
   * `requireStable` (KIP-447) answers UNSTABLE_OFFSET_COMMIT where an open transaction may still change the offset.
   */
  fetchOffsets(
    groupId: string,
    topics: readonly TopicPartitions[] | null,
    { requireStable = false }: { readonly requireStable?: boolean } = {},
  ): FetchedTopic[] {
    this.#requireOpen()
    if (topics === null) return this.#offsets.fetchAll(groupId, requireStable)
    return this.#offsets.fetch(groupId, topics, requireStable)
  }

  list(): ListedGroup[] {
    this.#requireOpen()
    return Array.from(this.#host.all(), listedGroup)
  }

  /** Throws GROUP_ID_NOT_FOUND for a group that is not there. */
  describe(groupId: string): DescribedGroup {
    return describedGroup(this.#requireGroup(groupId, ErrorCode.groupIdNotFound))
  }

  /** Deletes a group without members, with its offsets. Resolves when that is durable. */
  async delete(groupId: string): Promise<void> {
    const group = this.#requireGroup(groupId, ErrorCode.groupIdNotFound)
    bury(group, this.#host.moment())
    await this.#remove(group)
  }

  #remove({ groupId }: ClassicGroup): Promise<void> {
    this.#host.remove(groupId)
    this.#offsets.forgetGroup(groupId)
    return new Promise(resolve => this.#writes.apply({ kind: 'deleteGroup', groupId }, resolve))
  }

  /** Forgets offsets of topics that the group does not read at the moment. Answers when that is durable. */
  async deleteOffsets(groupId: string, topics: readonly TopicPartitions[]): Promise<TopicResults[]> {
    const group = this.#requireGroup(groupId, ErrorCode.groupIdNotFound)
    if (group.state !== 'Empty' && group.protocolType !== 'consumer') throw new KafkaError(ErrorCode.nonEmptyGroup)
    return this.#offsets.delete(group, topics)
  }

  /** Forgets the offsets of a topic. To be called in the same breath as the topic is deleted. */
  onTopicDeleted(topic: string): void {
    this.#offsets.forgetTopic(topic)
  }

  /** Removes offsets that have expired, and groups that have neither members nor offsets. A job calls it now and then. */
  sweep(): void {
    const moment = this.#host.moment()
    for (const group of this.#host.all()) {
      this.#offsets.expire(group, moment)
      if (group.state !== 'Empty' || group.pendingMembers.size > 0 || this.#offsets.hasGroup(group.groupId)) continue
      bury(group, moment)
      this.#remove(group)
    }
  }

  /** Answers all who wait with COORDINATOR_NOT_AVAILABLE, and whoever comes later too. */
  close(): void {
    this.#closed = true
    this.#host.close()
  }

  #requireOpen(): void {
    if (this.#closed) throw new KafkaError(ErrorCode.coordinatorNotAvailable)
  }

  /** Membership needs a name; offsets may be kept under the empty one, as by very old clients. */
  #requireGroupId(groupId: string): void {
    this.#requireOpen()
    if (groupId === '') throw new KafkaError(ErrorCode.invalidGroupId, 'the group id is empty')
  }

  #requireGroup(groupId: string, errorCode: number): ClassicGroup {
    this.#requireOpen()
    const group = this.#host.find(groupId)
    if (!group) throw new KafkaError(errorCode, `there is no group '${groupId}'`)
    return group
  }
}

function leftMembers({ members }: LeaveGroupRequest, errorCodes: readonly number[]): LeftMember[] {
  return members.map(({ memberId, groupInstanceId }, at) => ({
    memberId,
    groupInstanceId,
    errorCode: errorCodes[at] ?? ErrorCode.unknownMemberId,
  }))
}

import type { ResponseOf } from '../protocol/codec.ts'
import { ErrorCode } from '../protocol/errors.ts'
import { heartbeatApi } from '../protocol/messages/heartbeat.ts'
import { joinGroupApi } from '../protocol/messages/join-group.ts'
import { leaveGroupApi } from '../protocol/messages/leave-group.ts'
import { offsetCommitApi } from '../protocol/messages/offset-commit.ts'
import { syncGroupApi } from '../protocol/messages/sync-group.ts'
import { type Cluster, noTopicId } from './cluster.ts'
import { ConnectionLostError, isRetriable, RequestError, UnreachableError } from './failures.ts'
import { type CommittedOffsets, offsetCommitByName } from './group-admin.ts'
import type { AssignedPartition } from './group-protocol.ts'
import { type GroupStrategy, topicStrategy } from './group-strategy.ts'
import { type Backoff, sleep } from './retry.ts'

/** A member that reads topics. */
export interface GroupMemberOptions extends SessionOptions {
  readonly topics: readonly string[]
  /** This member reads these partitions from now on. The group waits for nothing: begin and return. */
  readonly onAssigned: (partitions: readonly AssignedPartition[]) => Promise<void>
}

/** A member whose group has its own way to share out the work. */
export interface StrategyMemberOptions extends SessionOptions {
  readonly strategy: GroupStrategy
}

interface SessionOptions {
  readonly group: string
  /** KIP-345: who comes back under this id takes the place, and the assignment, of the member that had it. */
  readonly groupInstanceId?: string | null
  /** Stop reading, then `commit` if `mayCommit`: others go on from there. */
  readonly onRevoked: (mayCommit: boolean) => Promise<void>
  readonly onNotice?: (text: string) => void
  readonly sessionTimeoutMs?: number
  readonly rebalanceTimeoutMs?: number
  readonly heartbeatMs?: number
  /** How long to try again when the coordinator cannot be reached. */
  readonly reconnectForMs?: number
}

/** Why a member stops reading for a while. */
type Ending = 'stopped' | 'rebalance' | 'expelled'

const defaults = {
  groupInstanceId: null,
  onNotice: () => {},
  sessionTimeoutMs: 45_000,
  rebalanceTimeoutMs: 60_000,
  heartbeatMs: 3_000,
  reconnectForMs: 60_000,
} as const

/** So many heartbeats apart, the leader looks whether topics have grown. */
const heartbeatsPerLook = 5

/** One member of a classic consumer group (KIP-62): joins, keeps its place by heartbeats, takes part in rebalances, leaves. */
export class GroupMember {
  readonly #cluster: Cluster
  readonly #options: Required<SessionOptions>
  readonly #strategy: GroupStrategy
  #coordinatorId: number | undefined
  #memberId = ''
  #generation = -1
  #isLeader = false
  readonly #stop = new AbortController()
  /** Aborts when the member is to join again before the group asks for it. */
  #rejoin = new AbortController()

  /** `cluster` is not to be used for anything else: a join holds its connection until all members are there. */
  constructor(cluster: Cluster, options: GroupMemberOptions | StrategyMemberOptions) {
    this.#cluster = cluster
    this.#options = { ...defaults, ...options }
    this.#strategy = 'strategy' in options ? options.strategy : topicStrategy(cluster, options)
  }

  /** Takes part until `stop`, then leaves. Rejects with what the broker refuses, and with `UnreachableError`. */
  async run(): Promise<void> {
    const pauses = this.#cluster.backoff(this.#options.reconnectForMs)
    try {
      while (!this.#stop.signal.aborted) {
        const assigned = await this.#join(pauses)
        if (!assigned) continue
        await this.#strategy.onAssigned(assigned)
        const ending = await this.#stay(pauses)
        await this.#options.onRevoked(ending !== 'expelled')
        if (ending === 'expelled')
          this.#options.onNotice(`group '${this.#options.group}' has gone on without us: joining again`)
      }
    } finally {
      await this.#leave()
    }
  }

  /** As the coordinator knows this member; empty before the first join. */
  get memberId(): string {
    return this.#memberId
  }

  /** Of the last join; -1 before the first. */
  get generation(): number {
    return this.#generation
  }

  stop(): void {
    this.#stop.abort()
    this.#rejoin.abort()
  }

  /** Joins again soon, with the subscription of then: the group shares out anew. */
  rejoin(): void {
    this.#rejoin.abort()
  }

  /** Commits offsets by topic and partition under the present generation. Throws `RequestError` if the group has moved on. */
  async commit(offsets: CommittedOffsets, metadataOf?: (topic: string, partition: number) => string): Promise<void> {
    const topics = [...offsets].map(([name, partitions]) => ({
      name,
      topicId: noTopicId,
      partitions: [...partitions].map(([partitionIndex, committedOffset]) => ({
        partitionIndex,
        committedOffset,
        committedMetadata: metadataOf?.(name, partitionIndex) ?? '',
      })),
    }))
    if (topics.length === 0) return
    const { group, groupInstanceId } = this.#options
    const answer = await this.#cluster.askPersistently(
      () => this.#coordinator(),
      offsetCommitApi,
      {
        groupId: group,
        generationIdOrMemberEpoch: this.#generation,
        memberId: this.#memberId,
        groupInstanceId,
        topics,
      },
      response => this.#isPassing(codesOf(response)),
      { versionMax: offsetCommitByName },
    )
    const failed = codesOf(answer).find(code => code !== ErrorCode.none)
    if (failed !== undefined) throw new RequestError(failed, `commit for group '${group}'`)
  }

  async #coordinator(): Promise<number> {
    this.#coordinatorId ??= await this.#cluster.groupCoordinator(this.#options.group)
    return this.#coordinatorId
  }

  /** Notes a coordinator that has moved. */
  #isPassing(codes: readonly number[]): boolean {
    const passing = codes.filter(code => code !== ErrorCode.none && isRetriable(code))
    if (passing.length > 0) this.#coordinatorId = undefined
    return passing.length > 0
  }

  /** One round of JoinGroup and SyncGroup; nothing if it has to be tried again. */
  async #join(pauses: Backoff): Promise<Buffer | undefined> {
    this.#rejoin = new AbortController()
    try {
      const joined = await this.#orStopped(this.#askToJoin())
      if (!joined) return undefined
      if (joined.errorCode !== ErrorCode.none) return await this.#refused(joined.errorCode, pauses, joined.memberId)
      this.#memberId = joined.memberId
      this.#generation = joined.generationId
      this.#isLeader = joined.leader === joined.memberId
      const leads = this.#isLeader && !joined.skipAssignment
      const assignments = leads ? await this.#strategy.assign(joined.protocolName ?? '', joined.members) : new Map()
      const synced = await this.#orStopped(this.#sync(joined, assignments))
      if (!synced) return undefined
      if (synced.errorCode !== ErrorCode.none) return await this.#refused(synced.errorCode, pauses)
      pauses.reset()
      return synced.assignment
    } catch (error) {
      await this.#lost(error, pauses)
      return undefined
    }
  }

  async #askToJoin(): Promise<ResponseOf<typeof joinGroupApi>> {
    const { group, groupInstanceId, sessionTimeoutMs, rebalanceTimeoutMs } = this.#options
    const metadata = this.#strategy.subscription()
    return this.#cluster.ask(
      await this.#coordinator(),
      joinGroupApi,
      {
        groupId: group,
        sessionTimeoutMs,
        rebalanceTimeoutMs,
        memberId: this.#memberId,
        groupInstanceId,
        protocolType: 'consumer',
        protocols: this.#strategy.names.map(name => ({ name, metadata })),
      },
      { waitMs: rebalanceTimeoutMs },
    )
  }

  async #sync(
    joined: ResponseOf<typeof joinGroupApi>,
    assignments: ReadonlyMap<string, Buffer>,
  ): Promise<ResponseOf<typeof syncGroupApi>> {
    return this.#cluster.ask(
      await this.#coordinator(),
      syncGroupApi,
      {
        groupId: this.#options.group,
        generationId: joined.generationId,
        memberId: joined.memberId,
        groupInstanceId: this.#options.groupInstanceId,
        protocolType: 'consumer',
        protocolName: joined.protocolName,
        assignments: [...assignments].map(([memberId, assignment]) => ({ memberId, assignment })),
      },
      { waitMs: this.#options.rebalanceTimeoutMs },
    )
  }

  /** Heartbeats until the group wants something else. */
  async #stay(pauses: Backoff): Promise<Ending> {
    for (let beat = 1; ; beat++) {
      await sleep(this.#cluster.env, this.#options.heartbeatMs, this.#rejoin.signal)
      if (this.#stop.signal.aborted) return 'stopped'
      if (this.#rejoin.signal.aborted) return 'rebalance'
      try {
        if (this.#isLeader && beat % heartbeatsPerLook === 0 && (await this.#strategy.hasChanged())) return 'rebalance'
        const { errorCode } = await this.#cluster.ask(await this.#coordinator(), heartbeatApi, {
          groupId: this.#options.group,
          generationId: this.#generation,
          memberId: this.#memberId,
          groupInstanceId: this.#options.groupInstanceId,
        })
        if (errorCode === ErrorCode.rebalanceInProgress) return 'rebalance'
        if (errorCode === ErrorCode.unknownMemberId) this.#memberId = ''
        if (expulsions.has(errorCode)) return 'expelled'
        if (errorCode !== ErrorCode.none && !this.#isPassing([errorCode])) {
          throw new RequestError(errorCode, `group '${this.#options.group}'`)
        }
        pauses.reset()
      } catch (error) {
        await this.#lost(error, pauses)
      }
    }
  }

  /** An answer that is no assignment: what passes is tried again, what does not is thrown. */
  async #refused(errorCode: number, pauses: Backoff, memberId = ''): Promise<undefined> {
    // KIP-394: a new member gets its id first and joins with it.
    if (errorCode === ErrorCode.memberIdRequired) {
      this.#memberId = memberId
      return undefined
    }
    if (errorCode === ErrorCode.unknownMemberId) this.#memberId = ''
    const isPassing = this.#isPassing([errorCode]) || expulsions.has(errorCode)
    if (!isPassing && errorCode !== ErrorCode.rebalanceInProgress) {
      throw new RequestError(errorCode, `group '${this.#options.group}'`)
    }
    await pauses.pause()
    return undefined
  }

  async #lost(error: unknown, pauses: Backoff): Promise<void> {
    const isPassing = error instanceof ConnectionLostError || error instanceof UnreachableError
    if (!isPassing || pauses.isOver) throw error
    this.#coordinatorId = undefined
    await pauses.pause()
  }

  async #leave(): Promise<void> {
    if (this.#memberId === '') return
    const { group, groupInstanceId } = this.#options
    try {
      await this.#cluster.ask(await this.#coordinator(), leaveGroupApi, {
        groupId: group,
        memberId: this.#memberId,
        members: [{ memberId: this.#memberId, groupInstanceId }],
      })
    } catch (error) {
      // The session runs out by itself: nothing is lost but the time until then.
      this.#options.onNotice(`could not leave group '${group}': ${(error as Error).message}`)
    }
  }

  /** What a request answers, or nothing once the member is to stop: a join may take as long as others do. */
  async #orStopped<Answer>(answer: Promise<Answer>): Promise<Answer | undefined> {
    const { signal } = this.#stop
    const { promise, resolve } = Promise.withResolvers<undefined>()
    const onAbort = (): void => resolve(undefined)
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      return await Promise.race([answer, promise])
    } finally {
      signal.removeEventListener('abort', onAbort)
      answer.catch(() => {})
    }
  }
}

/** The group no longer counts this member, or has gone on to another generation. */
const expulsions: ReadonlySet<number> = new Set([ErrorCode.unknownMemberId, ErrorCode.illegalGeneration])

function codesOf(answer: ResponseOf<typeof offsetCommitApi>): readonly number[] {
  return answer.topics.flatMap(({ partitions }) => partitions.map(({ errorCode }) => errorCode))
}

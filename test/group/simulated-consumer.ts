import type { Random } from '../../src/base/env.ts'
import type { GroupCoordinator } from '../../src/group/coordinator.ts'
import { ErrorCode, KafkaError } from '../../src/protocol/errors.ts'
import type { SimulatedClock } from '../support/simulated-env.ts'
import { commitRequest, joinRequest, syncRequest } from './group-fixture.ts'

export const partitionCount = 12
const heartbeatMs = 3_000

/** What consumers and their checker share. */
export interface ConsumerWorld {
  readonly clock: SimulatedClock
  readonly random: Random
  /** The coordinator that runs at the moment. */
  coordinator(): GroupCoordinator
  /** Resolves when that one dies: what it has not answered by then it never will. */
  death(): Promise<void>
  /** A consumer was told to own partitions. */
  assigned(consumer: SimulatedConsumer, partitions: readonly number[]): void
  committed(partition: number, offset: number): void
  nextOffset(): number
  /** False at the end, when everybody behaves. */
  readonly isRough: boolean
}

/** A consumer as Kafka's clients behave: joins, divides when it leads, beats, commits, starts again when it has to. */
export class SimulatedConsumer {
  readonly name: string
  readonly instanceId: string | null
  readonly version: number
  readonly #world: ConsumerWorld
  memberId = ''
  generation = -1
  partitions: readonly number[] = []
  /** It runs; a dead one still has requests under way. */
  isAlive = true
  isInGroup = false
  unanswered = 0

  constructor(name: string, instanceId: string | null, world: ConsumerWorld) {
    this.name = name
    this.instanceId = instanceId
    this.version = [3, 5, 9][world.random.below(3)] ?? 9
    this.#world = world
    if (instanceId !== null) this.version = Math.max(this.version, 5)
    void this.#join()
    this.#beatLater()
  }

  /** Who the group takes it for: a static member keeps its place under any member id. */
  get identity(): string {
    return this.instanceId ?? this.memberId
  }

  async leave(): Promise<void> {
    this.isAlive = false
    const member = { memberId: this.memberId, groupInstanceId: this.instanceId, reason: 'shutting down' }
    await this.#ask(coordinator => coordinator.leave({ groupId: 'g', members: [member] }))
  }

  async #join(): Promise<void> {
    this.isInGroup = false
    this.partitions = []
    await this.#think()
    if (!this.isAlive) return
    const request = joinRequest({
      memberId: this.memberId,
      groupInstanceId: this.instanceId,
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 20_000,
    })
    const caller = { version: this.version, clientId: this.name, clientHost: '/127.0.0.1' }
    const answer = await this.#ask(coordinator => coordinator.join(request, caller))
    if (!this.isAlive) return
    if (typeof answer === 'number') return this.#recover(answer)
    if (answer.errorCode === ErrorCode.memberIdRequired) {
      this.memberId = answer.memberId
      return this.#join()
    }
    if (answer.errorCode !== ErrorCode.none) return this.#recover(answer.errorCode)
    this.memberId = answer.memberId
    this.generation = answer.generationId
    const leads = answer.leader === this.memberId && !answer.skipAssignment && answer.members.length > 0
    return this.#sync(leads ? divide(answer.members.map(member => member.memberId)) : [])
  }

  async #sync(assignments: { readonly memberId: string; readonly assignment: Buffer }[]): Promise<void> {
    await this.#think()
    if (!this.isAlive) return
    const { memberId, generation: generationId, instanceId: groupInstanceId } = this
    const request = syncRequest({ memberId, generationId, groupInstanceId, assignments })
    const answer = await this.#ask(coordinator => coordinator.sync(request))
    if (!this.isAlive) return
    if (typeof answer === 'number') return this.#recover(answer)
    if (answer.errorCode !== ErrorCode.none) return this.#recover(answer.errorCode)
    this.isInGroup = true
    this.partitions = [...answer.assignment]
    this.#world.assigned(this, this.partitions)
  }

  #recover(errorCode: number): Promise<void> {
    if (errorCode === ErrorCode.fencedInstanceId) {
      this.isAlive = false
      return Promise.resolve()
    }
    if (errorCode === ErrorCode.unknownMemberId) this.memberId = ''
    return this.#join()
  }

  #beatLater(): void {
    this.#world.clock.after(heartbeatMs, () => {
      if (!this.isAlive) return
      if (this.isInGroup) void this.#beat()
      this.#beatLater()
    })
  }

  async #beat(): Promise<void> {
    const { memberId, generation: generationId, instanceId: groupInstanceId } = this
    const member = { memberId, groupInstanceId, generationId }
    const [partition] = this.partitions
    if (partition !== undefined) {
      const offset = this.#world.nextOffset()
      const request = commitRequest({ ...member, partition, offset })
      const answer = await this.#ask(coordinator => coordinator.commitOffsets(request, { version: this.version }))
      if (typeof answer !== 'number') this.#world.committed(partition, offset)
    }
    if (!this.isAlive || !this.isInGroup || this.generation !== generationId) return
    const told = await this.#ask(async coordinator => coordinator.heartbeat({ groupId: 'g', ...member }))
    if (typeof told !== 'number' || told === ErrorCode.coordinatorNotAvailable) return
    if (this.isAlive && this.isInGroup) await this.#recover(told)
  }

  async #ask<T>(work: (coordinator: GroupCoordinator) => Promise<T>): Promise<T | number> {
    this.unanswered++
    try {
      const broken = this.#world.death().then(() => ErrorCode.coordinatorNotAvailable)
      return await Promise.race([work(this.#world.coordinator()), broken])
    } catch (error) {
      if (error instanceof KafkaError) return error.code
      throw error
    } finally {
      this.unanswered--
    }
  }

  /** Most are quick; now and then one is so slow that it misses the session or the rebalance. */
  #think(): Promise<void> {
    const { random, clock, isRough } = this.#world
    const delayMs = isRough && random.below(10) === 0 ? random.below(30_000) : random.below(200)
    return new Promise(resolve => void clock.after(1 + delayMs, resolve))
  }
}

function divide(memberIds: readonly string[]): { memberId: string; assignment: Buffer }[] {
  const all = Array.from({ length: partitionCount }, (_, partition) => partition)
  return memberIds.map((memberId, at) => ({
    memberId,
    assignment: Buffer.from(all.filter(partition => partition % memberIds.length === at)),
  }))
}

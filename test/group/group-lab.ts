import { afterSave, heartbeat, leave, wake } from '../../src/group/classic-group.ts'
import { type JoinRequest, join } from '../../src/group/classic-join.ts'
import {
  type ClassicGroup,
  type Effect,
  emptyGroup,
  type JoinAnswer,
  type Moment,
  type Saved,
  type SyncAnswer,
  type Ticket,
} from '../../src/group/classic-state.ts'
import { type SyncRequest, sync } from '../../src/group/classic-sync.ts'
import type { GroupRecord } from '../../src/group/group-record.ts'
import type { GroupSettings } from '../../src/group/settings.ts'
import { ErrorCode, KafkaError } from '../../src/protocol/errors.ts'
import { rangeOn, testSettings } from './group-fixture.ts'

/** A group by itself: time stands still until it is moved, and what is decided is kept to be looked at. */
export class GroupLab {
  group: ClassicGroup = emptyGroup('g', 0)
  nowMs = 0
  readonly settings: GroupSettings
  readonly joins = new Map<Ticket, JoinAnswer>()
  readonly syncs = new Map<Ticket, SyncAnswer>()
  readonly records: GroupRecord[] = []
  /** Set it to keep what is saved from becoming durable until `commit`. */
  isDiskHeld = false
  #unsaved: Saved[] = []
  #nextTicket = 1

  constructor(settings: Partial<GroupSettings> = {}) {
    this.settings = { ...testSettings, ...settings }
  }

  get moment(): Moment {
    return { nowMs: this.nowMs, dateMs: this.nowMs, settings: this.settings }
  }

  /** A dynamic member of an old version without an id, unless said otherwise. */
  join(changes: Partial<JoinRequest> = {}): Ticket {
    const ticket = this.#nextTicket++
    const request: JoinRequest = {
      ticket,
      memberId: '',
      newMemberId: `m${ticket}`,
      groupInstanceId: null,
      clientId: 'client',
      clientHost: '/127.0.0.1',
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 60_000,
      protocolType: 'consumer',
      protocols: rangeOn('orders'),
      reason: null,
      mustKnowId: false,
      maySkipAssignment: false,
      ...changes,
    }
    this.perform(join(this.group, request, this.moment))
    return ticket
  }

  sync(memberId: string, changes: Partial<SyncRequest> = {}): Ticket {
    const ticket = this.#nextTicket++
    const request: SyncRequest = {
      ticket,
      memberId,
      groupInstanceId: null,
      generationId: this.group.generation,
      protocolType: null,
      protocolName: null,
      assignments: [],
      ...changes,
    }
    this.perform(sync(this.group, request, this.moment))
    return ticket
  }

  /** The error that a heartbeat meets. */
  beat(memberId: string, generationId = this.group.generation, groupInstanceId: string | null = null): number {
    return errorOf(() => heartbeat(this.group, { memberId, groupInstanceId, generationId }, this.moment))
  }

  leave(...memberIds: string[]): readonly number[] {
    const leaving = memberIds.map(memberId => ({ memberId, groupInstanceId: null, reason: null }))
    return this.leaveAs(...leaving)
  }

  leaveAs(
    ...leaving: { memberId: string; groupInstanceId: string | null; reason: string | null }[]
  ): readonly number[] {
    const { errorCodes, effects } = leave(this.group, leaving, this.moment)
    this.perform(effects)
    return errorCodes
  }

  /** Moves time on, waking the group whenever it wants to be. */
  advance(ms: number): void {
    const untilMs = this.nowMs + ms
    while (this.group.wakeAtMs <= untilMs) {
      this.nowMs = Math.max(this.nowMs, this.group.wakeAtMs)
      this.perform(wake(this.group, this.moment))
    }
    this.nowMs = untilMs
  }

  perform(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.kind === 'answerJoin') this.#answer(this.joins, effect.ticket, effect.answer)
      if (effect.kind === 'answerSync') this.#answer(this.syncs, effect.ticket, effect.answer)
      if (effect.kind !== 'saveGroup') continue
      this.records.push(effect.record)
      if (effect.saved) this.#unsaved.push(effect.saved)
    }
    if (!this.isDiskHeld) this.commit()
  }

  commit(): void {
    for (let saved = this.#unsaved.shift(); saved; saved = this.#unsaved.shift()) {
      this.perform(afterSave(this.group, saved, this.moment))
    }
  }

  #answer<T>(answers: Map<Ticket, T>, ticket: Ticket, answer: T): void {
    if (answers.has(ticket)) throw new Error(`request ${ticket} is answered twice`)
    answers.set(ticket, answer)
  }

  joined(ticket: Ticket): JoinAnswer {
    const answer = this.joins.get(ticket)
    if (!answer) throw new Error(`join ${ticket} is still parked`)
    return answer
  }

  synced(ticket: Ticket): SyncAnswer {
    const answer = this.syncs.get(ticket)
    if (!answer) throw new Error(`sync ${ticket} is still parked`)
    return answer
  }

  /** Members with these ids, the first of them the leader, all in a new generation that awaits SyncGroup. */
  gather(memberIds: readonly string[], changes: Partial<JoinRequest> = {}): this {
    for (const newMemberId of memberIds) this.join({ newMemberId, ...changes })
    this.advance(this.settings.initialRebalanceDelayMs * 2)
    return this
  }

  /** Every member asks for its part, the leader divides: each gets its own name. */
  settle(): this {
    const memberIds = [...this.group.members.keys()]
    const assignments = memberIds.map(memberId => ({ memberId, assignment: Buffer.from(memberId) }))
    for (const memberId of memberIds) {
      const isLeader = memberId === this.group.leaderId
      const { groupInstanceId = null } = this.group.members.get(memberId) ?? {}
      this.sync(memberId, { groupInstanceId, assignments: isLeader ? assignments : [] })
    }
    return this
  }
}

/** The code of the `KafkaError` that is thrown, 0 for none. */
export function errorOf(work: () => void): number {
  try {
    work()
    return ErrorCode.none
  } catch (error) {
    if (error instanceof KafkaError) return error.code
    throw error
  }
}

export function stableLab(memberIds: readonly string[], settings: Partial<GroupSettings> = {}): GroupLab {
  return new GroupLab(settings).gather(memberIds).settle()
}

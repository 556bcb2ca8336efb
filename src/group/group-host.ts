import type { Env, Timer } from '../base/env.ts'
import { assert, unreachable } from '../base/errors.ts'
import { ErrorCode } from '../protocol/errors.ts'
import type { StoredGroup } from '../storage/change.ts'
import type { WriteQueue } from '../storage/write-queue.ts'
import { afterSave, resume, wake } from './classic-group.ts'
import {
  type ClassicGroup,
  type Effect,
  emptyGroup,
  type JoinAnswer,
  joinRefusal,
  type Moment,
  type SyncAnswer,
  syncRefusal,
  type Ticket,
} from './classic-state.ts'
import { classicGroupType, restoredGroup } from './group-record.ts'
import { RecordWriter } from './record-writer.ts'
import type { GroupSettings } from './settings.ts'

/** A group with the one timer that it needs. */
interface HostedGroup {
  readonly group: ClassicGroup
  readonly records: RecordWriter
  timer: Timer | null
  timerAtMs: number
}

/** Keeps the groups, and does what their decisions say: answers, saves, timers. */
export class GroupHost {
  readonly #env: Env
  readonly #writes: WriteQueue
  readonly #settings: () => GroupSettings
  readonly #hosted = new Map<string, HostedGroup>()
  readonly #parkedJoins = new Map<Ticket, (answer: JoinAnswer) => void>()
  readonly #parkedSyncs = new Map<Ticket, (answer: SyncAnswer) => void>()
  #nextTicket = 1
  #closed = false

  constructor(env: Env, writes: WriteQueue, settings: () => GroupSettings) {
    this.#env = env
    this.#writes = writes
    this.#settings = settings
  }

  /** Takes up the groups of the last run; their members have a whole session to show themselves. */
  restore(stored: readonly StoredGroup[]): void {
    for (const record of stored) {
      if (record.type !== classicGroupType) continue
      const group = restoredGroup(record)
      this.#add(group)
      this.perform(group, resume(group, this.moment()))
    }
  }

  find(groupId: string): ClassicGroup | undefined {
    return this.#hosted.get(groupId)?.group
  }

  findOrCreate(groupId: string): ClassicGroup {
    const found = this.find(groupId)
    if (found) return found
    const group = emptyGroup(groupId, this.#env.clock.now())
    this.#add(group)
    return group
  }

  #add(group: ClassicGroup): void {
    const records = new RecordWriter(this.#writes)
    this.#hosted.set(group.groupId, { group, records, timer: null, timerAtMs: Number.POSITIVE_INFINITY })
  }

  /** All groups; removing some while iterating is fine. */
  *all(): Iterable<ClassicGroup> {
    for (const { group } of this.#hosted.values()) yield group
  }

  /** Forgets a group that is dead. */
  remove(groupId: string): void {
    this.#hosted.get(groupId)?.timer?.cancel()
    this.#hosted.delete(groupId)
  }

  moment(): Moment {
    const { clock } = this.#env
    return { nowMs: clock.monotonic(), dateMs: clock.now(), settings: this.#settings() }
  }

  /** Lets a request wait for its answer. */
  parkJoin(decide: (ticket: Ticket) => void): Promise<JoinAnswer> {
    return park(this.#parkedJoins, this.#nextTicket++, decide)
  }

  parkSync(decide: (ticket: Ticket) => void): Promise<SyncAnswer> {
    return park(this.#parkedSyncs, this.#nextTicket++, decide)
  }

  /** Does what a decision says. Resolves when all that it saves is durable. */
  perform(group: ClassicGroup, effects: readonly Effect[]): Promise<unknown> {
    const saves: Promise<void>[] = []
    for (const effect of effects) {
      switch (effect.kind) {
        case 'answerJoin':
          answer(this.#parkedJoins, effect.ticket, effect.answer)
          break
        case 'answerSync':
          answer(this.#parkedSyncs, effect.ticket, effect.answer)
          break
        case 'saveGroup':
          saves.push(this.#save(group, effect))
          break
        case 'log':
          this.#env.log.info(effect.message, effect.fields)
          break
        default:
          unreachable(effect)
      }
    }
    this.#setTimer(group)
    return saves.length === 0 ? nothingToSave : Promise.all(saves)
  }

  #save(group: ClassicGroup, { record, saved }: Extract<Effect, { kind: 'saveGroup' }>): Promise<void> {
    const hosted = this.#hosted.get(group.groupId)
    assert(hosted?.group === group, 'a group is saved after it was removed')
    return new Promise(resolve => {
      hosted.records.save(record, saved?.kind === 'replacement', () => {
        if (saved) this.perform(group, afterSave(group, saved, this.moment()))
        resolve()
      })
    })
  }

  /** One timer a group: sessions that are prolonged leave it alone, and it looks again when it fires too early. */
  #setTimer(group: ClassicGroup): void {
    const hosted = this.#hosted.get(group.groupId)
    if (this.#closed || hosted?.group !== group || hosted.timerAtMs <= group.wakeAtMs) return
    hosted.timer?.cancel()
    hosted.timerAtMs = group.wakeAtMs
    const delayMs = Math.ceil(group.wakeAtMs - this.#env.clock.monotonic())
    hosted.timer = this.#env.clock.after(Math.max(0, delayMs), () => {
      hosted.timer = null
      hosted.timerAtMs = Number.POSITIVE_INFINITY
      this.perform(group, wake(group, this.moment()))
    })
  }

  /** Answers all who wait; they will find another coordinator, or this one again after its restart. */
  close(): void {
    this.#closed = true
    for (const { timer, records } of this.#hosted.values()) {
      timer?.cancel()
      records.flush()
    }
    for (const ticket of [...this.#parkedJoins.keys()]) {
      answer(this.#parkedJoins, ticket, joinRefusal(ErrorCode.coordinatorNotAvailable, ''))
    }
    for (const ticket of [...this.#parkedSyncs.keys()]) {
      answer(this.#parkedSyncs, ticket, syncRefusal(ErrorCode.coordinatorNotAvailable))
    }
  }
}

const nothingToSave = Promise.resolve()

type Parked<T> = Map<Ticket, (answer: T) => void>

function park<T>(parked: Parked<T>, ticket: Ticket, decide: (ticket: Ticket) => void): Promise<T> {
  return new Promise(resolve => {
    parked.set(ticket, resolve)
    decide(ticket)
  })
}

function answer<T>(parked: Parked<T>, ticket: Ticket, answer: T): void {
  parked.get(ticket)?.(answer)
  parked.delete(ticket)
}

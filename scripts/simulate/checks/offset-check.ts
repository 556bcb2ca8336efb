import { ErrorCode } from '../../../src/protocol/errors.ts'
import { offsetCommitApi } from '../../../src/protocol/messages/offset-commit.ts'
import { offsetFetchApi } from '../../../src/protocol/messages/offset-fetch.ts'
import { type Ended, type History, type Operation, Violation } from '../history.ts'
import type { TopicNames } from './topic-names.ts'

/** A value that was written, or may have been. Instants as the history counts them. */
interface Write {
  /** Unique: the metadata of the commit. */
  readonly name: string
  readonly offset: number
  readonly beganAt: number
  /** Infinity while it is not answered. */
  endedAt: number
  /** Whether it may ever be read. */
  refused: boolean
}

/**
 * One committed offset. Commits and reads overlap; what holds is that they can be put into one order that everybody who
 * waits for answers agrees with: no read gives what was overwritten before it began.
 */
export class Register {
  readonly #name: string
  readonly #writes = new Map<string, Write>()
  readonly #read = new Set<string>()
  /** When the newest write began that is known to have taken effect: what ended before that is overwritten. */
  #floor = 0

  constructor(name: string) {
    this.#name = name
    this.#writes.set('', { name: '', offset: -1, beganAt: 0, endedAt: 0, refused: false })
  }

  get floor(): number {
    return this.#floor
  }

  write(name: string, offset: number, beganAt: number): void {
    const endedAt = Number.POSITIVE_INFINITY
    this.#writes.set(name, { name, offset, beganAt, endedAt, refused: false })
  }

  knows(name: string): boolean {
    return this.#writes.has(name)
  }

  wasRead(name: string): boolean {
    return this.#read.has(name)
  }

  written(name: string, outcome: 'done' | 'refused' | 'unknown', endedAt: number): void {
    const write = this.#writes.get(name)!
    write.endedAt = endedAt
    write.refused = outcome === 'refused'
    if (outcome === 'done') this.#floor = Math.max(this.#floor, write.beganAt)
  }

  /** A read that began when the floor was `floor` gave this. */
  read({ name, offset, floor }: { readonly name: string; readonly offset: number; readonly floor: number }): void {
    const write = this.#writes.get(name)
    if (!write) throw new Violation(`${this.#name}: '${name}' is read, which nobody committed`)
    if (write.offset !== offset)
      throw new Violation(
        `${this.#name}: '${name}' is read with offset ${offset}, it was committed with ${write.offset}`,
      )
    if (write.refused) throw new Violation(`${this.#name}: '${name}' is read, whose commit was refused`)
    if (write.endedAt < floor) throw new Violation(`${this.#name}: '${name}' is read, which had been overwritten`)
    this.#floor = Math.max(this.#floor, write.beganAt)
    this.#read.add(name)
  }
}

/** The promise of committed offsets: what was acknowledged is read, until it is overwritten. */
export class OffsetCheck {
  readonly #registers = new Map<string, Register>()

  readonly #names: TopicNames
  #committed = 0

  constructor(history: History, names: TopicNames) {
    this.#names = names
    history.watch(offsetCommitApi, operation => this.#commit(operation))
    history.watch(offsetFetchApi, operation => this.#fetch(operation))
  }

  /** Commits that were acknowledged. */
  get committed(): number {
    return this.#committed
  }

  register(groupId: string, topic: string, partition: number): Register {
    const name = `${groupId} ${topic}-${partition}`
    return this.#registers.getOrInsertComputed(name, () => new Register(name))
  }

  #commit({ request, beganAt }: Operation<typeof offsetCommitApi>): Ended<typeof offsetCommitApi> {
    const written = request.topics.flatMap(({ name: topic, topicId, partitions }) =>
      partitions.map(({ partitionIndex, committedOffset, committedMetadata }) => {
        const register = this.register(request.groupId, this.#names.of(topic, topicId), partitionIndex)
        const name = committedMetadata ?? ''
        register.write(name, committedOffset, beganAt)
        return { register, name }
      }),
    )
    return (response, endedAt) => {
      const results = response?.topics.flatMap(({ partitions }) => partitions)
      for (const [at, { register, name }] of written.entries()) {
        const errorCode = results?.[at]?.errorCode
        const outcome = errorCode === undefined ? 'unknown' : errorCode === ErrorCode.none ? 'done' : 'refused'
        register.written(name, outcome, endedAt)
        if (outcome === 'done') this.#committed++
      }
    }
  }

  #fetch({ request, version }: Operation<typeof offsetFetchApi>): Ended<typeof offsetFetchApi> {
    const asked = version < 8 ? [{ ...request, topics: withIds(request.topics ?? []) }] : request.groups
    const floors = new Map<Register, number>()
    for (const { groupId, topics } of asked) {
      for (const { name, topicId, partitionIndexes } of topics ?? []) {
        for (const partition of partitionIndexes) {
          const register = this.register(groupId, this.#names.of(name, topicId), partition)
          floors.set(register, register.floor)
        }
      }
    }
    return response => {
      if (!response) return
      const groups = version < 8 ? [{ groupId: request.groupId, topics: withIds(response.topics) }] : response.groups
      for (const { groupId, topics } of groups) {
        for (const { name, topicId, partitions } of topics) {
          for (const { partitionIndex, committedOffset: offset, metadata, errorCode } of partitions) {
            if (errorCode !== ErrorCode.none) continue
            const register = this.register(groupId, this.#names.of(name, topicId), partitionIndex)
            register.read({ name: metadata ?? '', offset, floor: floors.get(register)! })
          }
        }
      }
    }
  }
}

/** Old versions know names only. */
function withIds<Topic>(topics: readonly Topic[]): (Topic & { readonly topicId: string })[] {
  return topics.map(topic => ({ ...topic, topicId: '' }))
}

import { expect } from 'vitest'
import { createTopic, type TestCluster } from './kafka-cluster.ts'
import type { RunningProcess } from './processes.ts'

/** One record as a member of a group received it. */
export interface Received {
  readonly partition: number
  readonly offset: number
  readonly value: string
}

/** Where a member reports to. */
export interface MemberEvents {
  /** The partitions that the member owns from now on. */
  assigned(partitions: readonly number[]): void
  received(record: Received): void
}

/** A member of a consumer group, of whatever client. It starts at the beginning where nothing is committed. */
export interface Member {
  /** Commits and leaves the group. */
  leave(): Promise<void>
}

export interface GroupPlace {
  readonly brokers: string
  readonly topic: string
  readonly group: string
}

export interface GroupScenario {
  readonly cluster: TestCluster
  /** Starts the first, second and third member in turn. */
  readonly startMember: (place: GroupPlace, events: MemberEvents, index: number) => Promise<Member>
  /** Produces each value with itself as key. */
  readonly produce: (place: GroupPlace, values: readonly string[]) => Promise<void>
  readonly partitions?: number
}

/** What the scenario knows of a member. */
class Watched {
  partitions: readonly number[] = []
  readonly received: Received[] = []
}

/**
 * The life of a group: one member owns everything; two more join and each owns a third; the first leaves and the others
 * take over; all leave and a new one resumes. Every record must be received, and none again after a clean leave.
 */
export async function liveThroughRebalances(scenario: GroupScenario): Promise<void> {
  const { cluster, partitions = 6 } = scenario
  const place = { brokers: cluster.brokers, topic: cluster.uniqueName('t'), group: cluster.uniqueName('g') }
  await createTopic(place.brokers, place.topic, { partitions })
  const changes = signal()
  const watched: Watched[] = []
  const join = async (): Promise<Member> => {
    const seen = new Watched()
    watched.push(seen)
    const events: MemberEvents = {
      assigned(owned) {
        seen.partitions = [...owned]
        changes.notify()
      },
      received(record) {
        seen.received.push(record)
        changes.notify()
      },
    }
    return scenario.startMember(place, events, watched.length - 1)
  }
  const state = (): string =>
    watched.map((seen, i) => `member ${i}: owns [${seen.partitions}], received ${seen.received.length}`).join('; ')
  const owned = (...counts: number[]): Promise<void> =>
    changes.until(
      () => {
        const all = watched.flatMap(seen => seen.partitions)
        const each = watched.map(seen => seen.partitions.length)
        return counts.every((count, i) => each[i] === count) && new Set(all).size === partitions
      },
      () => `each member owns ${counts}; ${state()}`,
    )
  const everything = (): Received[] => watched.flatMap(seen => seen.received)
  const arrived = (values: readonly string[]): Promise<void> =>
    changes.until(
      () => {
        const got = new Set(everything().map(record => record.value))
        return values.every(value => got.has(value))
      },
      () => `all of ${values.length} records from ${values[0]} on; ${state()}`,
    )
  const produce = async (word: string): Promise<void> => {
    const values = Array.from({ length: 90 }, (_, i) => `${word}-${i}`)
    await scenario.produce(place, values)
    await arrived(values)
  }

  const first = await join()
  await owned(partitions)
  await produce('one')
  const others = [await join(), await join()]
  await owned(partitions / 3, partitions / 3, partitions / 3)
  await produce('three')
  await first.leave()
  watched[0]!.partitions = []
  await owned(0, partitions / 2, partitions / 2)
  await produce('two')
  for (const member of others) await member.leave()
  for (const seen of watched) seen.partitions = []

  const before = new Set(everything().map(record => record.value))
  const last = await join()
  await owned(0, 0, 0, partitions)
  await produce('resumed')
  await last.leave()
  expect(watched[3]!.received.filter(record => before.has(record.value))).toEqual([])
  for (const seen of watched) expectOrder(seen.received)
}

/** Within a member, a partition's records come in the order of their offsets; only one that it had before may come again. */
function expectOrder(received: readonly Received[]): void {
  const seen = new Map<number, Set<number>>()
  for (const { partition, offset } of received) {
    const offsets = seen.get(partition) ?? new Set<number>()
    if (!offsets.has(offset)) expect(offset).toBeGreaterThan(Math.max(-1, ...offsets))
    seen.set(partition, offsets.add(offset))
  }
}

interface Signal {
  notify(): void
  until(condition: () => boolean, what: () => string, timeoutMs?: number): Promise<void>
}

/** Lets a test wait for a condition without polling: it is looked at after each `notify`. */
export function signal(): Signal {
  const waiting = new Set<() => void>()
  return {
    notify() {
      for (const look of waiting) look()
    },
    until(condition, what, timeoutMs = 180_000) {
      return new Promise((resolve, reject) => {
        const look = (): void => {
          if (!condition()) return
          waiting.delete(look)
          clearTimeout(timer)
          resolve()
        }
        const timer = setTimeout(() => {
          waiting.delete(look)
          reject(new Error(`waited ${timeoutMs} ms for: ${what()}`))
        }, timeoutMs)
        waiting.add(look)
        look()
      })
    },
  }
}

/** A member in a process of its own that prints NDJSON: {"assigned":[0,1]} and {"partition":0,"offset":1,"value":"..."}. */
export function processMember(child: RunningProcess, events: MemberEvents): Member {
  child.onLine('stdout', line => {
    const event = JSON.parse(line) as { assigned: number[] } | Received
    if ('assigned' in event) events.assigned(event.assigned)
    else events.received(event)
  })
  return {
    async leave() {
      child.signal('SIGTERM')
      const { exitCode, signal: killedBy, stderr } = await child.finished
      if (exitCode !== 0) throw new Error(`a member ended with ${exitCode ?? killedBy}:\n${stderr}`)
    },
  }
}

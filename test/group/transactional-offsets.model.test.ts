// Kafka decides between commits by their place in its log. Random histories must come out as that rule says, also where
// the node is restarted, or loses what was not durable.
import { expect, test } from 'vitest'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { seededRandom } from '../support/simulated-env.ts'
import { type CoordinatorFixture, commitRequest, coordinatorWith, transactionalRequest } from './group-fixture.ts'

const groups = ['g', 'h']
const topics = ['orders', 'payments']
const producers = [7, 8, 9]

interface Committed {
  readonly offset: number
  /** The place in the log. */
  readonly order: number
}

/** The rule: a log of commits, of which the last one of a partition holds that was not part of an aborted transaction. */
class Model {
  readonly committed = new Map<string, Committed>()
  readonly pending = new Map<number, Map<string, Committed>>()

  commit(place: string, committed: Committed): void {
    const before = this.committed.get(place)
    if (!before || before.order < committed.order) this.committed.set(place, committed)
  }

  wait(producer: number, place: string, committed: Committed): void {
    this.pending.getOrInsertComputed(producer, () => new Map<string, Committed>()).set(place, committed)
  }

  end(producer: number, isCommitted: boolean): void {
    const waiting = this.pending.get(producer) ?? []
    this.pending.delete(producer)
    if (isCommitted) for (const [place, committed] of waiting) this.commit(place, committed)
  }

  forget(matches: (place: string) => boolean): void {
    for (const places of [this.committed, ...this.pending.values()])
      for (const place of [...places.keys()]) if (matches(place)) places.delete(place)
  }

  seen(place: string): string {
    const isPending = [...this.pending.values()].some(waiting => waiting.has(place))
    return `${isPending ? 'undecided' : 'decided'} ${this.committed.get(place)?.offset ?? -1}`
  }
}

const placeOf = (groupId: string, topic: string) => `${groupId}/${topic}`

function seenBy({ coordinator }: CoordinatorFixture, groupId: string, topic: string): string {
  const fetch = (requireStable: boolean) =>
    coordinator.fetchOffsets(groupId, [{ name: topic, partitionIndexes: [0] }], { requireStable })[0]!.partitions[0]!
  const isPending = fetch(true).errorCode === ErrorCode.unstableOffsetCommit
  return `${isPending ? 'undecided' : 'decided'} ${fetch(false).committedOffset}`
}

/** Makes one step of a history in both. Nothing is awaited: the disk commits when it is told to. */
function step(fixture: CoordinatorFixture, model: Model, order: number, below: (limit: number) => number): void {
  const { coordinator, disk, env } = fixture
  const groupId = groups[below(groups.length)]!
  const topic = topics[below(topics.length)]!
  const producerId = producers[below(producers.length)]!
  const place = placeOf(groupId, topic)
  const quietly = (work: Promise<unknown>): void => void work.catch(() => {})
  // No two commits of one millisecond: after a restart that is what tells the earlier one.
  env.clock.advance(1)
  const kind = below(20)
  if (kind < 5) {
    model.commit(place, { offset: order, order })
    quietly(coordinator.commitOffsets(commitRequest({ groupId, topic, offset: order }), { version: 8 }))
  } else if (kind < 12) {
    model.wait(producerId, place, { offset: order, order })
    quietly(coordinator.commitTransactional(transactionalRequest({ groupId, topic, producerId, offset: order })))
  } else if (kind < 17) {
    model.end(producerId, kind < 15)
    disk.together(() => coordinator.endTransaction({ producerId, committed: kind < 15 }))
  } else if (kind === 17) {
    model.forget(other => other === place)
    quietly(coordinator.deleteOffsets(groupId, [{ name: topic, partitionIndexes: [0] }]))
  } else if (kind === 18) {
    model.forget(other => other.startsWith(`${groupId}/`))
    quietly(coordinator.delete(groupId))
  } else {
    model.forget(other => other.endsWith(`/${topic}`))
    coordinator.onTopicDeleted(topic)
  }
}

function expectAsModelled(fixture: CoordinatorFixture, model: Model, when: string): void {
  for (const groupId of groups) {
    for (const topic of topics) {
      const place = placeOf(groupId, topic)
      expect(`${place} ${seenBy(fixture, groupId, topic)}`, when).toBe(`${place} ${model.seen(place)}`)
    }
  }
}

test('the latest commit of a partition holds, whatever ends, goes or crashes', () => {
  for (let seed = 1; seed <= 200; seed++) {
    const { below } = seededRandom(seed)
    let fixture = coordinatorWith()
    let model = new Model()
    let order = 0
    for (let round = 0; round < 20; round++) {
      // All of a round becomes durable, or nothing.
      const isLost = below(4) === 0
      const before = copyOf(model)
      fixture.disk.isHeld = true
      for (let steps = below(6); steps >= 0; steps--) step(fixture, model, ++order, below)
      if (isLost) {
        fixture.disk.crash()
        model = before
      }
      fixture.disk.commit()
      fixture.disk.isHeld = false
      if (isLost || below(3) === 0) fixture = fixture.restart()
      expectAsModelled(fixture, model, `seed ${seed}, round ${round}`)
    }
  }
})

function copyOf(model: Model): Model {
  const clone = new Model()
  for (const [place, committed] of model.committed) clone.committed.set(place, committed)
  for (const [producer, waiting] of model.pending) clone.pending.set(producer, new Map(waiting))
  return clone
}

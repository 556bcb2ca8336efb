import { expect, test } from 'vitest'
import type { Random } from '../../src/base/env.ts'
import { seededRandom, simulatedEnv } from '../support/simulated-env.ts'
import { type CoordinatorFixture, coordinatorWith } from './group-fixture.ts'
import { type ConsumerWorld, partitionCount, SimulatedConsumer } from './simulated-consumer.ts'

const seeds = Array.from({ length: 40 }, (_, seed) => seed + 1)

/**
 * A group through joins, leaves, deaths, returns of static members, slow disks and crashes of the node. At any time:
 * generations do not fall, a partition has one owner in a generation, an acknowledged commit is not lost. In the end,
 * when everybody behaves: all who are alive are members of one stable generation and divide all partitions.
 */
test.each(seeds)('a group keeps its promises, seed %d', async seed => {
  const random = seededRandom(seed)
  const world = new Checker(random)
  for (let step = 0; step < 150; step++) {
    disturb(world, random)
    await world.run(random.below(4_000))
  }
  world.calmDown()
  await world.run(120_000)
  world.checkSettled()
})

function disturb(world: Checker, random: Random): void {
  const alive = world.alive()
  const one = alive[random.below(Math.max(1, alive.length))]
  switch (random.below(8)) {
    case 0:
    case 1:
      if (alive.length < 10) world.start(null)
      break
    case 2:
      world.start(`i${random.below(3)}`)
      break
    case 3:
      void one?.leave()
      break
    case 4:
      if (one) one.isAlive = false
      break
    case 5:
      world.node.disk.isHeld = true
      break
    case 6:
      world.releaseDisk()
      break
    default:
      if (random.below(5) === 0) world.crash()
  }
}

class Checker implements ConsumerWorld {
  readonly random: Random
  readonly env = simulatedEnv()
  readonly clock = this.env.clock
  readonly consumers: SimulatedConsumer[] = []
  node: CoordinatorFixture = coordinatorWith({}, { env: this.env })
  isRough = true
  #death = Promise.withResolvers<void>()
  readonly #owners = new Map<string, string>()
  readonly #acknowledged = new Map<number, number>()
  #generation = 0
  #offset = 0

  constructor(random: Random) {
    this.random = random
  }

  coordinator() {
    return this.node.coordinator
  }

  death(): Promise<void> {
    return this.#death.promise
  }

  alive(): SimulatedConsumer[] {
    return this.consumers.filter(consumer => consumer.isAlive)
  }

  start(instanceId: string | null): void {
    this.consumers.push(new SimulatedConsumer(`c${this.consumers.length}`, instanceId, this))
  }

  nextOffset(): number {
    return ++this.#offset
  }

  assigned(consumer: SimulatedConsumer, partitions: readonly number[]): void {
    expect(consumer.generation).toBeGreaterThanOrEqual(this.#generation)
    this.#generation = consumer.generation
    for (const partition of partitions) {
      const place = `generation ${consumer.generation}, partition ${partition}`
      const owner = this.#owners.get(place) ?? consumer.identity
      expect(`${place}: ${consumer.identity}`).toBe(`${place}: ${owner}`)
      this.#owners.set(place, owner)
    }
  }

  committed(partition: number, offset: number): void {
    this.#acknowledged.set(partition, Math.max(offset, this.#acknowledged.get(partition) ?? 0))
  }

  releaseDisk(): void {
    this.node.disk.isHeld = false
    this.node.disk.commit()
  }

  crash(): void {
    this.node = this.node.restart()
    this.#death.resolve()
    this.#death = Promise.withResolvers()
    this.checkCommits()
  }

  calmDown(): void {
    this.isRough = false
    this.releaseDisk()
  }

  /** Time passes in small steps, and between them all that was promised is done. */
  async run(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 50) {
      this.clock.advance(50)
      await new Promise(resolve => setImmediate(resolve))
    }
    this.checkCommits()
  }

  checkCommits(): void {
    const partitionIndexes = [...this.#acknowledged.keys()]
    const [topic] = this.node.coordinator.fetchOffsets('g', [{ name: 'orders', partitionIndexes }])
    for (const { partitionIndex, committedOffset } of topic?.partitions ?? []) {
      expect(committedOffset).toBeGreaterThanOrEqual(this.#acknowledged.get(partitionIndex) ?? 0)
    }
  }

  checkSettled(): void {
    const alive = this.alive()
    expect(this.consumers.filter(consumer => consumer.unanswered > 0).map(({ name }) => name)).toEqual([])
    if (alive.length === 0) return
    const described = this.node.coordinator.describe('g')
    expect(described.groupState).toBe('Stable')
    const memberIds = alive.map(consumer => consumer.memberId).sort()
    expect(described.members.map(member => member.memberId).sort()).toEqual(memberIds)
    expect(new Set(alive.map(consumer => consumer.generation)).size).toBe(1)
    const owned = alive.flatMap(consumer => consumer.partitions).sort((a, b) => a - b)
    expect(owned).toEqual(Array.from({ length: partitionCount }, (_, partition) => partition))
    expect(this.env.log.errors).toEqual([])
  }
}

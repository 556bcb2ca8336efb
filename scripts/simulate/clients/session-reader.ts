import type { ResponseOf } from '../../../src/protocol/codec.ts'
import { ErrorCode } from '../../../src/protocol/errors.ts'
import { fetchApi } from '../../../src/protocol/messages/fetch.ts'
import { batchesIn, batchLastOffset } from '../../../src/protocol/records/batch.ts'
import type { ClientConnection, ClientWorld, Place } from '../client-world.ts'
import type { Dice } from '../dice.ts'
import { type ReadStyle, readStyle } from './readers.ts'

const thinkMs = 40

/** Reads many partitions at once in fetch sessions (KIP-227), now and then with other ones. */
export async function sessionReader(world: ClientWorld, places: readonly Place[]): Promise<void> {
  while (!world.isStopping) {
    const name = world.name('s')
    const dice = world.diceFor(name)
    const style = { ...readStyle(dice), version: dice.between(7, 18) }
    await world.insist(name, async connection => {
      const session = new FetchSession(connection, style, dice)
      for (let rounds = dice.between(5, 60); rounds > 0 && !world.isStopping; rounds--) {
        await world.sleep(dice.delayMs(thinkMs))
        if (rounds % 10 === 0) session.choose(places)
        await session.read()
      }
    })
  }
}

interface Target {
  readonly place: Place
  offset: number
  /** Whether the node has to be told. */
  isNew: boolean
}

class FetchSession {
  readonly #connection: ClientConnection
  readonly #style: ReadStyle
  readonly #dice: Dice
  readonly #targets = new Map<string, Target>()
  #forgotten: Place[] = []
  #id = 0
  #epoch = 0

  constructor(connection: ClientConnection, style: ReadStyle, dice: Dice) {
    this.#connection = connection
    this.#style = style
    this.#dice = dice
  }

  /** Takes up some partitions and lets go of others. */
  choose(places: readonly Place[]): void {
    for (const place of places) {
      const key = keyOf(place)
      const isWanted = this.#dice.percent(50)
      if (isWanted && !this.#targets.has(key)) this.#targets.set(key, { place, offset: 0, isNew: true })
      if (!isWanted && this.#targets.delete(key)) this.#forgotten.push(place)
    }
  }

  async read(): Promise<void> {
    const { version, isolationLevel, maxWaitMs, maxBytes } = this.#style
    const isFull = this.#epoch === 0
    const told = [...this.#targets.values()].filter(({ isNew }) => isFull || isNew)
    const response = await this.#connection.call(fetchApi, version, {
      ...{ maxWaitMs, minBytes: 1, maxBytes, isolationLevel, sessionId: this.#id, sessionEpoch: this.#epoch },
      topics: told.map(({ place, offset }) => ({
        ...place,
        partitions: [{ partition: place.partition, fetchOffset: offset, partitionMaxBytes: maxBytes }],
      })),
      forgottenTopicsData: isFull ? [] : this.#forgotten.map(place => ({ ...place, partitions: [place.partition] })),
    })
    this.#forgotten = []
    if (response.errorCode !== ErrorCode.none) return this.#startAnew()
    for (const target of told) target.isNew = false
    this.#id = response.sessionId
    this.#epoch = response.sessionId === 0 ? 0 : this.#epoch + 1
    for (const { topic, topicId, partitions } of response.responses) {
      for (const fetched of partitions) this.#advance({ topic, topicId }, fetched)
    }
  }

  #startAnew(): void {
    this.#id = 0
    this.#epoch = 0
  }

  #advance(named: Pick<Place, 'topic' | 'topicId'>, fetched: FetchedPartition): void {
    const target = [...this.#targets.values()].find(
      ({ place: { topic, topicId, partition } }) =>
        partition === fetched.partitionIndex && (topic === named.topic || topicId === named.topicId),
    )
    if (!target) return
    const records = (fetched.records ?? Buffer.alloc(0)) as Buffer
    const before = target.offset
    for (const at of batchesIn(records)) target.offset = batchLastOffset(records, at) + 1
    // Where that was deleted: the end is sure to be there, or to come.
    if (fetched.errorCode === ErrorCode.offsetOutOfRange) target.offset += this.#dice.between(1, 20)
    target.isNew = target.offset !== before
  }
}

type FetchedPartition = ResponseOf<typeof fetchApi>['responses'][number]['partitions'][number]

function keyOf({ topic, partition }: Place): string {
  return `${topic}-${partition}`
}

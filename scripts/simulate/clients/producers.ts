import { ErrorCode } from '../../../src/protocol/errors.ts'
import { initProducerIdApi } from '../../../src/protocol/messages/init-producer-id.ts'
import { produceApi } from '../../../src/protocol/messages/produce.ts'
import { type ClientConnection, type ClientWorld, ConnectionLost, type Place } from '../client-world.ts'
import type { Dice } from '../dice.ts'

const thinkMs = 40
/** What a client may have on the way to a partition: the node remembers so many batches of a producer. */
const inFlightMax = 5

/** The body of a Produce request with one batch. */
export function produceBody(
  { topic, topicId, partition }: Place,
  records: Buffer,
  acks = -1,
  transactionalId: string | null = null,
) {
  const topicData = [{ name: topic, topicId, partitionData: [{ index: partition, records: [records] }] }]
  return { transactionalId, acks, timeoutMs: 30_000, topicData }
}

/** Sends batches, one at a time, and each again until it is answered: what it sends may come twice, but in order. */
export async function plainProducer(world: ClientWorld, place: Place): Promise<void> {
  const name = world.name('p')
  const dice = world.diceFor(name)
  const acks = dice.pick([-1, -1, 1, 0])
  const version = dice.between(3, 13)
  let count = 0
  while (!world.isStopping) {
    const values = Array.from({ length: dice.between(1, 4) }, (_, at) => `${name}/${count}:${at}`)
    count++
    const batch = world.batch(place, values, dice)
    await world.insist(name, async connection => {
      await connection.send(produceApi, version, produceBody(place, batch, acks))
      if (dice.percent(80)) await world.sleep(dice.delayMs(thinkMs))
    })
  }
}

interface Pending {
  readonly batch: Buffer
  isAnswered: boolean
}

/** Keeps several batches on the way, and sends all that were not answered again, in order, when the connection breaks. */
export async function idempotentProducer(world: ClientWorld, place: Place): Promise<void> {
  while (!world.isStopping) {
    const name = world.name('i')
    await new IdempotentProducer(world, place, name).run()
  }
}

class IdempotentProducer {
  readonly #world: ClientWorld
  readonly #place: Place
  readonly #name: string
  readonly #dice: Dice
  readonly #version: number
  #pending: Pending[] = []
  #sequence = 0
  #producerId = -1

  constructor(world: ClientWorld, place: Place, name: string) {
    this.#world = world
    this.#place = place
    this.#name = name
    this.#dice = world.diceFor(name)
    this.#version = this.#dice.between(3, 13)
  }

  async run(): Promise<void> {
    this.#producerId = await newProducerId(this.#world, this.#name)
    let batchesLeft = this.#dice.between(5, 200)
    while (batchesLeft > 0 || this.#pending.length > 0) {
      const connection = await this.#world.connect(this.#name)
      for (const pending of this.#pending) this.#send(connection, pending)
      while (connection.isOpen && (batchesLeft > 0 || this.#pending.length > 0)) {
        await this.#world.sleep(this.#dice.delayMs(thinkMs))
        if (this.#world.isStopping) batchesLeft = 0
        if (!connection.isOpen || batchesLeft === 0 || this.#pending.length >= inFlightMax) continue
        batchesLeft--
        const pending = { batch: this.#nextBatch(), isAnswered: false }
        this.#pending.push(pending)
        this.#send(connection, pending)
      }
      connection.cut()
    }
  }

  #send(connection: ClientConnection, pending: Pending): void {
    connection.call(produceApi, this.#version, produceBody(this.#place, pending.batch)).then(
      () => {
        pending.isAnswered = true
        this.#pending = this.#pending.filter(({ isAnswered }) => !isAnswered)
      },
      error => {
        if (!(error instanceof ConnectionLost)) this.#world.history.violate(String(error), error)
      },
    )
  }

  #nextBatch(): Buffer {
    const first = this.#sequence
    const values = Array.from({ length: this.#dice.between(1, 4) }, () => `${this.#name}/${this.#sequence++}`)
    const producer = { producerId: this.#producerId, producerEpoch: 0, baseSequence: first }
    return this.#world.batch(this.#place, values, this.#dice, producer)
  }
}

async function newProducerId(world: ClientWorld, name: string): Promise<number> {
  const request = { transactionalId: null, transactionTimeoutMs: 60_000 }
  const { producerId, errorCode } = await world.insist(name, connection =>
    connection.call(initProducerIdApi, 4, request),
  )
  if (errorCode !== ErrorCode.none) throw new Error(`InitProducerId answers error ${errorCode}`)
  return producerId
}

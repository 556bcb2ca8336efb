import { ErrorCode } from '../../../src/protocol/errors.ts'
import { deleteRecordsApi } from '../../../src/protocol/messages/delete-records.ts'
import { fetchApi } from '../../../src/protocol/messages/fetch.ts'
import { listOffsetsApi } from '../../../src/protocol/messages/list-offsets.ts'
import { batchesIn, batchLastOffset } from '../../../src/protocol/records/batch.ts'
import type { AbortedTransactions } from '../checks/batches.ts'
import type { ClientConnection, ClientWorld, Place } from '../client-world.ts'
import type { Dice } from '../dice.ts'

const thinkMs = 40
const latest = -1
const earliest = -2

/** How a client reads. */
export interface ReadStyle {
  readonly version: number
  readonly isolationLevel: number
  readonly maxWaitMs: number
  readonly maxBytes: number
}

export function readStyle(dice: Dice): ReadStyle {
  return {
    version: dice.between(4, 18),
    isolationLevel: dice.between(0, 1),
    maxWaitMs: dice.pick([0, 10, 50, 500]),
    maxBytes: dice.pick([1, 2_000, 50_000, 1_000_000]),
  }
}

export interface ReadResult {
  readonly errorCode: number
  readonly records: Buffer
  /** Where to go on. */
  readonly nextOffset: number
  readonly highWatermark: number
  readonly lastStableOffset: number
  readonly logStartOffset: number
  readonly abortedTransactions: AbortedTransactions | null
}

/** One Fetch of one partition. */
export async function readOnce(
  connection: ClientConnection,
  { topic, topicId, partition }: Place,
  fetchOffset: number,
  style: ReadStyle,
): Promise<ReadResult> {
  const { version, isolationLevel, maxWaitMs, maxBytes } = style
  const partitions = [{ partition, fetchOffset, partitionMaxBytes: maxBytes }]
  const response = await connection.call(fetchApi, version, {
    ...{
      maxWaitMs,
      minBytes: 1,
      maxBytes,
      isolationLevel,
      topics: [{ topic, topicId, partitions }],
      forgottenTopicsData: [],
    },
  })
  const fetched = response.responses[0]!.partitions[0]!
  const records = (fetched.records ?? Buffer.alloc(0)) as Buffer
  let nextOffset = fetchOffset
  for (const at of batchesIn(records)) nextOffset = batchLastOffset(records, at) + 1
  return { ...fetched, records, nextOffset }
}

/** Reads along, jumps about, and asks where the log begins and ends. */
export async function reader(world: ClientWorld, places: readonly Place[]): Promise<void> {
  while (!world.isStopping) {
    const name = world.name('r')
    const dice = world.diceFor(name)
    const place = dice.pick(places)
    const style = readStyle(dice)
    let offset = 0
    let rounds = dice.between(5, 100)
    await world.insist(name, async connection => {
      for (; rounds > 0 && !world.isStopping; rounds--) {
        await world.sleep(dice.delayMs(thinkMs))
        const result = await readOnce(connection, place, offset, style)
        offset = result.nextOffset
        const isLost = result.errorCode === ErrorCode.offsetOutOfRange
        if (isLost || dice.percent(3)) {
          const ask = { ...style, version: dice.between(2, 7), timestamp: dice.pick([earliest, latest]) }
          offset = await askOffset(connection, place, ask)
        } else if (dice.between(1, 30) === 1) offset = dice.between(0, result.highWatermark)
      }
    })
  }
}

/** Asks for a special offset with ListOffsets. */
async function askOffset(
  connection: ClientConnection,
  { topic, partition: partitionIndex }: Place,
  ask: { readonly timestamp: number; readonly version: number; readonly isolationLevel: number },
): Promise<number> {
  const { timestamp, version, isolationLevel } = ask
  const topics = [{ name: topic, partitions: [{ partitionIndex, timestamp }] }]
  const response = await connection.call(listOffsetsApi, version, { replicaId: -1, isolationLevel, topics })
  return response.topics[0]!.partitions[0]!.offset
}

/** Deletes old records now and then. */
export async function deleter(world: ClientWorld, places: readonly Place[]): Promise<void> {
  const name = world.name('d')
  const dice = world.diceFor(name)
  while (!world.isStopping) {
    await world.sleep(dice.delayMs(1_000))
    const place = dice.pick(places)
    await world.insist(name, async connection => {
      const start = await askOffset(connection, place, { timestamp: earliest, version: 2, isolationLevel: 0 })
      const end = await askOffset(connection, place, { timestamp: latest, version: 2, isolationLevel: 0 })
      const topics = [
        { name: place.topic, partitions: [{ partitionIndex: place.partition, offset: dice.between(start, end) }] },
      ]
      await connection.call(deleteRecordsApi, dice.between(0, 2), { topics, timeoutMs: 1_000 })
    })
  }
}

/**
 * Reads a partition from its first record to where it ended when the reading began: on a slow machine somebody who follows
 * those who write never catches up.
 */
export async function readAll(connection: ClientConnection, place: Place, isolationLevel: number): Promise<void> {
  const style = { version: 11, isolationLevel, maxWaitMs: 0, maxBytes: 200_000 }
  let end: number | undefined
  let offset = await askOffset(connection, place, { timestamp: earliest, version: 2, isolationLevel })
  for (;;) {
    const result = await readOnce(connection, place, offset, style)
    // Somebody deleted meanwhile.
    if (result.errorCode === ErrorCode.offsetOutOfRange) {
      offset = await askOffset(connection, place, { timestamp: earliest, version: 2, isolationLevel })
      continue
    }
    if (result.errorCode !== ErrorCode.none) throw new Error(`Fetch answers error ${result.errorCode}`)
    end ??= isolationLevel === 1 ? result.lastStableOffset : result.highWatermark
    // At the end of a compacted log there may be offsets that nothing is left of.
    if (offset >= end || (place.compacted && result.nextOffset === offset)) return
    offset = result.nextOffset
  }
}

/** Whether no transaction holds up those who read what is committed. */
export async function hasStableEnd(connection: ClientConnection, place: Place): Promise<boolean> {
  const ask = { timestamp: latest, version: 2 }
  const stable = await askOffset(connection, place, { ...ask, isolationLevel: 1 })
  return stable === (await askOffset(connection, place, { ...ask, isolationLevel: 0 }))
}

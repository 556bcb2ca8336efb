import { ErrorCode } from '../../../src/protocol/errors.ts'
import { offsetFetchApi } from '../../../src/protocol/messages/offset-fetch.ts'
import { committedRecords, seenBatches } from '../checks/batches.ts'
import type { ClientWorld, Place } from '../client-world.ts'
import type { Dice } from '../dice.ts'
import { readOnce } from './readers.ts'
import { ProducerLost, TransactionalSession } from './transactional-session.ts'

const thinkMs = 30
const timeoutMs = 1_500

/** Work of a transactional producer, one transaction at a time; it ends by `ProducerLost` or by itself. */
type Work = (session: TransactionalSession) => Promise<void>

/** Producers with one transactional id, one after the other or, now and then, two at a time. */
async function incarnations(world: ClientWorld, transactionalId: string, work: Work): Promise<void> {
  const dice = world.diceFor(transactionalId)
  const zombies: Promise<void>[] = []
  while (!world.isStopping) {
    const session = new TransactionalSession(world, { transactionalId, timeoutMs, generation: dice.pick([1, 2]) })
    const life = live(session, work)
    // The next one comes while this one still believes that it is alone.
    if (dice.percent(20)) {
      zombies.push(life)
      await world.sleep(dice.between(10, 2_000))
    } else await life
  }
  await Promise.all(zombies)
}

async function live(session: TransactionalSession, work: Work): Promise<void> {
  try {
    await session.start()
    await work(session)
  } catch (error) {
    if (!(error instanceof ProducerLost)) throw error
  } finally {
    session.close()
  }
}

/** How a session's transaction comes to its end: mostly well, and sometimes not at all. */
async function endSomehow(world: ClientWorld, session: TransactionalSession, dice: Dice): Promise<'ended' | 'left'> {
  // Longer than a transaction may take.
  if (dice.percent(2)) await world.sleep(2 * timeoutMs)
  if (dice.percent(4)) return 'left'
  await session.end(dice.percent(75))
  return 'ended'
}

/** Writes to several partitions in each transaction, and keeps an offset that says how far it came. */
export function transactionalProducer(
  world: ClientWorld,
  transactionalId: string,
  places: readonly Place[],
): Promise<void> {
  return incarnations(world, transactionalId, async session => {
    const { dice } = session
    for (let left = dice.between(1, 15); left > 0; left--) {
      for (let batches = dice.between(1, 4); batches > 0; batches--) {
        await world.sleep(dice.delayMs(thinkMs))
        await session.produce(dice.pick(places), Array.from({ length: dice.between(1, 3) }))
      }
      if (dice.percent(50)) await session.commitOffset('progress', dice.pick(places), dice.between(0, 1_000))
      if (world.isStopping || (await endSomehow(world, session, dice)) === 'left') return
    }
  })
}

export interface TransformPlan {
  readonly groupId: string
  readonly source: Place
  readonly targets: readonly Place[]
}

/** Reads what is committed, writes what it makes of it, and commits how far it came, all in one transaction. */
export function transformer(world: ClientWorld, plan: TransformPlan): Promise<void> {
  const { groupId, source, targets } = plan
  return incarnations(world, `transform-${source.partition}`, async session => {
    const { dice } = session
    let position = await stableOffset(world, session, plan)
    let isInterrupted = false
    while (!isInterrupted) {
      await world.sleep(dice.delayMs(thinkMs))
      if (world.isStopping) return
      const { offsets, next } = await readCommitted(world, session, source, position)
      if (next === position) continue
      const names = offsets.map(offset => `${source.topic}-${source.partition}:${offset}`)
      const half = dice.between(0, names.length)
      for (const part of [names.slice(0, half), names.slice(half)])
        if (part.length > 0) await session.produce(dice.pick(targets), part)
      await session.commitOffset(groupId, source, next)
      const isCommitted = dice.percent(85)
      if (dice.percent(2)) await world.sleep(2 * timeoutMs)
      isInterrupted = dice.percent(4)
      if (isInterrupted) return
      await session.end(isCommitted)
      if (isCommitted) position = next
    }
  })
}

/** The offset from which to go on: once no transaction is open that may still change it (KIP-447). */
async function stableOffset(
  world: ClientWorld,
  { name, dice }: TransactionalSession,
  plan: TransformPlan,
): Promise<number> {
  const { topic, partition } = plan.source
  const topics = [{ name: topic, partitionIndexes: [partition] }]
  for (;;) {
    const response = await world.insist(name, connection =>
      connection.call(offsetFetchApi, 7, { groupId: plan.groupId, topics, groups: [], requireStable: true }),
    )
    const { errorCode, committedOffset } = response.topics[0]!.partitions[0]!
    if (errorCode === ErrorCode.none) return Math.max(0, committedOffset)
    if (errorCode !== ErrorCode.unstableOffsetCommit) throw new Error(`OffsetFetch answers error ${errorCode}`)
    await world.sleep(dice.delayMs(thinkMs))
  }
}

async function readCommitted(
  world: ClientWorld,
  { name, dice }: TransactionalSession,
  source: Place,
  position: number,
) {
  const style = { version: dice.between(4, 18), isolationLevel: 1, maxWaitMs: 50, maxBytes: dice.pick([500, 5_000]) }
  const result = await world.insist(name, connection => readOnce(connection, source, position, style))
  const records = committedRecords(seenBatches(result.records), result.abortedTransactions)
  const offsets = records.map(({ offset }) => offset).filter(offset => offset >= position)
  return { offsets, next: result.nextOffset }
}

import { ErrorCode } from '../../../src/protocol/errors.ts'
import { createTopicsApi } from '../../../src/protocol/messages/create-topics.ts'
import { deleteTopicsApi } from '../../../src/protocol/messages/delete-topics.ts'
import { offsetCommitApi } from '../../../src/protocol/messages/offset-commit.ts'
import { offsetFetchApi } from '../../../src/protocol/messages/offset-fetch.ts'
import { produceApi } from '../../../src/protocol/messages/produce.ts'
import { passingTopic } from '../checks/topic-names.ts'
import type { ClientConnection, ClientWorld, Place } from '../client-world.ts'
import type { Dice } from '../dice.ts'
import { produceBody } from './producers.ts'
import { readOnce } from './readers.ts'

const thinkMs = 30
const groupId = 'passing'
/** The first versions that name topics by their ids, so that nothing that comes late meets the next topic. */
const byId = { produce: 13, fetch: 13, offsets: 10, deleteTopics: 6 }

/** Creates a topic, writes, reads and commits, deletes it, and does the same with another one of the same name. */
export async function passingTopics(world: ClientWorld): Promise<void> {
  while (!world.isStopping) {
    const name = world.name('p')
    const dice = world.diceFor(name)
    const place = await create(world, name)
    if (!place) continue
    let count = 0
    for (let rounds = dice.between(1, 20); rounds > 0; rounds--) {
      await world.sleep(dice.delayMs(thinkMs))
      const batch = world.batch(place, [`${name}/${count++}`, `${name}/${count++}`], dice)
      await world.insist(name, connection => connection.call(produceApi, byId.produce, produceBody(place, batch)))
      await world.insist(name, connection => useOnce(connection, place, { dice, commit: world.name(`${name}:`) }))
    }
    const request = { topics: [{ topicId: place.topicId }], topicNames: [], timeoutMs: 1_000 }
    await world.insist(name, connection => connection.call(deleteTopicsApi, byId.deleteTopics, request))
  }
}

/** Undefined where an earlier request, whose answer was lost, had created it: then that one is deleted. */
async function create(world: ClientWorld, name: string): Promise<Place | undefined> {
  const topic = { name: passingTopic, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }
  const response = await world.insist(name, connection =>
    connection.call(createTopicsApi, 7, { topics: [topic], timeoutMs: 1_000 }),
  )
  const { errorCode, topicId } = response.topics[0]!
  if (errorCode === ErrorCode.none) return { topic: passingTopic, topicId, partition: 0, compacted: false }
  if (errorCode !== ErrorCode.topicAlreadyExists) throw new Error(`CreateTopics answers error ${errorCode}`)
  const request = { topics: [], topicNames: [passingTopic], timeoutMs: 1_000 }
  await world.insist(name, connection => connection.call(deleteTopicsApi, 5, request))
  return undefined
}

async function useOnce(
  connection: ClientConnection,
  place: Place,
  { dice, commit }: { readonly dice: Dice; readonly commit: string },
): Promise<void> {
  const { topicId } = place
  const style = {
    version: dice.between(byId.fetch, 18),
    isolationLevel: dice.between(0, 1),
    maxWaitMs: 0,
    maxBytes: 5_000,
  }
  await readOnce(connection, place, 0, style)
  if (dice.percent(50)) {
    const topics = [{ topicId, partitionIndexes: [0] }]
    await connection.call(offsetFetchApi, byId.offsets, { groups: [{ groupId, topics }] })
  } else {
    const partitions = [{ partitionIndex: 0, committedOffset: 1, committedMetadata: commit }]
    await connection.call(offsetCommitApi, byId.offsets, { groupId, memberId: '', topics: [{ topicId, partitions }] })
  }
}

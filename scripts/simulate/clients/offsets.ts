import { offsetCommitApi } from '../../../src/protocol/messages/offset-commit.ts'
import { offsetFetchApi } from '../../../src/protocol/messages/offset-fetch.ts'
import type { ClientConnection, ClientWorld, Place } from '../client-world.ts'
import type { Dice } from '../dice.ts'

export interface OffsetToCommit {
  readonly groupId: string
  readonly place: Place
  readonly offset: number
  /** Unique: the metadata. */
  readonly name: string
  readonly member?: {
    readonly generationId: number
    readonly memberId: string
    readonly groupInstanceId: string | null
  }
}

/** Commits, as a member or as nobody in particular. Returns the error code. */
export async function commitOffset(connection: ClientConnection, dice: Dice, commit: OffsetToCommit): Promise<number> {
  const { groupId, place, offset, name, member } = commit
  const partitions = [{ partitionIndex: place.partition, committedOffset: offset, committedMetadata: name }]
  const isStatic = member !== undefined && member.groupInstanceId !== null
  const response = await connection.call(offsetCommitApi, dice.between(isStatic ? 7 : 5, 10), {
    ...{ groupId, generationIdOrMemberEpoch: member?.generationId ?? -1, memberId: member?.memberId ?? '' },
    groupInstanceId: member?.groupInstanceId ?? null,
    topics: [{ name: place.topic, topicId: place.topicId, partitions }],
  })
  return response.topics[0]!.partitions[0]!.errorCode
}

/** The committed offset; 0 where there is none. */
export async function fetchOffset(
  connection: ClientConnection,
  dice: Dice,
  groupId: string,
  { topic, topicId, partition }: Place,
): Promise<number> {
  const version = dice.between(2, 10)
  const topics = [{ name: topic, topicId, partitionIndexes: [partition] }]
  const response = await connection.call(offsetFetchApi, version, { groupId, topics, groups: [{ groupId, topics }] })
  const answered = version < 8 ? response.topics : response.groups[0]!.topics
  return Math.max(0, answered[0]!.partitions[0]!.committedOffset)
}

/** Keeps offsets without being a member, and looks whether they are still there. Several of them work on the same ones. */
export async function offsetKeeper(world: ClientWorld, groupId: string, place: Place): Promise<void> {
  const client = world.name('k')
  const dice = world.diceFor(client)
  while (!world.isStopping) {
    await world.insist(client, async connection => {
      while (!world.isStopping) {
        await world.sleep(dice.delayMs(40))
        if (dice.percent(50)) await fetchOffset(connection, dice, groupId, place)
        else {
          const name = world.name(`${client}:`)
          await commitOffset(connection, dice, { groupId, place, offset: dice.between(0, 1000), name })
        }
      }
    })
  }
}

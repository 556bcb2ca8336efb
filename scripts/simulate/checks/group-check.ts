import { ErrorCode } from '../../../src/protocol/errors.ts'
import { heartbeatApi } from '../../../src/protocol/messages/heartbeat.ts'
import { joinGroupApi } from '../../../src/protocol/messages/join-group.ts'
import { leaveGroupApi } from '../../../src/protocol/messages/leave-group.ts'
import { offsetCommitApi } from '../../../src/protocol/messages/offset-commit.ts'
import { syncGroupApi } from '../../../src/protocol/messages/sync-group.ts'
import { type Ended, type History, type Operation, Violation } from '../history.ts'

/** What the leader of the simulation's groups gives to a member, as JSON. */
export interface SimulatedAssignment {
  readonly generation: number
  /** The member that divided the work. */
  readonly leader: string
  /** As 'topic-partition'. */
  readonly owned: readonly string[]
}

class GroupHistory {
  /** Generations that a member got its assignment of: they are durable. */
  durableGeneration = 0
  /** Generations that somebody was told of in one life of the node. */
  readonly toldGeneration = new Map<number, number>()
  /** Who divided the work of a generation, … */
  readonly leaders = new Map<number, string>()
  /** … and who owns what in it, by generation and partition; static members by the name that outlives them. */
  readonly owners = new Map<string, string>()
  /** Members that left or were replaced for good, in one life of the node. */
  readonly gone = new Map<string, number>()
  /** The newest incarnation of each static member. */
  readonly staticMembers = new Map<string, string>()

  generationAtLeast(incarnation: number): number {
    return Math.max(this.durableGeneration, this.toldGeneration.get(incarnation) ?? 0)
  }
}

/** The promises of groups: generations never fall, a partition has one owner in each, who is not in it does nothing. */
export class GroupCheck {
  readonly #groups = new Map<string, GroupHistory>()

  constructor(history: History) {
    history.watch(joinGroupApi, operation => this.#join(operation))
    history.watch(syncGroupApi, operation => this.#sync(operation))
    history.watch(leaveGroupApi, operation => this.#leave(operation))
    history.watch(heartbeatApi, ({ request, incarnation }) => {
      const check = this.#accepted(request, incarnation, 'Heartbeat')
      return response => check(response !== undefined && response.errorCode === ErrorCode.none)
    })
    history.watch(offsetCommitApi, ({ request, incarnation }) => {
      const generationId = request.generationIdOrMemberEpoch
      if (generationId < 0) return undefined
      const check = this.#accepted({ ...request, generationId }, incarnation, 'OffsetCommit')
      return response =>
        check(response?.topics.some(topic => topic.partitions.some(({ errorCode }) => errorCode === 0)) ?? false)
    })
  }

  #group(groupId: string): GroupHistory {
    return this.#groups.getOrInsertComputed(groupId, () => new GroupHistory())
  }

  #join({ request, incarnation }: Operation<typeof joinGroupApi>): Ended<typeof joinGroupApi> {
    const { groupId, groupInstanceId } = request
    const group = this.#group(groupId)
    const before = group.generationAtLeast(incarnation)
    return response => {
      if (response?.errorCode !== ErrorCode.none) return
      const { generationId, members, memberId } = response
      if (generationId < before) fail(groupId, `JoinGroup gives generation ${generationId}, after ${before}`)
      group.toldGeneration.set(incarnation, Math.max(generationId, group.toldGeneration.get(incarnation) ?? 0))
      if (groupInstanceId !== null) replace(group, { groupInstanceId, memberId, incarnation })
      const names = new Set(members.map(member => member.memberId))
      if (names.size !== members.length) fail(groupId, 'JoinGroup names a member twice')
      if (members.length > 0 && !names.has(memberId)) fail(groupId, `JoinGroup leaves its leader '${memberId}' out`)
    }
  }

  #sync({ request }: Operation<typeof syncGroupApi>): Ended<typeof syncGroupApi> {
    const { groupId, generationId, memberId, groupInstanceId } = request
    const name = groupInstanceId ?? memberId
    const group = this.#group(groupId)
    return response => {
      if (response?.errorCode !== ErrorCode.none || response.assignment.length === 0) return
      const { generation, leader, owned } = JSON.parse(response.assignment.toString()) as SimulatedAssignment
      if (generation !== generationId)
        fail(groupId, `SyncGroup of generation ${generationId} gives an assignment of generation ${generation}`)
      const otherLeader = group.leaders.getOrInsert(generation, leader)
      if (otherLeader !== leader)
        fail(groupId, `generation ${generation} was divided by '${otherLeader}' and by '${leader}'`)
      for (const partition of owned) {
        const owner = group.owners.getOrInsert(`${generation} ${partition}`, name)
        if (owner !== name)
          fail(groupId, `${partition} belongs to '${owner}' and '${name}' in generation ${generation}`)
      }
      group.durableGeneration = Math.max(group.durableGeneration, generation)
    }
  }

  #leave({ request, incarnation }: Operation<typeof leaveGroupApi>): Ended<typeof leaveGroupApi> {
    const group = this.#group(request.groupId)
    const leaving = request.members.length > 0 ? request.members : [request]
    return response => {
      if (response?.errorCode !== ErrorCode.none) return
      for (const [at, { memberId }] of leaving.entries())
        if ((response.members[at]?.errorCode ?? 0) === ErrorCode.none) group.gone.set(memberId, incarnation)
    }
  }

  /** For what only a member of the current generation may do. */
  #accepted(
    { groupId, memberId, generationId }: { groupId: string; memberId: string; generationId: number },
    incarnation: number,
    what: string,
  ): (accepted: boolean) => void {
    const group = this.#group(groupId)
    const generation = group.generationAtLeast(incarnation)
    const isGone = group.gone.get(memberId) === incarnation
    return accepted => {
      if (!accepted) return
      if (generationId < generation)
        fail(groupId, `${what} of generation ${generationId} is accepted, after generation ${generation}`)
      if (isGone) fail(groupId, `${what} of '${memberId}' is accepted, who has left or was replaced`)
    }
  }
}

/** KIP-345: who joins under the name of a static member takes its place, and the one before is fenced. */
function replace(
  group: GroupHistory,
  { groupInstanceId, memberId, incarnation }: { groupInstanceId: string; memberId: string; incarnation: number },
): void {
  const previous = group.staticMembers.get(groupInstanceId)
  if (previous !== undefined && previous !== memberId) group.gone.set(previous, incarnation)
  group.staticMembers.set(groupInstanceId, memberId)
}

function fail(groupId: string, what: string): never {
  throw new Violation(`group ${groupId}: ${what}`)
}

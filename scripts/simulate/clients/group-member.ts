import type { ResponseOf } from '../../../src/protocol/codec.ts'
import { ErrorCode } from '../../../src/protocol/errors.ts'
import { heartbeatApi } from '../../../src/protocol/messages/heartbeat.ts'
import { joinGroupApi } from '../../../src/protocol/messages/join-group.ts'
import { leaveGroupApi } from '../../../src/protocol/messages/leave-group.ts'
import { syncGroupApi } from '../../../src/protocol/messages/sync-group.ts'
import { subscription } from '../../../test/group/group-fixture.ts'
import type { SimulatedAssignment } from '../checks/group-check.ts'
import { type ClientConnection, type ClientWorld, ConnectionLost, type Place } from '../client-world.ts'
import type { Dice } from '../dice.ts'
import { commitOffset, fetchOffset } from './offsets.ts'
import { type ReadStyle, readOnce, readStyle } from './readers.ts'

export interface GroupPlan {
  readonly groupId: string
  /** All partitions of a topic. */
  readonly places: readonly Place[]
}

const sessionTimeoutMs = 500
const rebalanceTimeoutMs = 1_000
const heartbeatMs = 100

/** Members of a group, one after the other: each joins, reads and commits its part for a while, then leaves or falls silent. */
export async function groupMember(world: ClientWorld, plan: GroupPlan, groupInstanceId: string | null): Promise<void> {
  while (!world.isStopping) {
    const member = new GroupMember(world, plan, groupInstanceId)
    await member.run()
    await world.sleep(member.dice.delayMs(200))
  }
}

/** Membership in one generation. */
interface Turn {
  readonly connection: ClientConnection
  readonly generationId: number
  readonly positions: Map<number, number>
}

type Joined = ResponseOf<typeof joinGroupApi>

class GroupMember {
  readonly name: string
  readonly dice: Dice
  readonly #world: ClientWorld
  readonly #plan: GroupPlan
  readonly #groupInstanceId: string | null
  readonly #version: number
  readonly #style: ReadStyle
  readonly #endMs: number
  #memberId = ''

  constructor(world: ClientWorld, plan: GroupPlan, groupInstanceId: string | null) {
    this.#world = world
    this.#plan = plan
    this.name = world.name('g')
    this.dice = world.diceFor(this.name)
    this.#groupInstanceId = groupInstanceId
    this.#version = groupInstanceId === null ? this.dice.between(1, 9) : this.dice.between(5, 9)
    this.#style = { ...readStyle(this.dice), maxWaitMs: 20 }
    this.#endMs = world.nowMs() + this.dice.between(500, 5_000)
  }

  async run(): Promise<void> {
    while (!this.#isOver) {
      const connection = await this.#world.connect(this.name)
      try {
        while (!this.#isOver) await this.#takeTurn(connection)
        if (this.dice.percent(70)) await this.#leave(connection)
      } catch (error) {
        if (!(error instanceof ConnectionLost)) throw error
      } finally {
        connection.cut()
      }
    }
  }

  get #isOver(): boolean {
    return this.#world.isStopping || this.#world.nowMs() >= this.#endMs
  }

  /** Joins, and works until there is a reason to join again. */
  async #takeTurn(connection: ClientConnection): Promise<void> {
    const joined = await connection.call(joinGroupApi, this.#version, {
      ...{ groupId: this.#plan.groupId, sessionTimeoutMs, rebalanceTimeoutMs, protocolType: 'consumer' },
      ...{ memberId: this.#memberId, groupInstanceId: this.#groupInstanceId },
      protocols: [{ name: 'range', metadata: subscription(this.#plan.places[0]!.topic) }],
    })
    if (joined.errorCode === ErrorCode.memberIdRequired) this.#memberId = joined.memberId
    if (joined.errorCode !== ErrorCode.none) return this.#heed(joined.errorCode)
    this.#memberId = joined.memberId
    const owned = await this.#sync(connection, joined)
    if (!owned) return
    const positions = new Map<number, number>()
    for (const partition of owned)
      positions.set(partition, await fetchOffset(connection, this.dice, this.#plan.groupId, this.#place(partition)))
    await this.#work({ connection, generationId: joined.generationId, positions })
  }

  async #sync(connection: ClientConnection, joined: Joined): Promise<number[] | undefined> {
    const { generationId, memberId } = joined
    const response = await connection.call(syncGroupApi, Math.min(5, this.#version), {
      ...{ groupId: this.#plan.groupId, generationId, memberId, groupInstanceId: this.#groupInstanceId },
      assignments: joined.leader === memberId && !joined.skipAssignment ? this.#divide(joined) : [],
    })
    if (response.errorCode !== ErrorCode.none) {
      await this.#heed(response.errorCode)
      return undefined
    }
    // Nothing for a static member that the leader did not know of yet: it has to come again.
    if (response.assignment.length === 0) return []
    const { owned } = JSON.parse(response.assignment.toString()) as SimulatedAssignment
    return owned.map(name => Number(name.slice(name.lastIndexOf('-') + 1)))
  }

  #divide({ members, generationId, memberId }: Joined) {
    return members.map((member, at) => {
      const owned = this.#plan.places
        .filter(({ partition }) => partition % members.length === at)
        .map(({ topic, partition }) => `${topic}-${partition}`)
      const assignment: SimulatedAssignment = { generation: generationId, leader: memberId, owned }
      return { memberId: member.memberId, assignment: Buffer.from(JSON.stringify(assignment)) }
    })
  }

  async #work(turn: Turn): Promise<void> {
    let heartbeatDueMs = this.#world.nowMs() + heartbeatMs
    while (!this.#isOver) {
      // Who was silent for so long is no member any more, but does not know it.
      await this.#world.sleep(this.dice.percent(1) ? 3 * sessionTimeoutMs : this.dice.delayMs(30))
      for (const [partition, offset] of turn.positions) {
        const errorCode = await this.#readAndCommit(turn, partition, offset)
        if (errorCode !== ErrorCode.none) return this.#heed(errorCode)
      }
      if (this.#world.nowMs() < heartbeatDueMs) continue
      heartbeatDueMs = this.#world.nowMs() + heartbeatMs
      const errorCode = await this.#heartbeat(turn)
      if (errorCode !== ErrorCode.none) return this.#heed(errorCode)
    }
  }

  async #heartbeat({ connection, generationId }: Turn): Promise<number> {
    const { errorCode } = await connection.call(heartbeatApi, Math.min(4, this.#version), {
      ...{
        groupId: this.#plan.groupId,
        generationId,
        memberId: this.#memberId,
        groupInstanceId: this.#groupInstanceId,
      },
    })
    return errorCode
  }

  async #readAndCommit(turn: Turn, partition: number, offset: number): Promise<number> {
    const { connection, positions, generationId } = turn
    const result = await readOnce(connection, this.#place(partition), offset, this.#style)
    const next = result.nextOffset
    positions.set(partition, next)
    if (next === offset || this.dice.percent(50)) return ErrorCode.none
    return commitOffset(connection, this.dice, {
      ...{
        groupId: this.#plan.groupId,
        place: this.#place(partition),
        offset: next,
        name: this.#world.name(`${this.name}:`),
      },
      member: { generationId, memberId: this.#memberId, groupInstanceId: this.#groupInstanceId },
    })
  }

  async #leave(connection: ClientConnection): Promise<void> {
    const { groupId } = this.#plan
    if (this.#memberId === '') return
    const members = [{ memberId: this.#memberId, groupInstanceId: this.#groupInstanceId }]
    const version = this.#groupInstanceId === null ? this.dice.between(0, 5) : 3
    await connection.call(leaveGroupApi, version, { groupId, memberId: this.#memberId, members })
  }

  /** Does what an error tells a member to do. */
  async #heed(errorCode: number): Promise<void> {
    switch (errorCode) {
      case ErrorCode.unknownMemberId:
      case ErrorCode.fencedInstanceId:
        this.#memberId = ''
        break
      case ErrorCode.memberIdRequired:
      case ErrorCode.illegalGeneration:
      case ErrorCode.rebalanceInProgress:
        break
      case ErrorCode.coordinatorNotAvailable:
        await this.#world.sleep(100)
        break
      default:
        throw new Error(`a member gets error ${errorCode}`)
    }
    await this.#world.sleep(this.dice.delayMs(5))
  }

  #place(partition: number): Place {
    return this.#plan.places[partition]!
  }
}

import { mkdtempSync, rmSync } from 'node:fs'
import path from 'node:path'
import { heartbeatApi } from '../../src/protocol/messages/heartbeat.ts'
import { joinGroupApi } from '../../src/protocol/messages/join-group.ts'
import { syncGroupApi } from '../../src/protocol/messages/sync-group.ts'
import { Caller } from '../caller.ts'
import type { CalmRuns } from './calm.ts'
import { startNode } from './node-process.ts'
import { markdownTable, median } from './table.ts'

const members = 200
const heartbeatMs = 50
const memberIdRequired = 79
const groupId = 'bench'

/** From the last member's first JoinGroup until all of them have their assignment of the same generation. */
export async function rebalanceTable(options: { directory: string; runs: number; calm: CalmRuns }): Promise<string> {
  const runs = await options.calm.runs(options.runs, () => measure(options.directory))
  return markdownTable(
    ['members of a group', 'settled after ms (<= 1000)'],
    [[String(members), median(runs).toFixed(0)]],
  )
}

async function measure(directory: string): Promise<number> {
  const data = mkdtempSync(path.join(directory, 'rebalance-'))
  const node = await startNode({ directory: data, durability: 'fsync', settings: {} })
  const group = new BenchGroup()
  try {
    const callers = await Promise.all(Array.from({ length: members }, () => Caller.open(node)))
    const lives = callers.map(caller => group.live(caller))
    await group.settled
    await Promise.all(lives)
    for (const caller of callers) caller.close()
    return group.settledMs - group.lastJoinMs
  } finally {
    await node.close()
    rmSync(data, { recursive: true, force: true })
  }
}

/** The members, each with a connection of its own, as clients behave. */
class BenchGroup {
  readonly #settled = Promise.withResolvers<void>()
  readonly #assigned = new Map<number, number>()
  readonly settled = this.#settled.promise
  lastJoinMs = 0
  settledMs = 0

  async live(caller: Caller): Promise<void> {
    let memberId = ''
    this.lastJoinMs = performance.now()
    while (this.settledMs === 0) {
      const joined = await caller.call(joinGroupApi, 5, {
        groupId,
        sessionTimeoutMs: 30_000,
        rebalanceTimeoutMs: 30_000,
        memberId,
        protocolType: 'consumer',
        protocols: [{ name: 'range', metadata: Buffer.alloc(40) }],
      })
      memberId = joined.memberId
      if (joined.errorCode === memberIdRequired) continue
      if (joined.errorCode !== 0) throw new Error(`JoinGroup answers ${joined.errorCode}`)
      const { generationId } = joined
      const assignments = joined.members.map(member => ({ memberId: member.memberId, assignment: Buffer.alloc(60) }))
      const { errorCode } = await caller.call(syncGroupApi, 3, { groupId, generationId, memberId, assignments })
      if (errorCode === 0) this.#count(generationId)
      await this.#heartbeats(caller, { generationId, memberId })
    }
  }

  #count(generationId: number): void {
    const count = (this.#assigned.get(generationId) ?? 0) + 1
    this.#assigned.set(generationId, count)
    if (count < members) return
    this.settledMs = performance.now()
    this.#settled.resolve()
  }

  /** Until the group rebalances again, or the measurement is over. */
  async #heartbeats(caller: Caller, member: { generationId: number; memberId: string }): Promise<void> {
    while (this.settledMs === 0) {
      const { errorCode } = await caller.call(heartbeatApi, 3, { groupId, ...member })
      if (errorCode !== 0) return
      await new Promise(resolve => setTimeout(resolve, heartbeatMs))
    }
  }
}

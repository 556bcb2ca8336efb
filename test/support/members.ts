import { joinGroupApi } from '../../src/protocol/messages/join-group.ts'
import { offsetCommitApi } from '../../src/protocol/messages/offset-commit.ts'
import { syncGroupApi } from '../../src/protocol/messages/sync-group.ts'
import { subscription } from '../group/group-fixture.ts'
import type { TestNode } from './node.ts'

/** A JoinGroup of a consumer that reads `orders`. */
export function joinBody(changes: { memberId?: string; groupInstanceId?: string; groupId?: string } = {}) {
  return {
    groupId: 'g',
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 60_000,
    memberId: '',
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: subscription('orders') }],
    ...changes,
  }
}

/** The only member of a new, stable group, which was assigned `all`. */
export async function soleMember(
  node: TestNode,
  { groupId = 'g', groupInstanceId = undefined as string | undefined } = {},
): Promise<{ readonly memberId: string; readonly generationId: number }> {
  const version = groupInstanceId === undefined ? 3 : 5
  const joining = node.start(joinGroupApi, version, joinBody({ groupId, groupInstanceId }))
  node.env.clock.advance(3_000)
  const joined = await node.until(joining)
  if (!joined) throw new Error('JoinGroup was not answered')
  const { memberId, generationId } = joined
  const assignments = [{ memberId, assignment: Buffer.from('all') }]
  await node.call(syncGroupApi, 3, { groupId, generationId, memberId, groupInstanceId, assignments })
  return { memberId, generationId }
}

/** Commits offset 5 to partitions 0 of some topics, as nobody in particular. */
export async function commitTo(node: TestNode, groupId: string, ...names: string[]): Promise<void> {
  const partitions = [{ partitionIndex: 0, committedOffset: 5, committedLeaderEpoch: 2, committedMetadata: 'm' }]
  const topics = names.map(name => ({ name, partitions }))
  await node.call(offsetCommitApi, 9, { groupId, memberId: '', topics })
}

import { DecodeError, ExitCode, OperatorError } from '../../base/errors.ts'
import type { Cluster } from '../../client/cluster.ts'
import { checkCode, isRetriable } from '../../client/failures.ts'
import { classicGroup } from '../../client/group-admin.ts'
import { subscriptionUserData } from '../../client/group-protocol.ts'
import { groupCommits } from '../../client/transaction-offsets.ts'
import { fenceTransactionalId } from '../../client/txn-admin.ts'
import { leaveGroupApi } from '../../protocol/messages/leave-group.ts'
import type { Application } from '../topology/application.ts'
import { checkStores, topologySignature } from './fingerprint.ts'
import { decodeMemberData, type MemberData } from './member-data.ts'
import { decodeNote } from './offset-metadata.ts'

interface GroupInstance {
  readonly memberId: string
  readonly groupInstanceId: string | null
  /** Undefined for what is no instance of a script, and while the group shares out: then it does not tell what members say. */
  readonly data: MemberData | undefined
}

interface FoundGroup {
  readonly isMoving: boolean
  readonly members: readonly GroupInstance[]
}

/** How long a group that is sharing out is waited for. */
const movingForMs = 10_000
/** For the next transaction of a thread that is gone, which never comes. */
const abandonedTimeoutMs = 10_000

/**
 * Looks whether an instance may join the group of its application: the others must run the same topology, and what was committed
 * must be the state of the stores that the script has now. Takes members out of the group that a process with this state left
 * behind when it was killed: the group would wait for them until their sessions are over. Throws OperatorError.
 */
export async function checkGroup(
  cluster: Cluster,
  { name, plan }: Application,
  {
    process,
    threads,
    processing,
  }: {
    readonly process: string
    readonly threads: number
    readonly processing: 'exactly-once' | 'at-least-once'
  },
): Promise<void> {
  // The name of a static member begins with its process: that is told also while the group shares out.
  const isMine = ({ data, groupInstanceId }: GroupInstance): boolean =>
    data?.process === process || (groupInstanceId?.startsWith(`${name}-${process}-`) ?? false)
  const found = await describe(cluster, name)
  const killed = found.members.filter(isMine)
  // A group that was sharing out when they were killed goes on waiting for them.
  if (found.isMoving) await leave(cluster, name, killed)
  const { isMoving, members } = found.isMoving ? await settledGroup(cluster, name) : found
  for (const member of members.filter(other => !isMine(other))) {
    if (member.data === undefined && isMoving) continue
    if (member.data === undefined) throw stranger(name)
    if (member.data.topology !== topologySignature(plan)) throw otherTopology(name, member.data)
  }
  const isOther = killed.some(({ data }) => data && data.topology !== topologySignature(plan))
  const gone = killed.filter(({ groupInstanceId }) => threadOf(groupInstanceId) >= threads)
  if (!found.isMoving) await leave(cluster, name, isOther ? killed : gone)
  if (processing === 'exactly-once') await abandon(cluster, gone)
  const commits = await groupCommits(cluster, name)
  for (const partitions of commits.values()) {
    for (const { metadata } of partitions.values()) checkStores(plan, decodeNote(metadata)?.stores ?? {})
  }
}

/** The members of an application's group. Waits a little for one that is just sharing out. */
export async function groupInstances(cluster: Cluster, group: string): Promise<readonly GroupInstance[]> {
  return (await settledGroup(cluster, group)).members
}

async function settledGroup(cluster: Cluster, group: string): Promise<FoundGroup> {
  const pauses = cluster.backoff(movingForMs)
  for (;;) {
    const found = await describe(cluster, group)
    if (!found.isMoving || pauses.isOver) return found
    await pauses.pause()
  }
}

async function describe(cluster: Cluster, group: string): Promise<FoundGroup> {
  const found = await classicGroup(cluster, group)
  if (!found) return { isMoving: false, members: [] }
  return {
    isMoving: found.groupState === 'PreparingRebalance' || found.groupState === 'CompletingRebalance',
    members: found.members.map(({ memberId, groupInstanceId, memberMetadata }) => ({
      memberId,
      groupInstanceId: groupInstanceId ?? null,
      data: dataOf(memberMetadata),
    })),
  }
}

/** KIP-345: static members can be taken out by whoever knows their names. */
async function leave(cluster: Cluster, group: string, members: readonly GroupInstance[]): Promise<void> {
  if (members.length === 0) return
  const answer = await cluster.askPersistently(
    () => cluster.groupCoordinator(group),
    leaveGroupApi,
    {
      groupId: group,
      memberId: members[0]!.memberId,
      members: members.map(({ memberId, groupInstanceId }) => ({ memberId, groupInstanceId })),
    },
    response => isRetriable(response.errorCode),
  )
  checkCode(answer.errorCode, `group '${group}'`)
}

/** Nobody goes on with what these threads left open: others would wait for it to time out before they read what lies behind. */
async function abandon(cluster: Cluster, members: readonly GroupInstance[]): Promise<void> {
  for (const { groupInstanceId } of members) {
    if (groupInstanceId !== null) await fenceTransactionalId(cluster, groupInstanceId, abandonedTimeoutMs)
  }
}

/** The number of the thread, which a static member's name ends in. */
function threadOf(groupInstanceId: string | null): number {
  return Number(groupInstanceId?.split('-').at(-1) ?? 0)
}

function dataOf(metadata: Buffer): MemberData | undefined {
  try {
    return metadata.length === 0 ? undefined : decodeMemberData(subscriptionUserData(metadata))
  } catch (error) {
    if (error instanceof DecodeError) return undefined
    throw error
  }
}

function stranger(group: string): OperatorError {
  return new OperatorError(`the group '${group}' has members that are no instances of a script`, {
    hint: `give the application another name than that of a group; streamctl group describe ${group} shows the members`,
    exitCode: ExitCode.failure,
  })
}

function otherTopology(name: string, { endpoint }: MemberData): OperatorError {
  return new OperatorError(`${name} runs already, with another topology, at ${endpoint || 'another place'}`, {
    hint: 'stop all instances first, then start the new script: they would share out tasks that mean different things',
    exitCode: ExitCode.failure,
  })
}

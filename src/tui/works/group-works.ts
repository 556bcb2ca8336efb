import { ExitCode, OperatorError } from '../../base/errors.ts'
import type { Cluster } from '../../client/cluster.ts'
import {
  commitForGroup,
  committedOffsets,
  deleteGroup,
  describeGroup,
  isGroupMissing,
} from '../../client/group-admin.ts'
import { seekPartitions } from '../../client/seek-partitions.ts'
import { parsePartitionChoice, parseSeekTarget, planSeek, type SeekMove } from '../../client/seek-plan.ts'
import { defineWork, type Work } from '../work.ts'

/** Works out where a seek would lead; changes nothing. Result: `SeekPlan`. */
export interface PlanSeekWork extends Work {
  readonly kind: 'planSeek'
  readonly changes: false
  readonly group: string
  /** As `group seek --to` takes it. */
  readonly to: string
  /** `TOPIC`, `TOPIC:0,2-4`, several with blanks between; '' for what the group has committed for. */
  readonly topics: string
}

export interface SeekPlan {
  readonly moves: readonly SeekMove[]
  /** Members would go on from where they are: a seek is refused while there are some. */
  readonly members: number
}

export const planSeekWork = defineWork<PlanSeekWork>(async ({ env, cluster, work }) => {
  const target = parseSeekTarget(work.to.trim(), env.clock.now())
  const choices = work.topics.split(/\s+/).flatMap(text => (text === '' ? [] : [parsePartitionChoice(text)]))
  const [committed, members] = await Promise.all([
    committedOffsets(cluster, work.group),
    memberCount(cluster, work.group),
  ])
  const partitions = await seekPartitions(cluster, { committed, choices, target })
  const moves = planSeek(partitions, target)
  if (moves.length === 0) {
    throw new OperatorError(`group '${work.group}' has committed nothing there to move from`, {
      hint: 'name topics, and an absolute place, as start or end',
    })
  }
  return { result: { moves, members } satisfies SeekPlan }
})

/** Does what a plan says. */
export interface SeekWork extends Work {
  readonly kind: 'seek'
  readonly changes: true
  readonly group: string
  readonly moves: readonly SeekMove[]
}

export const seekWork = defineWork<SeekWork>(async ({ cluster, work: { group, moves } }) => {
  const members = await memberCount(cluster, group)
  if (members > 0) {
    throw new OperatorError(`group '${group}' has ${members} members: stop them first`, { exitCode: ExitCode.failure })
  }
  await commitForGroup(
    cluster,
    group,
    moves.map(({ topic, partition, to }) => ({ topic, partition, offset: to })),
  )
  return { message: `group '${group}' moved in ${moves.length} ${moves.length === 1 ? 'partition' : 'partitions'}` }
})

export interface DeleteGroupWork extends Work {
  readonly kind: 'deleteGroup'
  readonly changes: true
  readonly group: string
}

export const deleteGroupWork = defineWork<DeleteGroupWork>(async ({ cluster, work: { group } }) => {
  await deleteGroup(cluster, group)
  return { message: `group '${group}' is deleted` }
})

async function memberCount(cluster: Cluster, group: string): Promise<number> {
  try {
    return (await describeGroup(cluster, group)).members.length
  } catch (error) {
    if (isGroupMissing(error)) return 0
    throw error
  }
}

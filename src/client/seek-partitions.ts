import { ExitCode, OperatorError } from '../base/errors.ts'
import type { Cluster } from './cluster.ts'
import type { CommittedOffsets } from './group-admin.ts'
import { endOffsets, findTopic, resolvePosition, startOffsets } from './list-offsets.ts'
import type { PartitionChoice, SeekPartition, SeekTarget } from './seek-plan.ts'

interface SeekQuestion {
  readonly committed: CommittedOffsets
  /** Without any: what the group has committed for. */
  readonly choices: readonly PartitionChoice[]
  readonly target: SeekTarget
}

/** The partitions to move, with what the plan must know of them. Throws `RequestError`, and `OperatorError` for a partition that is not there. */
export async function seekPartitions(
  cluster: Cluster,
  { committed, choices, target }: SeekQuestion,
): Promise<readonly SeekPartition[]> {
  const chosen: readonly PartitionChoice[] =
    choices.length > 0
      ? choices
      : [...committed].map(([topic, offsets]) => ({ topic, partitions: [...offsets.keys()] }))
  const lists = await Promise.all(
    chosen
      .toSorted((a, b) => (a.topic < b.topic ? -1 : 1))
      .map(choice => partitionsOf(cluster, choice, committed, target)),
  )
  return lists.flat()
}

async function partitionsOf(
  cluster: Cluster,
  choice: PartitionChoice,
  committed: CommittedOffsets,
  target: SeekTarget,
): Promise<readonly SeekPartition[]> {
  const topic = await findTopic(cluster, choice.topic)
  const all = topic.partitions.map(({ partition }) => partition)
  const missing = choice.partitions?.find(partition => !all.includes(partition))
  if (missing !== undefined) {
    throw new OperatorError(`topic '${choice.topic}' has no partition ${missing}`, {
      hint: `it has ${all.length}, counted from 0`,
      exitCode: ExitCode.failure,
    })
  }
  const numbers = (choice.partitions ?? all).toSorted((a, b) => a - b)
  const [start, end, atTime] = await Promise.all([
    startOffsets(cluster, topic, numbers),
    endOffsets(cluster, topic, numbers, 'uncommitted'),
    target.kind === 'time' ? resolvePosition(cluster, topic, numbers, target) : new Map<number, number>(),
  ])
  return numbers.map(partition => ({
    topic: choice.topic,
    partition,
    committed: committed.get(choice.topic)?.get(partition) ?? null,
    start: start.get(partition) ?? 0,
    end: end.get(partition) ?? 0,
    atTime: atTime.get(partition),
  }))
}

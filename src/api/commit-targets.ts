import { ErrorCode } from '../protocol/errors.ts'
import { type Services, settle, settleAsync } from './handle.ts'
import { findTopic, type TopicReference } from './topic-lookup.ts'

/** One topic of a request that commits offsets. */
interface Wanted<Offset> extends TopicReference {
  readonly partitions: readonly Offset[]
}

interface PartitionOffset {
  readonly partitionIndex: number
}

interface PartitionResult {
  readonly partitionIndex: number
  readonly errorCode: number
}

/** A topic under its name, with the offsets of those of its partitions that exist. */
interface Target<Offset> {
  readonly name: string
  readonly partitions: readonly Offset[]
}

/**
 * Commits the offsets of the partitions that exist, through `commit`. Answers topic by topic: first the partitions that
 * do not exist, then the others, each with what `commit` said of it, or with the `KafkaError` that it threw. Where no
 * partition exists at all the group is not even asked.
 */
export async function commitToExisting<Offset extends PartitionOffset>(
  topics: readonly Wanted<Offset>[],
  commit: (
    targets: readonly Target<Offset>[],
  ) => Promise<readonly { readonly partitions: readonly PartitionResult[] }[]>,
  services: Services,
): Promise<PartitionResult[][]> {
  const checked = topics.map(topic => check(topic, services))
  const targets = checked.map(({ target }) => target)
  if (targets.every(({ partitions }) => partitions.length === 0)) return checked.map(({ refused }) => refused)
  const outcome = await settleAsync(async () => ({ results: await commit(targets) }))
  return checked.map(({ target, refused }, at) => {
    if ('results' in outcome) return [...refused, ...(outcome.results[at]?.partitions ?? [])]
    return [...refused, ...failed(target.partitions, outcome.errorCode)]
  })
}

/** Tells the partitions that exist from those that do not. */
function check<Offset extends PartitionOffset>(
  wanted: Wanted<Offset>,
  services: Services,
): { readonly target: Target<Offset>; readonly refused: PartitionResult[] } {
  const found = settle(() => ({ topic: findTopic(services.topics, wanted) }))
  const count = 'topic' in found ? found.topic.partitions.length : 0
  const errorCode = 'topic' in found ? ErrorCode.unknownTopicOrPartition : found.errorCode
  const exists = ({ partitionIndex }: Offset): boolean => partitionIndex >= 0 && partitionIndex < count
  return {
    target: {
      name: 'topic' in found ? found.topic.name : wanted.name,
      partitions: wanted.partitions.filter(exists),
    },
    refused: failed(
      wanted.partitions.filter(partition => !exists(partition)),
      errorCode,
    ),
  }
}

function failed(partitions: readonly PartitionOffset[], errorCode: number): PartitionResult[] {
  return partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode }))
}

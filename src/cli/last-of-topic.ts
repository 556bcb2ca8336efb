import type { Cluster, TopicMetadata } from '../client/cluster.ts'
import { endOffsets, type PartitionOffsets, startOffsets } from '../client/list-offsets.ts'
import { Reader } from '../client/reader.ts'
import type { CommandContext } from './command.ts'
import { LastRecords } from './last-records.ts'
import type { PrintWanted } from './wanted-records.ts'

export interface LastQuestion {
  readonly topic: TopicMetadata
  readonly partitions: readonly number[]
  readonly count: number
  readonly print: PrintWanted
}

/** Filters and transactions leave gaps: if too little was found, so many times as much is looked at. */
const widening = 8

/** Prints the last records that are wanted and there now, over all partitions by time. The offsets behind them. */
export async function printLast(
  { output, signal }: CommandContext,
  cluster: Cluster,
  question: LastQuestion,
): Promise<PartitionOffsets> {
  const { topic, partitions, count } = question
  const ends = await endOffsets(cluster, topic, partitions)
  if (count === 0) return ends
  const first = await startOffsets(cluster, topic, partitions)
  const total = [...ends].reduce((sum, [partition, end]) => sum + end - (first.get(partition) ?? 0), 0)
  for (let window = count; ; window *= widening) {
    const starts = new Map(
      [...ends].map(([partition, end]) => [partition, Math.max(first.get(partition) ?? 0, end - window)]),
    )
    const last = await readBetween(cluster, question, { starts, ends, signal })
    if (last.length < count && window < total && !signal.aborted) continue
    for (const bytes of last) output.write(bytes)
    await output.ready()
    return ends
  }
}

async function readBetween(
  cluster: Cluster,
  { topic, count, print }: LastQuestion,
  {
    starts,
    ends,
    signal,
  }: { readonly starts: PartitionOffsets; readonly ends: PartitionOffsets; readonly signal: AbortSignal },
): Promise<readonly Buffer[]> {
  const reader = new Reader(cluster)
  for (const [partition, endOffset] of ends) {
    const offset = Math.min(starts.get(partition) ?? 0, endOffset)
    reader.add({ topic: topic.name, topicId: topic.topicId, partition, offset, endOffset })
  }
  const stop = (): void => reader.stop()
  signal.addEventListener('abort', stop)
  if (signal.aborted) stop()
  const last = new LastRecords(count, print)
  await reader.run(fetched => last.add(fetched))
  signal.removeEventListener('abort', stop)
  return last.take()
}

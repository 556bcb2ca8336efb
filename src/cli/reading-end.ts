import type { Env } from '../base/env.ts'
import type { Cluster, TopicMetadata } from '../client/cluster.ts'
import { endOffsets } from '../client/list-offsets.ts'
import type { Reader } from '../client/reader.ts'
import { choosePartitions } from './partition-ranges.ts'

/** Calls `action` when `notice` was not called for so long. */
export function idleTimer(
  env: Env,
  waitMs: number | undefined,
  action: () => void,
): { readonly notice: () => void; readonly stop: () => void } {
  if (waitMs === undefined) return { notice: () => {}, stop: () => {} }
  let lastMs = env.clock.monotonic()
  const look = (): void => {
    const leftMs = waitMs - (env.clock.monotonic() - lastMs)
    if (leftMs <= 0) action()
    else timer = env.clock.after(leftMs, look)
  }
  let timer = env.clock.after(waitMs, look)
  return {
    notice: () => {
      lastMs = env.clock.monotonic()
    },
    stop: () => timer.cancel(),
  }
}

/** Once the clock is there, reads no further than the end of that moment. Answers how to call it off. */
export function endAt(
  cluster: Cluster,
  reader: Reader,
  topic: TopicMetadata,
  timestampMs: number | undefined,
): () => void {
  if (timestampMs === undefined) return () => {}
  const { env } = cluster
  const end = async (): Promise<void> => {
    reader.limit(topic.name, await endOffsets(cluster, topic, choosePartitions(topic, undefined)))
  }
  // Timers are not made for more than 24 days: it is looked again.
  const look = (): void => {
    const leftMs = timestampMs - env.clock.now()
    if (leftMs > 0) timer = env.clock.after(Math.min(leftMs, 86_400_000), look)
    else end().catch(() => reader.stop())
  }
  let timer = env.clock.after(0, look)
  return () => timer.cancel()
}

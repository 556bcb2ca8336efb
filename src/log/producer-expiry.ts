import type { Topics } from './topics.ts'

/** Makes all partitions forget producers that have been silent since before `beforeMs` (wall clock). */
export function expireProducers(topics: Topics, beforeMs: number): void {
  for (const topic of topics.all()) for (const partition of topic.partitions) partition.expireProducers(beforeMs)
}

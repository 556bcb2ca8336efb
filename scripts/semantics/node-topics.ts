import { systemEnv } from '../../src/base/system-env.ts'
import type { Cluster } from '../../src/client/cluster.ts'
import { forEachFetched } from '../../src/client/fetched-records.ts'
import { committedOffsets } from '../../src/client/group-admin.ts'
import { endOffsets, findTopic, startOffsets } from '../../src/client/list-offsets.ts'
import { Reader } from '../../src/client/reader.ts'
import { createTopic } from '../../src/client/topic-admin.ts'
import { json } from '../../src/streams/codecs/json.ts'
import type { Windowed } from '../../src/streams/codecs/windowed.ts'
import { externalSinks, externalSources, wholeTopic } from '../../src/streams/runtime/partition-plan.ts'
import { countsOf } from '../../src/streams/runtime/prepare-topics.ts'
import type { ExpectedRecord } from './case.ts'
import type { CaseOnNode } from './case-on-node.ts'

const { clock } = systemEnv()
const pollMs = 30
const quietMsMax = 60_000
/** Global tables are read beside the tasks, and nobody commits how far: they get as many looks. */
const looksForGlobals = 20

/** Creates the topics of a case. Answers their names. */
export async function createTopics(
  cluster: Cluster,
  { application, partitions, captured }: CaseOnNode,
): Promise<readonly string[]> {
  const { plan } = application
  const wanted = [...new Set([...externalSources(plan), ...externalSinks(plan), captured])]
  // Records of 1970 are not to be too old for a topic.
  const settings: [string, string][] = [['retention.ms', '-1']]
  await Promise.all(
    wanted.map(name =>
      createTopic(cluster, { name, partitions: name === captured ? 1 : partitions, replicas: 1, settings }),
    ),
  )
  while ((await countsOf(cluster, wanted)).size < wanted.length) await pause(pollMs)
  return wanted
}

/** Waits until everything that is there has been processed, and what came of it, too. */
export async function quiet(cluster: Cluster, { application }: CaseOnNode): Promise<void> {
  const { name, plan } = application
  const topics = plan.subTopologies.flatMap(part =>
    part.global ? [] : part.sourceTopics.map(topic => wholeTopic(name, plan, topic)),
  )
  const looks = plan.subTopologies.some(({ global }) => global) ? looksForGlobals : 1
  const untilMs = clock.monotonic() + quietMsMax
  let times = 0
  while (clock.monotonic() < untilMs) {
    times = (await isQuiet(cluster, name, topics)) ? times + 1 : 0
    if (times >= looks) return
    await pause(pollMs)
  }
  throw new Error('not everything was processed in a minute')
}

async function isQuiet(cluster: Cluster, group: string, topics: readonly string[]): Promise<boolean> {
  const committed = await committedOffsets(cluster, group)
  for (const name of topics) {
    if (!(await countsOf(cluster, [name])).has(name)) return false
    const topic = await findTopic(cluster, name)
    const partitions = topic.partitions.map(({ partition }) => partition)
    for (const [partition, end] of await endOffsets(cluster, topic, partitions, 'uncommitted')) {
      if ((committed.get(name)?.get(partition) ?? 0) < end) return false
    }
  }
  return true
}

/** Everything that was written, as the case tells of it. */
export async function written(cluster: Cluster, built: CaseOnNode): Promise<ExpectedRecord[]> {
  const found: ExpectedRecord[] = (await read(cluster, built.captured)).map(({ value }) => value as ExpectedRecord)
  for (const topic of built.outputs) {
    for (const { key, value, timestamp: ts } of await read(cluster, built.named(topic))) {
      const window = (key as Partial<Windowed<unknown>> | null)?.window
      if (window) {
        const bounds: [number, number] = [window.start, window.end]
        found.push({ to: topic, key: (key as Windowed<unknown>).key, window: bounds, value, ts })
      } else found.push({ to: topic, key, value, ts })
    }
  }
  return found
}

async function read(cluster: Cluster, name: string) {
  const codec = json()
  const records: { key: unknown; value: unknown; timestamp: number }[] = []
  const reader = new Reader(cluster.sibling(), { maxWaitMs: 10 })
  const topic = await findTopic(cluster, name)
  const partitions = topic.partitions.map(({ partition }) => partition)
  const [starts, ends] = [
    await startOffsets(cluster, topic, partitions),
    await endOffsets(cluster, topic, partitions, 'committed'),
  ]
  for (const partition of partitions) {
    const [offset, endOffset] = [starts.get(partition) ?? 0, ends.get(partition) ?? 0]
    if (offset < endOffset) reader.add({ topic: name, topicId: topic.topicId, partition, offset, endOffset })
  }
  await reader.run(fetched =>
    forEachFetched(fetched, ({ key, value, timestamp }) => {
      records.push({
        key: key === null ? null : codec.decode(Buffer.from(key)),
        value: value === null ? null : codec.decode(Buffer.from(value)),
        timestamp,
      })
    }),
  )
  return records
}

function pause(milliseconds: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, milliseconds))
}

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { systemEnv } from '../../src/base/system-env.ts'
import { parseBrokerList } from '../../src/client/address.ts'
import { Cluster } from '../../src/client/cluster.ts'
import { forEachFetched } from '../../src/client/fetched-records.ts'
import { committedOffsets } from '../../src/client/group-admin.ts'
import { endOffsets, findTopic, startOffsets } from '../../src/client/list-offsets.ts'
import { Producer } from '../../src/client/producer.ts'
import { Reader } from '../../src/client/reader.ts'
import { createTopic, deleteTopic } from '../../src/client/topic-admin.ts'
import { json } from '../../src/streams/codecs/json.ts'
import type { Windowed } from '../../src/streams/codecs/windowed.ts'
import { externalSinks, externalSources, wholeTopic } from '../../src/streams/runtime/partition-plan.ts'
import { countsOf } from '../../src/streams/runtime/prepare-topics.ts'
import type { CaseFile, ExpectedRecord, SemanticsCase } from './case.ts'
import { type CaseOnNode, caseOnNode } from './case-on-node.ts'
import { canonical } from './compare.ts'
import { driverOutput, type Result } from './run-case.ts'

export interface OnNodeOptions {
  /** Host and port of a running node or cluster. */
  readonly address: string
  readonly directory: string
  /** Processes that run the same applications. */
  readonly instances: number
  /** Cases that run at the same time. */
  readonly together: number
  /** Kills an instance so often, on average. */
  readonly killEveryMs: number
  readonly isWanted: () => boolean
  readonly onResult: (place: PlacedCase, result: Result) => void
  readonly onKills: (count: number) => void
}

interface PlacedCase {
  readonly file: string
  readonly number: number
  readonly semantics: SemanticsCase
}

const env = systemEnv()
const pollMs = 30
const quietMsMax = 60_000

/**
 * Runs cases on a real node: several processes share out each one's tasks, and are killed with SIGKILL at random moments
 * and started again. In the end what was written must be, record by record, what the test driver gives.
 */
export async function runOnNode(cases: readonly CaseFile[], options: OnNodeOptions): Promise<void> {
  const placed = cases
    .flatMap(({ file, cases: of }) => of.map((semantics, number) => ({ file, number, semantics })))
    .filter(options.isWanted)
  const cluster = new Cluster({ env, brokers: parseBrokerList(options.address) })
  const runId = Date.now().toString(36)
  for (let at = 0; at < placed.length; at += options.together) {
    const group = placed
      .slice(at, at + options.together)
      .map((place, index) => ({ place, name: `c${runId}-${at + index}` }))
    await runTogether(cluster, group, options)
  }
  cluster.close()
}

async function runTogether(
  cluster: Cluster,
  group: readonly { place: PlacedCase; name: string }[],
  options: OnNodeOptions,
): Promise<void> {
  const onNode = group.flatMap(({ place, name }) => {
    const reason = notOnNode(place.semantics)
    if (reason !== undefined) options.onResult(place, { kind: 'skipped', reason })
    return reason === undefined ? [{ place, name, built: caseOnNode(place.semantics, name) }] : []
  })
  if (onNode.length === 0) return
  const state = mkdtempSync(path.join(tmpdir(), 'streamctl-semantics-'))
  const topics = new Set<string>()
  for (const { built } of onNode) for (const topic of await prepare(cluster, built)) topics.add(topic)
  const named = onNode.map(({ place, name }) => `${name}=${place.file}#${place.number}`)
  const instances = new Instances(options, state, named)
  instances.start()
  try {
    await Promise.all(
      onNode.map(async ({ place, built }) => {
        const result = await played(cluster, place.semantics, built).catch(
          (error): Result => ({ kind: 'failed', reason: error.stack ?? String(error) }),
        )
        options.onResult(place, result)
      }),
    )
  } finally {
    await instances.stop()
    options.onKills(instances.kills)
    rmSync(state, { recursive: true, force: true })
    const internal = (await cluster.metadata(null)).topics.map(({ name }) => name)
    const prefixes = onNode.map(({ name }) => name)
    for (const name of internal.filter(topic =>
      prefixes.some(prefix => topic.startsWith(`${prefix}-`) || topics.has(topic)),
    ))
      await deleteTopic(cluster, name).catch(() => {})
  }
}

/** Processes that are killed and come back. */
class Instances {
  readonly #options: OnNodeOptions
  readonly #start: () => ChildProcess
  readonly #running = new Set<ChildProcess>()
  #stopped = false
  #timer: NodeJS.Timeout | undefined
  kills = 0

  constructor(options: OnNodeOptions, state: string, named: readonly string[]) {
    this.#options = options
    const script = path.join(import.meta.dirname, 'node-instance.ts')
    const args = [script, options.address, state, options.directory, ...named]
    this.#start = () => spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] })
  }

  start(): void {
    for (let index = 0; index < this.#options.instances; index++) this.#add()
    this.#next()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    const exits = [...this.#running].map(child => new Promise(resolve => child.once('exit', resolve)))
    for (const child of this.#running) child.kill('SIGKILL')
    await Promise.all(exits)
  }

  #add(): void {
    const child = this.#start()
    this.#running.add(child)
    child.once('exit', () => {
      this.#running.delete(child)
      if (!this.#stopped) this.#add()
    })
  }

  #next(): void {
    const { killEveryMs } = this.#options
    this.#timer = setTimeout(
      () => {
        const all = [...this.#running]
        const victim = all[Math.floor(Math.random() * all.length)]
        if (victim) {
          this.kills++
          victim.kill('SIGKILL')
        }
        this.#next()
      },
      killEveryMs * (0.3 + Math.random() * 1.4),
    )
  }
}

function notOnNode({ steps, windows = [] }: SemanticsCase): string | undefined {
  if (windows.some(({ type, time_difference_ms }) => type === 'sliding' && time_difference_ms === 0)) {
    return 'a sliding window of difference 0, with which Kafka Streams itself fails'
  }
  if (steps.some(step => step.advance_wall_clock_ms !== undefined)) {
    return 'moves the wall clock, which is the real one on a node'
  }
  return undefined
}

async function prepare(
  cluster: Cluster,
  { application, partitions, captured }: CaseOnNode,
): Promise<readonly string[]> {
  const { plan } = application
  const wanted = [...new Set([...externalSources(plan), ...externalSinks(plan), captured])]
  for (const name of wanted) {
    const count = name === captured ? 1 : partitions
    // Records of 1970 are not to be too old for a topic.
    await createTopic(cluster, { name, partitions: count, replicas: 1, settings: [['retention.ms', '-1']] })
  }
  while ((await countsOf(cluster, wanted)).size < wanted.length) await pause(pollMs)
  return wanted
}

async function played(cluster: Cluster, semantics: SemanticsCase, built: CaseOnNode): Promise<Result> {
  const producer = new Producer(cluster.sibling(), { lingerMs: 0 })
  const partition = built.partitions - 1
  const shift = -Math.min(0, ...semantics.steps.map(step => step.in?.ts ?? 0))
  let previous: string | undefined
  for (const { in: input } of semantics.steps) {
    if (!input) continue
    const handle = built.topic(input.topic)
    // Topics are read side by side: what is to come after another topic's record waits until that is done.
    // A foreign-key join forgets answers that a newer row has overtaken on their way.
    const isOvertaken = semantics.operator.includes('foreign') || previous !== input.topic
    if (previous !== undefined && isOvertaken) await quiet(cluster, built)
    previous = input.topic
    const writer = await producer.topic(built.named(input.topic))
    const key = input.key === null ? null : Buffer.from(handle.key.encode(input.key))
    const value = input.value === null ? null : Buffer.from(handle.value.encode(input.value))
    const ts = input.ts + shift
    writer.append(ts, key, 0, key?.length ?? 0, value, 0, value?.length ?? 0, [], partition)
    await producer.flush()
  }
  await quiet(cluster, built)
  producer.close()
  const found = (await results(cluster, built)).map(({ ts, ...record }) => ({
    ...record,
    ...(ts !== undefined && { ts: ts - shift }),
  }))
  const expected = await driverOutput(semantics)
  const [one, two] = [found, expected].map(records => records.map(canonical).toSorted())
  if (one!.join('\n') === two!.join('\n')) return { kind: 'passed', level: 'strict', description: 'none' }
  const [extra, missing] = [one!.filter(text => !two!.includes(text)), two!.filter(text => !one!.includes(text))]
  return {
    kind: 'failed',
    reason: `${one!.length} records instead of ${two!.length}; missing ${missing.slice(0, 3).join(' ')}; too much ${extra.slice(0, 3).join(' ')}`,
  }
}

/** Waits until everything that is there has been processed, and what came of it, too. */
async function quiet(cluster: Cluster, { application }: CaseOnNode): Promise<void> {
  const { name, plan } = application
  const topics = plan.subTopologies.flatMap(part =>
    part.global ? [] : part.sourceTopics.map(topic => wholeTopic(name, plan, topic)),
  )
  const untilMs = Date.now() + quietMsMax
  let times = 0
  while (Date.now() < untilMs) {
    times = (await isQuiet(cluster, name, topics)) ? times + 1 : 0
    // Global tables are read beside the tasks, and nobody commits how far: give them time.
    if (times >= (plan.subTopologies.some(({ global }) => global) ? 20 : 1)) return
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
async function results(cluster: Cluster, built: CaseOnNode): Promise<ExpectedRecord[]> {
  const found: ExpectedRecord[] = (await read(cluster, built.captured)).map(({ value }) => value as ExpectedRecord)
  for (const topic of built.outputs) {
    for (const { key, value, timestamp: ts } of await read(cluster, built.named(topic), built.sinkOf(topic))) {
      const window = (key as Partial<Windowed<unknown>> | null)?.window
      if (window) {
        const bounds: [number, number] = [window.start, window.end]
        found.push({ to: topic, key: (key as Windowed<unknown>).key, window: bounds, value, ts })
      } else found.push({ to: topic, key, value, ts })
    }
  }
  return found
}

async function read(cluster: Cluster, name: string, codecs = { key: json(), value: json() }) {
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
        key: key === null ? null : codecs.key.decode(Buffer.from(key)),
        value: value === null ? null : codecs.value.decode(Buffer.from(value)),
        timestamp,
      })
    }),
  )
  return records
}

function pause(milliseconds: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, milliseconds))
}

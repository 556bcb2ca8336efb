import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { systemEnv } from '../../src/base/system-env.ts'
import { parseBrokerList } from '../../src/client/address.ts'
import { Cluster } from '../../src/client/cluster.ts'
import { partitionOfKey } from '../../src/client/partitioner.ts'
import { Producer } from '../../src/client/producer.ts'
import { deleteTopic } from '../../src/client/topic-admin.ts'
import type { CaseFile, ExpectedRecord, SemanticsCase, Step } from './case.ts'
import { type CaseOnNode, caseOnNode } from './case-on-node.ts'
import { canonical } from './compare.ts'
import { KilledInstances } from './killed-instances.ts'
import { createTopics, quiet, written } from './node-topics.ts'
import { driverOutput, notOurs, type Result } from './run-case.ts'

export interface OnNodeOptions {
  /** Host and port of a running node or cluster. */
  readonly address: string
  readonly directory: string
  /** Processes that run the same applications. */
  readonly instances: number
  /** Cases that run at the same time. */
  readonly together: number
  /** Kills an instance so long, on average, after all have had their tasks. */
  readonly killAfterMs: number
  /** No more kills of cases that run together than this; without it as many as there is time for. */
  readonly killsMax?: number
  readonly isWanted: (place: PlacedCase) => boolean
  /** With the number of partitions that records of the case went to. */
  readonly onResult: (place: PlacedCase, result: Result, partitions: number) => void
  readonly onKills: (count: number) => void
}

interface PlacedCase {
  readonly file: string
  readonly number: number
  readonly semantics: SemanticsCase
}

interface RunningCase {
  readonly place: PlacedCase
  readonly name: string
  readonly built: CaseOnNode
}

const env = systemEnv()

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
    const group = placed.slice(at, at + options.together).flatMap((place, index): RunningCase[] => {
      const reason = notOurs(place.semantics)
      if (reason !== undefined) options.onResult(place, { kind: 'skipped', reason }, 0)
      const name = `c${runId}-${at + index}`
      return reason === undefined ? [{ place, name, built: caseOnNode(place.semantics, name) }] : []
    })
    if (group.length > 0) await runTogether(cluster, group, options)
  }
  cluster.close()
}

async function runTogether(cluster: Cluster, group: readonly RunningCase[], options: OnNodeOptions): Promise<void> {
  const state = mkdtempSync(path.join(tmpdir(), 'streamctl-semantics-'))
  const topics = new Set((await Promise.all(group.map(({ built }) => createTopics(cluster, built)))).flat())
  const named = group.map(({ place, name }) => `${name}=${place.file}#${place.number}`)
  const instances = new KilledInstances({ ...options, state, named })
  try {
    await instances.start()
    await Promise.all(
      group.map(async ({ place, name, built }) => {
        const used = new Set<number>()
        const moveClock = (nowMs: number): Promise<void> => instances.moveClock(name, nowMs)
        const result = await played(cluster, place.semantics, { built, moveClock, used }).catch(
          (error): Result => ({ kind: 'failed', reason: error.stack ?? String(error) }),
        )
        options.onResult(place, result, used.size)
      }),
    )
  } finally {
    await instances.stop()
    options.onKills(instances.kills)
    rmSync(state, { recursive: true, force: true })
    const there = (await cluster.metadata(null)).topics.map(({ name }) => name)
    const isOurs = (topic: string): boolean =>
      topics.has(topic) || group.some(({ name }) => topic.startsWith(`${name}-`))
    await Promise.all(there.filter(isOurs).map(topic => deleteTopic(cluster, topic).catch(() => {})))
  }
}

interface Play {
  readonly built: CaseOnNode
  readonly moveClock: (nowMs: number) => Promise<void>
  /** Gets the partitions that records went to. */
  readonly used: Set<number>
}

async function played(cluster: Cluster, semantics: SemanticsCase, { built, moveClock, used }: Play): Promise<Result> {
  const producer = new Producer(cluster.sibling(), { lingerMs: 0 })
  const shift = -Math.min(0, ...semantics.steps.map(step => step.in?.ts ?? 0))
  let previous: string | undefined
  let nowMs = 0
  for (const step of semantics.steps) {
    if (step.advance_wall_clock_ms !== undefined) {
      await quiet(cluster, built)
      nowMs += step.advance_wall_clock_ms
      await moveClock(nowMs)
    }
    if (!step.in) continue
    const { topic, key, value, ts } = step.in
    const place = placeOf(built, step)
    // Topics are read side by side: what is to come after another topic's record waits until that is done.
    if (previous !== undefined && (built.isOneByOne || previous !== topic)) await quiet(cluster, built)
    previous = topic
    const [keyBytes, valueBytes] = [bytesOf(built.topic(topic).key, key), bytesOf(built.topic(topic).value, value)]
    const writer = await producer.topic(built.named(topic))
    const lengths = [keyBytes?.length ?? 0, valueBytes?.length ?? 0] as const
    writer.append(ts + shift, keyBytes, 0, lengths[0], valueBytes, 0, lengths[1], [], place)
    used.add(place)
    await producer.flush()
  }
  await quiet(cluster, built)
  producer.close()
  const found = (await written(cluster, built)).map(({ ts, ...record }) => ({
    ...record,
    ...(ts !== undefined && { ts: ts - shift }),
  }))
  return compared(found, await expectedOf(semantics, built, [...used]))
}

/** The partition that a step's record goes to. */
function placeOf(built: CaseOnNode, { in: input }: Step): number {
  const { partitions, spread } = built
  if (!input || spread === 'one') return partitions - 1
  const key = bytesOf(built.topic(input.topic).key, input.key)
  return key === null ? 0 : partitionOfKey(key, { start: 0, end: key.length }, partitions)
}

/** Where each partition lives for itself, what the driver gives for its part of the records: the time of each is its own. */
async function expectedOf(
  semantics: SemanticsCase,
  built: CaseOnNode,
  used: readonly number[],
): Promise<readonly ExpectedRecord[]> {
  if (built.spread !== 'parts') return driverOutput(semantics)
  const isOf = (step: Step, partition: number): boolean =>
    !step.in || built.isGlobal(step.in.topic) || placeOf(built, step) === partition
  const parts = used.map(partition => ({
    ...semantics,
    steps: semantics.steps.filter(step => isOf(step, partition)),
  }))
  return (await Promise.all(parts.map(part => driverOutput(part, semantics)))).flat()
}

function compared(found: readonly ExpectedRecord[], expected: readonly ExpectedRecord[]): Result {
  const [one, two] = [found, expected].map(records => records.map(canonical).toSorted())
  if (one!.join('\n') === two!.join('\n')) return { kind: 'passed', level: 'strict', description: 'none' }
  const [extra, missing] = [one!.filter(text => !two!.includes(text)), two!.filter(text => !one!.includes(text))]
  return {
    kind: 'failed',
    reason: `${one!.length} records instead of ${two!.length}; missing ${missing.slice(0, 3).join(' ')}; too much ${extra.slice(0, 3).join(' ')}`,
  }
}

function bytesOf(codec: { encode(value: never): Uint8Array }, value: unknown): Buffer | null {
  return value === null ? null : Buffer.from(codec.encode(value as never))
}

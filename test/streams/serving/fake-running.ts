import { readStore } from '../../../src/streams/serving/read-store.ts'
import type { RunningApplication, TaskAnswer } from '../../../src/streams/serving/running-application.ts'
import { Marks } from '../../../src/streams/state/marks.ts'
import { MemoryTable } from '../../../src/streams/state/state-table.ts'
import { LocalRun } from '../../../src/streams/task/local-run.ts'
import type { Application } from '../../../src/streams/topology/application.ts'
import type { TopicHandle } from '../../../src/streams/topology/topic.ts'
import type { Topic, Topology } from '../../../src/streams/types.ts'

export interface FakeRunning extends RunningApplication {
  pipe<K, V>(topic: Topic<K, V>, key: K, value: V, timestamp: number): void
}

/** An instance that runs one task of each sub-topology in memory, as the task of `partition` of `partitions`. */
export function fakeRunning(
  topology: Topology,
  given: { partition?: number; partitions?: number; state?: TaskAnswer['state']; lag?: number } = {},
): FakeRunning {
  const { partition = 0, partitions = 1, state = 'running', lag = 0 } = given
  const application = topology as unknown as Application
  const tables = new Map<string, MemoryTable>()
  const run = new LocalRun({
    name: application.name,
    plan: application.plan,
    now: () => 0,
    marks: new Marks(),
    table: ({ name }) => {
      const table = new MemoryTable()
      tables.set(name, table)
      return table
    },
    written: () => {},
    invalid: () => {},
  })
  const positions = [{ topic: 'clicks', partition, offset: 12, end: 12 + lag }]
  const task = { task: `0_${partition}`, state, partition, positions, lag, restored: state === 'running' ? 1 : 0.5 }
  return {
    application,
    pipe(topic, key, value, timestamp) {
      const { name, key: keys, value: values } = topic as unknown as TopicHandle
      run.pipe(name, { key: keys.encode(key), value: values.encode(value), timestamp, headers: new Map() })
    },
    describe: () => ({
      name: application.name,
      process: `process-${partition}`,
      version: '1.2.3',
      processing: 'exactly-once',
      state: 'running',
      startedAt: 0,
      threads: 1,
      commitIntervalMs: 100,
      commitLatencyMs: null,
      recordsPerSecond: 0,
      topology: application.describe(),
      picture: application.picture(),
      stores: [...application.plan.stores.values()].map(({ name, kind }) => ({
        name,
        kind,
        changelog: null,
        partitions,
      })),
      tasks: [{ ...task, thread: 0, recordsPerSecond: 0 }],
    }),
    answer: async (name, request) => {
      if (request.task !== undefined && request.task !== task.task) return []
      const definition = application.plan.stores.get(name)!
      return [{ ...task, ...readStore({ definition, table: tables.get(name)!, store: run.store(name) }, request) }]
    },
    metrics: () => 'streamctl_streams_records_total 5\n',
  }
}

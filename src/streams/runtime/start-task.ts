import type { Env } from '../../base/env.ts'
import type { InvalidRecord } from '../task/decoding.ts'
import type { TaskRecord } from '../task/record-queues.ts'
import type { Application } from '../topology/application.ts'
import type { SourceNode, SubTopology } from '../topology/topology.ts'
import type { DeadLetters } from './dead-letter.ts'
import type { GlobalTables } from './global-tables.ts'
import type { TaskNote } from './offset-metadata.ts'
import { wholeTopic } from './partition-plan.ts'
import { invalidFailure } from './script-error.ts'
import { type SourcePlace, StreamTask } from './stream-task.ts'
import type { HeldState } from './task-set.ts'
import type { ThreadMeter } from './thread-meter.ts'
import type { ThreadTransaction } from './transaction.ts'

/** What the tasks of a thread share. */
export interface TaskSurroundings {
  readonly env: Env
  readonly application: Application
  readonly transaction: ThreadTransaction
  readonly globals: GlobalTables
  readonly deadLetters: DeadLetters
  readonly meter: ThreadMeter
}

/** Makes a task of restored state, which goes on where the note was committed. Looks up the topics that it writes to. */
export async function startTask(
  { subTopology, partition, state }: HeldState,
  { sources, note }: { readonly sources: readonly SourcePlace[]; readonly note: TaskNote },
  surroundings: TaskSurroundings,
): Promise<StreamTask> {
  const { env, application, transaction, globals, meter } = surroundings
  const { name, plan } = application
  for (const topic of [...writtenTopics(application, subTopology), ...state.changelogs]) {
    await transaction.prepareWriter(topic)
  }
  return new StreamTask({
    env,
    subTopology,
    partition,
    state,
    sources,
    note,
    writer: topic => transaction.writer(wholeTopic(name, plan, topic)),
    globalStore: store => globals.store(store),
    invalid: (source, error, record) => takeInvalid(surroundings, { source, error, record }),
    dropped: (node, reason) => meter.dropped(node, reason),
  })
}

/** By whole name, dead letters with them. */
function writtenTopics({ name, plan, options }: Application, { nodes }: SubTopology): readonly string[] {
  const sinks = nodes.flatMap(node => (node.kind === 'sink' ? [wholeTopic(name, plan, node.topic)] : []))
  const policies = nodes.flatMap(node => (node.kind === 'source' ? [node.onInvalid] : []))
  const deadLetters = [...policies, options.onError].flatMap(policy =>
    typeof policy === 'object' ? [policy.deadLetter] : [],
  )
  return [...sinks, ...deadLetters]
}

/** Does with a record that its codec refuses what its topic's policy says. */
function takeInvalid(
  { application, deadLetters, meter }: TaskSurroundings,
  { source, error, record }: { source: SourceNode; error: InvalidRecord; record: TaskRecord },
): void {
  if (source.onInvalid === 'fail') throw invalidFailure(error, application.name)
  meter.dropped(source.name, 'invalid')
  if (source.onInvalid !== 'skip') deadLetters.write(source.onInvalid.deadLetter, error, error, record)
}

import path from 'node:path'
import { boundHeapGrowth } from '../../base/heap.ts'
import type { Cluster } from '../../client/cluster.ts'
import { ApplicationRun } from '../../streams/runtime/application-run.ts'
import { checkGroup } from '../../streams/runtime/check-group.ts'
import { LocalThread } from '../../streams/runtime/local-thread.ts'
import { prepareTopics } from '../../streams/runtime/prepare-topics.ts'
import { type StateDirectory, takeStateDirectory } from '../../streams/runtime/state-directory.ts'
import type { ThreadHandle } from '../../streams/runtime/thread-handle.ts'
import type { ThreadSettings } from '../../streams/runtime/thread-options.ts'
import { serveApplication } from '../../streams/serving/application-server.ts'
import type { Application } from '../../streams/topology/application.ts'
import type { CommandContext } from '../command.ts'
import type { ListenAddress } from '../listen-address.ts'
import { type BrokerOptions, openClusterWith } from '../options.ts'
import { showRun } from './show-run.ts'
import { WorkerThread } from './worker-thread.ts'

export interface RunSettings extends BrokerOptions {
  readonly instances: number
  readonly commitIntervalMs: number
  readonly atLeastOnce: boolean
  readonly stateBytesMax: number
  readonly sessionTimeoutMs: number
  readonly listen: ListenAddress | undefined
  readonly verbose: boolean
}

/** Heartbeats are so many times more frequent than what counts as silence. */
const heartbeatsPerSession = 10

/**
 * Runs a script until the command is interrupted: takes a state directory, looks whether it may join, answers questions,
 * processes. Throws what ends it, after everything that was processed before has been committed.
 */
export async function runApplication(
  context: CommandContext,
  settings: RunSettings,
  { script, application, stateBase }: { script: string; application: Application; stateBase: string },
): Promise<void> {
  const { env, io } = context
  // Not the one that gives up when the command is interrupted: the last commit takes its time.
  const cluster = openClusterWith(context, settings)
  boundHeapGrowth()
  let state: StateDirectory | undefined
  try {
    const { tasks } = await prepareTopics(cluster, application)
    state = takeStateDirectory(stateBase, application.name, env.random)
    const { process } = state
    const processing = settings.atLeastOnce ? 'at-least-once' : (application.options.processing ?? 'exactly-once')
    await checkGroup(cluster, application, { process, threads: settings.instances, processing })
    const { commitIntervalMs } = settings
    const run = new ApplicationRun({
      tasks,
      env,
      application,
      process,
      version: io.version ?? '',
      processing,
      commitIntervalMs,
    })
    const server = await serveApplication({ running: run, cluster, ...settings.listen })
    const directory = path.join(state.directory, 'tasks')
    const threads = makeThreads(context, settings, { script, application, cluster }, thread => ({
      process,
      thread,
      endpoint: server.endpoint,
      directory,
      processing,
      commitIntervalMs,
      stateBytesMax: Math.floor(settings.stateBytesMax / settings.instances),
      sessionTimeoutMs: settings.sessionTimeoutMs,
      heartbeatMs: settings.sessionTimeoutMs / heartbeatsPerSession,
    }))
    const stopShowing = showRun(context, run, { endpoint: server.endpoint, verbose: settings.verbose })
    context.signal.addEventListener('abort', () => run.stop(), { once: true })
    if (context.signal.aborted) return
    try {
      await run.run(threads)
    } finally {
      stopShowing()
      await server.close()
    }
  } finally {
    state?.release()
    cluster.close()
  }
}

/** One thread needs none of its own. */
function makeThreads(
  { env, io, output }: CommandContext,
  { instances, ...brokers }: RunSettings,
  { script, application, cluster }: { script: string; application: Application; cluster: Cluster },
  settingsOf: (thread: number) => ThreadSettings,
): readonly ThreadHandle[] {
  const onNotice = (text: string): void => output.note(text)
  if (instances === 1) {
    return [new LocalThread({ ...settingsOf(0), env, application, openCluster: () => cluster.sibling(), onNotice })]
  }
  const { brokers: addresses, property, profile } = brokers
  const connection: BrokerOptions = {
    ...(addresses && { brokers: addresses }),
    ...(property && { property }),
    ...(profile !== undefined && { profile }),
  }
  return Array.from(
    { length: instances },
    (_, thread) =>
      new WorkerThread(
        {
          script: path.resolve(script),
          settings: settingsOf(thread),
          brokers: connection,
          variables: { ...io.variables },
          directory: io.directory,
        },
        onNotice,
      ),
  )
}

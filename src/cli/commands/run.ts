import path from 'node:path'
import { parseDuration } from '../../client/time-expression.ts'
import { ApplicationRun } from '../../streams/runtime/application-run.ts'
import { LocalThread } from '../../streams/runtime/local-thread.ts'
import { prepareTopics } from '../../streams/runtime/prepare-topics.ts'
import { takeStateDirectory } from '../../streams/runtime/state-directory.ts'
import { serveApplication } from '../../streams/serving/application-server.ts'
import type { Application } from '../../streams/topology/application.ts'
import { type CommandContext, defineCommand } from '../command.ts'
import { listenAddress } from '../listen-address.ts'
import { type BrokerOptions, brokerOptions, openCluster, quietOption, wholeNumber } from '../options.ts'
import { stateBase } from '../run/state-base.ts'
import { loadScript } from '../script/load-script.ts'

interface RunOptions extends BrokerOptions {
  readonly instances?: number
  readonly state?: string
  readonly commitInterval?: number
  readonly atLeastOnce?: boolean
  readonly listen?: { readonly host: string; readonly port: number }
  readonly quiet?: boolean
}

const commitIntervalDefaultMs = 100
const stateBytesMax = 256 * 1024 * 1024

export const runCommand = defineCommand<RunOptions, [script: string]>({
  name: 'run',
  summary: 'run a stream-processing script',
  description: 'Runs until it is interrupted.',
  arguments: [
    { name: '<script>', help: 'a TypeScript or JavaScript file whose default export is what streams() gave' },
  ],
  options: [
    ...brokerOptions,
    {
      flags: '--instances <number>',
      help: 'threads that share the work (default: 1)',
      parse: wholeNumber('the number of instances', { min: 1, max: 64 }),
    },
    { flags: '--state <directory>', help: 'where state is kept (default: ~/.local/state/streamctl)' },
    {
      flags: '--commit-interval <duration>',
      help: 'how often to commit (default: 100ms)',
      parse: text => parseDuration(text),
    },
    { flags: '--at-least-once', help: 'without transactions: a crash may repeat what was done since the last commit' },
    {
      flags: '--listen <host:port>',
      help: 'where to answer questions (default: loopback, a free port)',
      parse: listenAddress,
    },
    quietOption,
  ],
  examples: [{ command: 'streamctl run page-views.ts', does: 'process until Ctrl-C' }],
  run: async (context, options, script) => {
    const application = await loadScript(script)
    await runApplication(context, options, application)
    return undefined
  },
})

async function runApplication(context: CommandContext, options: RunOptions, application: Application): Promise<void> {
  const { env, signal, output, io } = context
  const cluster = openCluster(context, options)
  const directory = takeStateDirectory(stateBase(options.state, io.variables), application.name, env.random)
  try {
    await prepareTopics(cluster, application)
    const processing = options.atLeastOnce ? 'at-least-once' : (application.options.processing ?? 'exactly-once')
    const commitIntervalMs = options.commitInterval ?? commitIntervalDefaultMs
    const { process } = directory
    const run = new ApplicationRun({
      env,
      application,
      process,
      version: io.version ?? '',
      processing,
      commitIntervalMs,
    })
    const server = await serveApplication({ running: run, ...options.listen })
    const threads = Array.from(
      { length: options.instances ?? 1 },
      (_, thread) =>
        new LocalThread({
          env,
          openCluster: () => cluster.sibling(),
          application,
          process,
          thread,
          endpoint: server.endpoint,
          directory: path.join(directory.directory, 'tasks'),
          processing,
          commitIntervalMs,
          stateBytesMax,
          sessionTimeoutMs: 15_000,
          heartbeatMs: 1_000,
          onNotice: text => output.note(text),
        }),
    )
    signal.addEventListener('abort', () => run.stop(), { once: true })
    if (!options.quiet) output.note(`${application.name} runs, answering at http://${server.endpoint}`)
    await run.run(threads)
    await server.close()
  } finally {
    directory.release()
    cluster.close()
  }
}

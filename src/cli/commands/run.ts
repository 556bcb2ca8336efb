import { OperatorError } from '../../base/errors.ts'
import { parseDuration } from '../../client/time-expression.ts'
import { yesOption } from '../admin/confirm.ts'
import { defineCommand } from '../command.ts'
import { type ListenAddress, listenAddress, requireLoopback } from '../listen-address.ts'
import { type BrokerOptions, brokerOptions, openCluster, quietOption, wholeNumber } from '../options.ts'
import { resetApplication } from '../run/reset-application.ts'
import { runApplication } from '../run/run-application.ts'
import { stateBase } from '../run/state-base.ts'
import { loadScript } from '../script/load-script.ts'

interface RunOptions extends BrokerOptions {
  readonly instances?: number
  readonly state?: string
  readonly commitInterval?: number
  readonly atLeastOnce?: boolean
  readonly memory?: number
  readonly sessionTimeout?: number
  readonly listen?: ListenAddress
  readonly allowAnonymous?: boolean
  readonly reset?: boolean
  readonly yes?: boolean
  readonly describe?: boolean
  readonly verbose?: boolean
  readonly quiet?: boolean
}

const commitIntervalMs = { exactlyOnce: 100, atLeastOnce: 1_000 } as const
const memoryMebibytes = 256
const sessionTimeoutMs = 15_000

export const runCommand = defineCommand<RunOptions, [script: string]>({
  name: 'run',
  summary: 'run a stream-processing script',
  description:
    'Runs until it is interrupted. Each record counts exactly once, also when the process is killed. To share the work, run ' +
    'the same command again, on this machine or another: instances are members of the consumer group that has the ' +
    "application's name. State is kept on disk and in changelog topics, and survives both a crash and a lost disk.\n\n" +
    'A script that has changed goes on where the old one was, as long as its state still means the same; where it does not, ' +
    'it is refused, with the store that has changed.',
  arguments: [{ name: '<script>', help: 'TypeScript or JavaScript whose default export is what streams() gave' }],
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
      help: 'how often to commit: results are seen by others then (default: 100ms; with --at-least-once 1s)',
      parse: text => parseDuration(text, 'the commit interval'),
    },
    { flags: '--at-least-once', help: 'without transactions: a crash may repeat what was done since the last commit' },
    {
      flags: '--memory <MiB>',
      help: `how much state may be in memory, of all instances together; one process takes some 300 more (default: ${memoryMebibytes})`,
      parse: wholeNumber('the memory for state', { min: 1 }),
    },
    {
      flags: '--session-timeout <duration>',
      help: 'after so much silence others take over (default: 15s)',
      parse: text => parseDuration(text, 'the session time-out'),
    },
    {
      flags: '--listen <host:port>',
      help: 'where to answer questions of streamctl query and metrics (default: loopback, any port)',
      parse: listenAddress,
    },
    { flags: '--allow-anonymous', help: 'answer beyond this machine although anybody can then read the state' },
    { flags: '--describe', help: 'print the topology and end' },
    { flags: '--reset', help: 'begin anew: forget state, offsets and internal topics; asks first' },
    yesOption,
    { flags: '--verbose', help: 'how it is doing, as a line of JSON on stderr every ten seconds' },
    quietOption,
  ],
  examples: [
    { command: 'streamctl run page-views.ts', does: 'process until Ctrl-C' },
    { command: 'streamctl run page-views.ts --instances 4 -b kafka-1:9092', does: 'four threads, against a cluster' },
    { command: 'streamctl run page-views.ts --describe', does: 'what would run' },
    { command: 'streamctl run page-views.ts --reset', does: 'compute everything again from the start' },
  ],
  async run(context, options, script) {
    const { output, io } = context
    if (options.quiet) output.quiet()
    const application = await loadScript(script)
    if (options.describe) {
      output.write(`${application.picture().trimEnd()}\n\n${application.describe().trimEnd()}\n`)
      return undefined
    }
    checkDurations(options)
    if (options.listen && !options.allowAnonymous) requireLoopback(options.listen)
    const base = stateBase(options.state, io.variables)
    if (options.reset) {
      const cluster = openCluster(context, options)
      try {
        const yes = options.yes ?? false
        if (!(await resetApplication(context, cluster, { application, stateBase: base, yes }))) return 1
      } finally {
        cluster.close()
      }
    }
    const interval = options.atLeastOnce ? commitIntervalMs.atLeastOnce : commitIntervalMs.exactlyOnce
    const settings = {
      ...options,
      instances: options.instances ?? 1,
      commitIntervalMs: options.commitInterval ?? interval,
      atLeastOnce: options.atLeastOnce ?? false,
      stateBytesMax: (options.memory ?? memoryMebibytes) * 1024 * 1024,
      sessionTimeoutMs: options.sessionTimeout ?? sessionTimeoutMs,
      listen: options.listen,
      verbose: options.verbose ?? false,
    }
    await runApplication(context, settings, { script, application, stateBase: base })
    return undefined
  },
})

function checkDurations({ commitInterval, sessionTimeout }: RunOptions): void {
  if (commitInterval !== undefined && (commitInterval < 1 || commitInterval > 20_000)) {
    throw new OperatorError('the commit interval must be from 1ms to 20s', {
      hint: 'transactions are aborted by the broker after 30 seconds',
    })
  }
  if (sessionTimeout !== undefined && sessionTimeout < 1_000) {
    throw new OperatorError('the session time-out must be at least 1s')
  }
}

import { ExitCode, OperatorError } from '../../base/errors.ts'
import type { Cluster } from '../../client/cluster.ts'
import { type CommandContext, type CommandSpec, defineCommand, type OptionSpec } from '../command.ts'
import { type BrokerOptions, brokerOptions, openCluster } from '../options.ts'
import { type CheckOutput, checkOutputs, renderCheck } from './check-output.ts'
import { exitCodeOf, type Finding, type Status, type Thresholds, worst } from './findings.ts'
import { parseThreshold, type Threshold } from './threshold.ts'

export interface CheckSession extends CommandContext {
  readonly cluster: Cluster
  readonly thresholds: Thresholds
}

interface CheckOptions extends BrokerOptions {
  readonly warn?: readonly Threshold[]
  readonly critical?: readonly Threshold[]
  readonly format?: CheckOutput
  readonly json?: boolean
}

/** Options of all checks for how they tell. */
export const checkFormatOptions: readonly OptionSpec[] = [
  {
    flags: '--format <format>',
    help: 'text; nagios: one line with perfdata; prometheus: text exposition, as for a textfile collector; json',
    choices: checkOutputs,
    default: 'text',
  },
  { flags: '--json', help: 'the same as --format json' },
]

const exitCodes =
  'Exit codes are those of monitoring plugins: 0 ok, 1 warning, 2 critical, 3 unknown; also for wrong usage (3) and for ' +
  'a cluster that cannot be reached.'

/** What a check is, besides what all checks have. */
interface CheckSpec<Options extends object, Arguments extends readonly unknown[]> {
  readonly name: string
  readonly summary: string
  readonly description: string
  readonly arguments?: CommandSpec['arguments']
  /** What --warn and --critical are about. */
  readonly thresholdHelp: string
  readonly options?: readonly OptionSpec[]
  readonly examples: CommandSpec['examples']
  /** Of a cluster that cannot be reached: `critical` where that is what was asked, else nothing was found out. */
  readonly whenUnreachable: Status
  readonly look: (session: CheckSession, options: Options, ...given: Arguments) => Promise<readonly Finding[]>
}

/** Defines a check that asks a cluster. */
export function defineCheck<Options extends object, Arguments extends readonly unknown[]>(
  spec: CheckSpec<Options, Arguments>,
): CommandSpec {
  return defineCommand<CheckOptions & Options, Arguments>({
    name: spec.name,
    summary: spec.summary,
    description: `${spec.description}\n\n${exitCodes}`,
    arguments: spec.arguments,
    options: [
      {
        flags: '-w, --warn <range>',
        help: `warning beyond this: ${spec.thresholdHelp}`,
        parse: parseThreshold,
        repeatable: true,
      },
      { flags: '-c, --critical <range>', help: 'critical beyond this', parse: parseThreshold, repeatable: true },
      ...(spec.options ?? []),
      ...brokerOptions,
      ...checkFormatOptions,
    ],
    examples: spec.examples,
    run: async (context, options, ...given) => {
      const thresholds = { warn: options.warn ?? [], critical: options.critical ?? [] }
      const cluster = openCluster(context, options)
      try {
        const findings = await found(spec, () => spec.look({ ...context, cluster, thresholds }, options, ...given))
        const format = options.json ? 'json' : (options.format ?? 'text')
        for (const line of renderCheck({ check: spec.name, findings }, format)) context.output.line(line)
        return exitCodeOf(worst(findings))
      } finally {
        cluster.close()
      }
    },
  })
}

/** A failure is a finding, too: whoever watches reads standard output. */
async function found(
  spec: { readonly whenUnreachable: Status },
  look: () => Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  try {
    return await look()
  } catch (error) {
    // Wrong usage is told on standard error, as everywhere.
    if (!(error instanceof OperatorError) || error.exitCode === ExitCode.usage) throw error
    return [failed(error, spec.whenUnreachable)]
  }
}

/** What could not be found out. */
export function failed(error: OperatorError, whenUnreachable: Status): Finding {
  const status = error.exitCode === ExitCode.unreachable ? whenUnreachable : 'unknown'
  return { status, text: error.message, metrics: [] }
}

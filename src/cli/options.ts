import type { Env } from '../base/env.ts'
import { OperatorError } from '../base/errors.ts'
import { type BrokerAddress, parseBrokerList } from '../client/address.ts'
import { Cluster } from '../client/cluster.ts'
import { parseDuration } from '../client/time-expression.ts'
import type { CommandContext, OptionSpec, ProgramIo } from './command.ts'
import { clientSettings } from './profile/client-settings.ts'
import { type PropertyEntry, type Resolution, resolveLayers } from './profile/layers.ts'
import { loadLayers, parseProperty } from './profile/load-layers.ts'

/** Options that all commands take which talk to brokers. */
export interface BrokerOptions {
  readonly brokers?: readonly BrokerAddress[]
  readonly property?: readonly (readonly PropertyEntry[])[]
  readonly profile?: string
}

/** Spread into the options of every command that talks to brokers; `openCluster` reads them. */
export const brokerOptions: readonly OptionSpec[] = [
  {
    flags: '-b, --brokers <host:port,...>',
    help: 'where to connect first (or STREAMCTL_BROKERS; default: 127.0.0.1:9092)',
    parse: parseBrokerList,
  },
  {
    flags: '-X, --property <name=value>',
    help: "a property by librdkafka's or Java's name, or @FILE with properties; may be repeated",
    parse: parseProperty,
    repeatable: true,
  },
  {
    flags: '--profile <name>',
    help: 'connect as this profile says (or STREAMCTL_PROFILE)',
    completes: 'profiles',
  },
]

export const jsonOption: OptionSpec = { flags: '--json', help: 'one JSON object a line' }
export const quietOption: OptionSpec = { flags: '-q, --quiet', help: 'no remarks on stderr' }

/**
 * A client for the cluster of a command line: flags, -X, environment, project file, profile, in this order. Close it when
 * the command ends. Throws `OperatorError` for properties, files and secrets that cannot be used.
 */
export function openCluster(context: CommandContext, options: BrokerOptions): Cluster {
  const { env, signal, io, output } = context
  const properties = connectionProperties(context, options)
  for (const { name, source, reason, isForCommands } of properties.ignored) {
    if (isForCommands && source === '-X') output.note(`-X ${name} has no effect: ${reason}`)
  }
  return new Cluster({ env, signal, ...clientSettings(properties, io) })
}

/** As `openCluster`, for what goes on after the command line was interrupted, and for other threads: they have no context. */
export function openClusterWith(
  { env, io }: { readonly env: Env; readonly io: Pick<ProgramIo, 'variables' | 'directory'> },
  options: BrokerOptions,
): Cluster {
  return new Cluster({ env, ...clientSettings(resolveLayers(loadLayers(options, io)), io) })
}

/** Every property with its source, as `openCluster` takes them. */
export function connectionProperties({ io }: Pick<CommandContext, 'io'>, options: BrokerOptions): Resolution {
  return resolveLayers(loadLayers(options, io))
}

/** Reads a whole number within bounds. */
export function wholeNumber(name: string, { min, max = Number.MAX_SAFE_INTEGER }: { min: number; max?: number }) {
  return (text: string): number => {
    const number = Number(text)
    if (!/^-?\d+$/.test(text) || number < min || number > max) {
      const bounds = max === Number.MAX_SAFE_INTEGER ? `from ${min}` : `from ${min} to ${max}`
      throw new OperatorError(`${name} must be a whole number ${bounds}, not '${text}'`)
    }
    return number
  }
}

/** The longest time-out, in seconds. */
const timeoutMax = 86_400

/** Reads a time-out: seconds, or with units as other durations (`90s`, `1m30s`). In seconds. */
export function timeoutSeconds(text: string): number {
  if (/^-?\d+$/.test(text)) return wholeNumber('the time-out', { min: 1, max: timeoutMax })(text)
  const seconds = parseDuration(text, 'the time-out') / 1000
  if (seconds === 0 || seconds > timeoutMax) {
    throw new OperatorError(`the time-out must be more than nothing and no more than a day, not '${text}'`)
  }
  return seconds
}

/** Reads `name=value`; the value may hold more equals signs. */
export function nameAndValue(what: string) {
  return (text: string): readonly [name: string, value: string] => {
    const at = text.indexOf('=')
    if (at <= 0) throw new OperatorError(`${what} must be name=value, not '${text}'`)
    return [text.slice(0, at), text.slice(at + 1)]
  }
}

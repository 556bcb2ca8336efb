import { OperatorError } from '../base/errors.ts'
import { type BrokerAddress, parseBrokerList } from '../client/address.ts'
import { Cluster } from '../client/cluster.ts'
import type { CommandContext, OptionSpec } from './command.ts'

/** Options that all commands take which talk to brokers. */
export interface BrokerOptions {
  readonly brokers: readonly BrokerAddress[]
}

/** Spread into the options of every command that talks to brokers; `openCluster` reads them. */
export const brokerOptions: readonly OptionSpec[] = [
  {
    flags: '-b, --brokers <host:port,...>',
    help: 'where to connect first',
    parse: parseBrokerList,
    default: parseBrokerList('127.0.0.1:9092'),
    defaultText: '127.0.0.1:9092',
    variable: 'STREAMCTL_BROKERS',
  },
]

export const jsonOption: OptionSpec = { flags: '--json', help: 'one JSON object a line' }
export const quietOption: OptionSpec = { flags: '-q, --quiet', help: 'no remarks on stderr' }

/** A client for the brokers of a command line. Close it when the command ends. */
export function openCluster({ env, signal }: CommandContext, { brokers }: BrokerOptions): Cluster {
  return new Cluster({ env, brokers, signal })
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

/** Reads `name=value`; the value may hold more equals signs. */
export function nameAndValue(what: string) {
  return (text: string): readonly [name: string, value: string] => {
    const at = text.indexOf('=')
    if (at <= 0) throw new OperatorError(`${what} must be name=value, not '${text}'`)
    return [text.slice(0, at), text.slice(at + 1)]
  }
}

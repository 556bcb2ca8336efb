import { parseBrokerList } from '../../client/address.ts'
import type { Cluster } from '../../client/cluster.ts'
import type { CommandContext } from '../command.ts'
import { type BrokerOptions, openCluster } from '../options.ts'

/**
 * The cluster that `--from` or `--to` names: `host:port,…`, or a profile. Without a name, the one that all other options
 * and profiles choose. Throws `OperatorError`.
 */
export function openNamed(context: CommandContext, name: string | undefined, options: BrokerOptions): Cluster {
  if (name === undefined) return openCluster(context, options)
  if (!/[:,]/.test(name)) return openCluster(context, { profile: name })
  const brokers = parseBrokerList(name)
  return openCluster(context, { ...options, brokers })
}

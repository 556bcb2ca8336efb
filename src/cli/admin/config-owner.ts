import { OperatorError } from '../../base/errors.ts'
import type { Cluster } from '../../client/cluster.ts'
import { type ConfigKind, type ConfigOwner, configKinds, ownersOf } from '../../client/config-admin.ts'
import { matchingNames } from './names.ts'
import { chosenTopics } from './topics.ts'

/** What the commands take as the first two arguments. */
export const ownerArguments = {
  kind: { name: '<kind>', help: Object.keys(configKinds).join(', '), completes: Object.keys(configKinds) },
  name: 'its name: a topic, a group, the number of a broker; `default` stands for what all brokers share',
} as const

/** Reads kind and name of what has settings. Throws `OperatorError`. */
export function parseOwner(kind: string, name: string): ConfigOwner {
  const known = parseKind(kind)
  if (known !== 'broker' && known !== 'broker-logger') return { kind: known, name }
  if (known === 'broker' && name === 'default') return { kind: known, name: '' }
  if (!/^\d+$/.test(name)) {
    throw new OperatorError(`'${name}' is no broker`, {
      hint: 'give its number, or default for what all of them share; streamctl cluster describe shows them',
    })
  }
  return { kind: known, name }
}

/** What is to be described: one thing, all brokers if no broker is named, or what a pattern chooses. Throws `OperatorError`. */
export async function chosenOwners(
  cluster: Cluster,
  kind: string,
  name: string | undefined,
  regex: boolean | undefined,
): Promise<readonly ConfigOwner[]> {
  const known = parseKind(kind)
  if (name === undefined) {
    if (known === 'broker' || known === 'broker-logger') return brokersOf(cluster, known)
    throw new OperatorError(`which ${known}?`, { hint: `streamctl config describe ${known} NAME; -r takes a pattern` })
  }
  if (!regex) return [parseOwner(kind, name)]
  if (known === 'topic') return (await chosenTopics(cluster, [name], true)).map(topic => ({ kind: known, name: topic }))
  const owners =
    known === 'group' || known === 'client-metrics'
      ? await ownersOf(cluster, known)
      : (await brokersOf(cluster, known)).map(owner => owner.name)
  return matchingNames(owners, [name]).map(owner => ({ kind: known, name: owner }))
}

async function brokersOf(cluster: Cluster, kind: 'broker' | 'broker-logger'): Promise<readonly ConfigOwner[]> {
  const { brokers } = await cluster.metadata([])
  return [...brokers.keys()].toSorted((a, b) => a - b).map(broker => ({ kind, name: String(broker) }))
}

function parseKind(kind: string): ConfigKind {
  const known = Object.keys(configKinds).find(name => name === kind || `${name}s` === kind)
  if (!known) {
    throw new OperatorError(`'${kind}' has no settings`, { hint: `one of ${Object.keys(configKinds).join(', ')}` })
  }
  return known as ConfigKind
}

import { OperatorError } from '../../base/errors.ts'
import type { Cluster } from '../../client/cluster.ts'
import { type ConfigOwner, configKinds, describeSettings, ownersOf } from '../../client/config-admin.ts'
import { listGroups } from '../../client/group-admin.ts'
import { listTransactions } from '../../client/txn-admin.ts'
import { parseOwner } from '../admin/config-owner.ts'
import { allTopics } from '../admin/topics.ts'
import type { CommandContext, OptionSpec } from '../command.ts'
import { type BrokerOptions, brokerOptions, openCluster } from '../options.ts'
import type { Candidate, Completion } from './words.ts'
import { flagsOf } from './words.ts'

/** Nobody waits longer for a list of names; the shell shows nothing then. */
const lookupLimitMs = 1_500

/** What a cluster has to offer for the word that is to be completed; nothing if it cannot be asked in time. */
export async function lookUp(context: CommandContext, completion: Completion): Promise<readonly Candidate[]> {
  const { promise: late, resolve } = Promise.withResolvers<readonly Candidate[]>()
  const timer = context.env.clock.after(lookupLimitMs, () => resolve([]))
  let cluster: Cluster | undefined
  try {
    cluster = openCluster(context, readOptions(completion.options, context.io.variables) as unknown as BrokerOptions)
    return await Promise.race([candidates(cluster, completion), late])
  } catch (error) {
    // Nothing may be said in the middle of a line that somebody types.
    if (error instanceof OperatorError) return []
    throw error
  } finally {
    timer.cancel()
    cluster?.close()
  }
}

async function candidates(cluster: Cluster, completion: Completion): Promise<readonly Candidate[]> {
  switch (completion.completes) {
    case 'topics':
      return (await allTopics(cluster))
        .filter(({ isInternal, name }) => !isInternal || completion.current.startsWith(name.slice(0, 2)))
        .map(({ name, partitions }) => ({
          word: name,
          about: `${partitions.length} ${partitions.length === 1 ? 'partition' : 'partitions'}`,
        }))
    case 'groups':
      return (await listGroups(cluster)).map(({ group, state }) => ({ word: group, about: state }))
    case 'transactions':
      return (await listTransactions(cluster)).map(({ transactionalId, state }) => ({
        word: transactionalId,
        about: state,
      }))
    case 'topic settings':
    case 'topic setting names':
      return settingsOf(cluster, await anyTopic(cluster, completion.given[0]))
    case 'owners':
      return ownerNames(cluster, completion.given[0] ?? '')
    case 'owner settings': {
      const [kind = '', name = ''] = completion.given
      return settingsOf(cluster, parseOwner(kind, name))
    }
    default:
      return []
  }
}

/** A topic that is being created has the settings of any other. */
async function anyTopic(cluster: Cluster, name: string | undefined): Promise<ConfigOwner> {
  const topics = await allTopics(cluster)
  const topic = topics.find(other => other.name === name) ?? topics[0]
  return { kind: 'topic', name: topic?.name ?? '' }
}

async function settingsOf(cluster: Cluster, owner: ConfigOwner): Promise<readonly Candidate[]> {
  // What all brokers share lists only what has been set: any broker knows all the names.
  const first =
    owner.kind === 'broker' && owner.name === '' ? [...(await cluster.metadata([])).brokers.keys()][0] : undefined
  const asked = first === undefined ? owner : { ...owner, name: String(first) }
  const settings = await describeSettings(cluster, asked)
  return settings.filter(({ isReadOnly }) => !isReadOnly).map(({ name, value }) => ({ word: name, about: value ?? '' }))
}

async function ownerNames(cluster: Cluster, kind: string): Promise<readonly Candidate[]> {
  if (kind === 'topic') return (await allTopics(cluster)).map(({ name }) => ({ word: name }))
  if (kind === 'group') return (await listGroups(cluster)).map(({ group }) => ({ word: group }))
  if (kind === 'broker' || kind === 'broker-logger') {
    const { brokers } = await cluster.metadata([])
    const numbers = [...brokers.keys()].map(broker => ({ word: String(broker) }))
    return kind === 'broker' ? [...numbers, { word: 'default', about: 'what all brokers share' }] : numbers
  }
  return kind in configKinds ? (await ownersOf(cluster, 'client-metrics')).map(word => ({ word })) : []
}

/** Options for brokers as the command line has them so far, else from the environment, else their defaults. */
function readOptions(
  given: Completion['options'],
  variables: CommandContext['io']['variables'],
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    brokerOptions.flatMap(option => {
      const texts = given.get(option) ?? textsOf(option, variables)
      const values = texts.map(text => (option.parse ? option.parse(text) : text))
      const value = option.repeatable ? (values.length > 0 ? values : undefined) : values.at(-1)
      return value === undefined && option.default === undefined ? [] : [[attributeOf(option), value ?? option.default]]
    }),
  )
}

function textsOf({ variable }: OptionSpec, variables: CommandContext['io']['variables']): readonly string[] {
  const text = variable === undefined ? undefined : variables[variable]
  return text ? [text] : []
}

/** `--brokers` is the option `brokers`, `--client-id` `clientId`, as commander names them. */
function attributeOf(option: OptionSpec): string {
  const { long, short } = flagsOf(option)
  const name = (long ?? short ?? '').replace(/^--?/, '')
  return name.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase())
}

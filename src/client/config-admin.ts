import { ErrorCode } from '../protocol/errors.ts'
import { describeConfigsApi } from '../protocol/messages/describe-configs.ts'
import { incrementalAlterConfigsApi } from '../protocol/messages/incremental-alter-configs.ts'
import { listConfigResourcesApi } from '../protocol/messages/list-config-resources.ts'
import type { Cluster, Target } from './cluster.ts'
import { checkCode, RequestError } from './failures.ts'

/** Kinds of things that have settings, with Kafka's numbers (ConfigResource.Type). */
export const configKinds = {
  topic: 2,
  broker: 4,
  'broker-logger': 8,
  'client-metrics': 16,
  group: 32,
} as const

export type ConfigKind = keyof typeof configKinds

/** What has settings. A broker's name is its node id; an empty one stands for the values that all brokers share. */
export interface ConfigOwner {
  readonly kind: ConfigKind
  readonly name: string
}

/** Where a value comes from (Kafka's ConfigSource, 1-8, in words). */
const sources = [
  'unknown',
  'topic',
  'broker',
  'cluster',
  'file',
  'default',
  'broker-logger',
  'client-metrics',
  'group',
] as const

export type ConfigSource = (typeof sources)[number]

const types = ['unknown', 'boolean', 'string', 'int', 'short', 'long', 'double', 'list', 'class', 'password'] as const

export interface Setting {
  readonly name: string
  /** null: a secret, or not set. */
  readonly value: string | null
  readonly source: ConfigSource
  readonly isSensitive: boolean
  readonly isReadOnly: boolean
  readonly type: (typeof types)[number]
  /** All places that have a value for it, the one that counts first. */
  readonly synonyms: readonly { readonly name: string; readonly value: string | null; readonly source: ConfigSource }[]
  readonly documentation: string | null
}

/** Settings of one thing, sorted by name; only the named ones, if any are named. Throws `RequestError`. */
export async function describeSettings(
  cluster: Cluster,
  owner: ConfigOwner,
  options: { readonly names?: readonly string[]; readonly withDocumentation?: boolean } = {},
): Promise<readonly Setting[]> {
  const { names = [], withDocumentation = false } = options
  const answer = await cluster.askPersistently(await targetOf(cluster, owner, 'any'), describeConfigsApi, {
    resources: [
      {
        resourceType: configKinds[owner.kind],
        resourceName: owner.name,
        configurationKeys: names.length > 0 ? [...names] : null,
      },
    ],
    includeSynonyms: true,
    includeDocumentation: withDocumentation,
  })
  const [result] = answer.results
  if (!result) return []
  checkCode(result.errorCode, ownerText(owner), result.errorMessage)
  return result.configs
    .map(config => ({
      name: config.name,
      value: config.isSensitive ? null : config.value,
      // Version 0 only tells whether it is the default.
      source: config.configSource < 0 && config.isDefault ? 'default' : sourceOf(config.configSource),
      isSensitive: config.isSensitive,
      isReadOnly: config.readOnly,
      type: types[config.configType] ?? 'unknown',
      synonyms: (config.synonyms ?? []).map(({ name, value, source }) => ({ name, value, source: sourceOf(source) })),
      documentation: config.documentation,
    }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

const operations = { set: 0, unset: 1, append: 2, subtract: 3 } as const

/** A change of one setting: `append` and `subtract` are for values that are lists. */
export interface SettingChange {
  readonly name: string
  readonly operation: keyof typeof operations
  /** null for `unset`. */
  readonly value: string | null
}

/** Changes settings of one thing, all or none (KIP-339). `dryRun` only asks whether they would be taken. Throws `RequestError`. */
export async function alterSettings(
  cluster: Cluster,
  owner: ConfigOwner,
  changes: readonly SettingChange[],
  { dryRun = false }: { readonly dryRun?: boolean } = {},
): Promise<void> {
  const answer = await cluster.askPersistently(
    await targetOf(cluster, owner, 'controller'),
    incrementalAlterConfigsApi,
    {
      resources: [
        {
          resourceType: configKinds[owner.kind],
          resourceName: owner.name,
          configs: changes.map(({ name, operation, value }) => ({
            name,
            configOperation: operations[operation],
            value,
          })),
        },
      ],
      validateOnly: dryRun,
    },
  )
  for (const { errorCode, errorMessage } of answer.responses) checkCode(errorCode, ownerText(owner), errorMessage)
}

/** Names of the groups or client metrics that have settings (KIP-1142). Throws `RequestError`. */
export async function ownersOf(cluster: Cluster, kind: ConfigKind): Promise<readonly string[]> {
  const connection = await cluster.connection('any')
  // KIP-1142: version 0 knows client metrics only, and would answer with those.
  if (kind !== 'client-metrics' && connection.versionOf(listConfigResourcesApi) < 1) {
    throw new RequestError(ErrorCode.unsupportedVersion, `${kind} settings`, 'the broker cannot list what has settings')
  }
  const answer = await cluster.askPersistently('any', listConfigResourcesApi, { resourceTypes: [configKinds[kind]] })
  checkCode(answer.errorCode, `${kind} settings`)
  return answer.configResources.map(({ resourceName }) => resourceName).toSorted()
}

/** The owner as people say it: `topic 'web'`. */
export function ownerText({ kind, name }: ConfigOwner): string {
  return kind === 'broker' && name === '' ? 'all brokers' : `${kind} '${name}'`
}

/** Each broker answers for itself. */
async function targetOf(cluster: Cluster, { kind, name }: ConfigOwner, otherwise: Target): Promise<Target> {
  const nodeId = Number(name)
  if ((kind !== 'broker' && kind !== 'broker-logger') || name === '' || !Number.isInteger(nodeId)) return otherwise
  const { brokers } = await cluster.metadata([])
  return brokers.has(nodeId) ? nodeId : otherwise
}

function sourceOf(number: number): ConfigSource {
  return sources[number] ?? 'unknown'
}

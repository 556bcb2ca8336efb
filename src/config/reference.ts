import { type BrokerSettingName, brokerSettings } from './broker-settings.ts'
import { clientMetricsSettings } from './client-metrics.ts'
import { ConfigSource, type Configuration, type Overrides, type SourcedText } from './configuration.ts'
import { groupSettings } from './group-settings.ts'
import { ConfigType, type Setting } from './kinds.ts'
import { type Fact, type NodeFacts, nodeFacts } from './node-facts.ts'
import { variableOf } from './resolve.ts'
import { topicSettings } from './topic-settings.ts'

/** A row of DescribeConfigs, with the field names of its response. */
export interface ConfigEntry {
  readonly name: string
  /** null if it has none, or is secret. */
  readonly value: string | null
  readonly readOnly: boolean
  /** One of `ConfigSource`. */
  readonly configSource: number
  readonly isSensitive: boolean
  /** Where the value could have come from, strongest first. */
  readonly synonyms: readonly { readonly name: string; readonly value: string | null; readonly source: number }[]
  /** One of `ConfigType`. */
  readonly configType: number
  readonly documentation: string
}

/** Every setting of a topic with these overrides. */
export function describeTopic(configuration: Configuration, overrides: Overrides): ConfigEntry[] {
  const settings = configuration.topicSettings(overrides) as Readonly<Record<string, unknown>>
  return Object.entries(topicSettings).map(([name, setting]: [string, Setting<unknown>]) => {
    const sources = configuration.topicSources(name, overrides)
    // The text of another unit (hours) is not the value of this one.
    const value = sources[0]?.name === name ? sources[0].text : setting.kind.format(settings[name])
    const own = sources.slice(0, overrides.has(name) ? 1 : 0)
    return entry(name, setting, value, [...own, ...shown(sources.slice(own.length), setting.brokerName)], false)
  })
}

/** Every setting of the node, and what it is, as Kafka's brokers tell it. */
export function describeBroker(configuration: Configuration, facts: NodeFacts): ConfigEntry[] {
  return [
    ...Object.entries(brokerSettings).map(([name, setting]) => brokerEntry(name, setting, configuration)),
    ...Object.entries(nodeFacts).map(([name, fact]) => factEntry(name, fact, facts)),
  ]
}

function brokerEntry(name: string, setting: Setting<unknown>, configuration: Configuration): ConfigEntry {
  const sources = configuration.brokerSources(name)
  // As in Kafka, a setting that follows from the one in larger units has no value of its own.
  const value = sources[0]?.name === name ? sources[0].text : null
  return entry(name, setting, value, shown(sources, name), !setting.dynamic)
}

function factEntry(name: string, fact: Fact, facts: NodeFacts): ConfigEntry {
  const value = fact.value(facts)
  const source = fact.setBy === undefined ? ConfigSource.default : ConfigSource.staticBroker
  return {
    name,
    value,
    readOnly: true,
    configSource: source,
    isSensitive: false,
    synonyms: [{ name, value, source }],
    configType: fact.type,
    documentation: fact.doc,
  }
}

/** Only what was set for all nodes: what Kafka answers for the broker without a name. */
export function describeBrokerDefault(configuration: Configuration): ConfigEntry[] {
  return Array.from(configuration.brokerOverrides('default'), ([name, text]) => {
    const source = { name, text, source: ConfigSource.dynamicDefaultBroker }
    return entry(name, brokerSettings[name as BrokerSettingName], text, [source], false)
  })
}

/**
 * Every setting of a group. As in Kafka, what it does not set counts as a default, also where the operator set that of
 * the broker.
 */
export function describeGroup(configuration: Configuration, groupId: string): ConfigEntry[] {
  const overrides = configuration.groups.get(groupId)
  const values = configuration.groupSettings(overrides) as Readonly<Record<string, unknown>>
  return Object.entries(groupSettings).map(([name, setting]: [string, Setting<unknown>]) => {
    const text = overrides.get(name)
    const value = text ?? setting.kind.format(values[name]) ?? ''
    const source = text === undefined ? ConfigSource.default : ConfigSource.group
    return entry(name, setting, value, [{ name, text: value, source }], false)
  })
}

/** Every setting of a subscription to the metrics of clients. */
export function describeClientMetrics(configuration: Configuration, subscription: string): ConfigEntry[] {
  const overrides = configuration.clientMetrics.get(subscription)
  return Object.entries(clientMetricsSettings).map(([name, setting]: [string, Setting<unknown>]) => {
    const text = overrides.get(name)
    const sources = text === undefined ? [] : [{ name, text, source: ConfigSource.clientMetrics }]
    return entry(name, setting, text ?? setting.kind.format(setting.default), sources, false)
  })
}

/**
 * Seen at Kafka 4.2: the same setting in larger units (`log.retention.hours`) is named only behind a text under the
 * broker setting's own name. Where there is none, the value is called a default, though the operator may have set the hours.
 */
function shown(sources: readonly SourcedText[], ownName: string | undefined): readonly SourcedText[] {
  const first = sources.findIndex(({ name }) => name === ownName)
  return first < 0 ? [] : sources.slice(first)
}

function entry(
  name: string,
  setting: Setting<unknown>,
  value: string | null,
  sources: readonly SourcedText[],
  readOnly: boolean,
): ConfigEntry {
  const isSensitive = setting.kind.type === ConfigType.password
  return {
    name,
    value: isSensitive ? null : value,
    readOnly,
    configSource: sources[0]?.source ?? ConfigSource.default,
    isSensitive,
    synonyms: sources.map(({ name: from, text, source }) => ({ name: from, value: isSensitive ? null : text, source })),
    configType: setting.kind.type,
    documentation: setting.doc,
  }
}

/** The README's tables of all settings: of the node, topics, groups, client metrics; what has no effect at the end of each. */
export function markdownRows(): string {
  const ofNode = rowsOf(
    brokerSettings,
    (name, setting) => `\`${variableOf(name)}\`${setting.dynamic ? ', dynamic' : ''}`,
  )
  const fallback = (_: string, { brokerName }: Setting<unknown>): string => (brokerName ? `\`${brokerName}\`` : '')
  return [
    '| setting | default | takes | set by | what it does |',
    '|---|---|---|---|---|',
    ...ofNode,
    '',
    '| topic setting | default | takes | where not set | what it does |',
    '|---|---|---|---|---|',
    ...rowsOf(topicSettings, fallback),
    '',
    '| group setting | default | takes | where not set | what it does |',
    '|---|---|---|---|---|',
    ...rowsOf(groupSettings, fallback),
    '',
    '| setting of `client-metrics` | default | takes | where not set | what it does |',
    '|---|---|---|---|---|',
    ...rowsOf(clientMetricsSettings, fallback),
  ].join('\n')
}

function rowsOf(
  settings: Readonly<Record<string, Setting<unknown>>>,
  column: (name: string, setting: Setting<unknown>) => string,
): string[] {
  return Object.entries(settings)
    .sort(([a, one], [b, other]) => rank(one) - rank(other) || (a < b ? -1 : 1))
    .map(([name, setting]) => {
      const cells = [`\`${name}\``, defaultCell(setting), setting.kind.accepts, column(name, setting), setting.doc]
      return `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`
    })
}

/** Important ones first, those without effect last. */
function rank({ importance = 'medium', compatibility }: Setting<unknown>): number {
  return compatibility ? 3 : ['high', 'medium', 'low'].indexOf(importance)
}

function defaultCell({ kind, default: value }: Setting<unknown>): string {
  const text = kind.format(value)
  return text === null || text === '' ? '' : `\`${text}\``
}

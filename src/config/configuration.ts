import { type Alteration, altered, checkValue, settingNamed } from './alteration.ts'
import { type BrokerSettingName, type BrokerSettings, brokerSettings, connectionsFault } from './broker-settings.ts'
import { checkClientMetrics, clientMetricsSettings } from './client-metrics.ts'
import { type GroupOwnSettings, groupFault, groupSettings } from './group-settings.ts'
import { InvalidSetting, type Setting, unlimited } from './kinds.ts'
import { NamedOverrides } from './named-overrides.ts'
import { nodeFacts } from './node-facts.ts'
import type { ConfigSnapshot } from './resolve.ts'
import { type TopicSettings, topicSettings } from './topic-settings.ts'

export type { BrokerSettings } from './broker-settings.ts'
export type { TopicSettings } from './topic-settings.ts'

/** Whose dynamic settings of the broker: those of this node, or the default of all nodes, which yields to them. */
export type BrokerTarget = 'node' | 'default'

export type Overrides = ReadonlyMap<string, string>

/** Where a setting's text comes from, strongest first. The numbers are those of DescribeConfigs. */
export const ConfigSource = {
  dynamicTopic: 1,
  dynamicBroker: 2,
  dynamicDefaultBroker: 3,
  staticBroker: 4,
  default: 5,
  clientMetrics: 7,
  group: 8,
} as const

/** A text that a setting could take its value from. */
export interface SourcedText {
  readonly name: string
  readonly text: string
  readonly source: number
}

/**
 * What holds on this node: the defaults, what the operator set before the start, and what clients changed since.
 * It keeps no topic's overrides: those live with the topic, and `topicSettings` works out what follows from them.
 */
export class Configuration {
  /** The node's settings as they hold now, under Kafka's names. The same object for ever; dynamic ones change in it. */
  readonly broker: BrokerSettings
  /** What groups were given, by group id, checked. The groups need not exist. */
  readonly groups = new NamedOverrides()
  /** Subscriptions to the metrics of clients, by name, checked. */
  readonly clientMetrics = new NamedOverrides()
  readonly #broker: Record<string, unknown>
  readonly #static: ConfigSnapshot
  readonly #dynamic: Record<BrokerTarget, Map<string, string>> = { node: new Map(), default: new Map() }
  readonly #listeners = new Set<() => void>()
  #topicDefaults: TopicSettings

  constructor(snapshot: ConfigSnapshot = new Map()) {
    this.#static = snapshot
    this.#broker = this.#effectiveBroker()
    this.broker = this.#broker as unknown as BrokerSettings
    this.#topicDefaults = this.#effectiveTopic(new Map())
  }

  /** The settings of a topic with these overrides. Unknown ones, and values of a later version, are passed over. */
  topicSettings(overrides: Overrides): TopicSettings {
    return overrides.size === 0 ? this.#topicDefaults : this.#effectiveTopic(overrides)
  }

  /** Throws `InvalidSetting` unless a topic can have exactly these overrides. */
  checkTopicOverrides(overrides: Overrides): void {
    for (const [name, text] of overrides) checkValue(name, settingNamed(topicSettings, name, 'topic'), text)
    const settings = this.#effectiveTopic(overrides)
    if (settings['min.compaction.lag.ms'] > settings['max.compaction.lag.ms']) {
      throw new InvalidSetting('min.compaction.lag.ms is above max.compaction.lag.ms')
    }
  }

  /** A topic's overrides after the alterations, checked. Changes nothing. Throws `InvalidSetting`. */
  alteredTopic(overrides: Overrides, alterations: readonly Alteration[]): Overrides {
    const effective = (name: string): string | null => this.topicSources(name, overrides)[0]?.text ?? null
    const result = altered(topicSettings, 'topic', overrides, alterations, effective)
    this.checkTopicOverrides(result)
    return result
  }

  /** The node's dynamic settings after the alterations, checked. Changes nothing. Throws `InvalidSetting`. */
  alteredBroker(target: BrokerTarget, alterations: readonly Alteration[]): Overrides {
    for (const { name, operation } of alterations) if (operation !== 'delete') checkIsNoFact(name)
    const effective = (name: string): string | null => this.brokerSources(name)[0]?.text ?? null
    const result = altered(brokerSettings, 'broker', this.#dynamic[target], alterations, effective)
    this.checkBrokerOverrides(target, result)
    return result
  }

  /** Throws `InvalidSetting` unless the node can have exactly these dynamic settings. */
  checkBrokerOverrides(target: BrokerTarget, overrides: Overrides): void {
    for (const [name, text] of overrides) {
      checkIsNoFact(name)
      const setting = settingNamed(brokerSettings, name, 'broker')
      checkValue(name, setting, text)
      if (setting.dynamic || this.#dynamic[target].get(name) === text) continue
      throw new InvalidSetting(`'${name}' can only be set before the node starts`, 'request')
    }
    const fault = connectionsFault(this.#brokerWith(target, overrides))
    if (fault !== undefined) throw new InvalidSetting(fault, 'request')
  }

  /** A group's own settings after the alterations, checked. Changes nothing. Throws `InvalidSetting`. */
  alteredGroup(groupId: string, alterations: readonly Alteration[]): Overrides {
    const result = altered(groupSettings, 'group', this.groups.get(groupId), alterations, () => null)
    this.checkGroupOverrides(result)
    return result
  }

  /** Throws `InvalidSetting` unless a group can have exactly these settings of its own. */
  checkGroupOverrides(overrides: Overrides): void {
    for (const [name, text] of overrides) checkValue(name, settingNamed(groupSettings, name, 'group'), text)
    const fault = groupFault(this.groupSettings(overrides), this.broker)
    if (fault !== undefined) throw new InvalidSetting(fault)
  }

  /** The settings of a group with these of its own. Unknown ones, and values of a later version, are passed over. */
  groupSettings(overrides: Overrides): GroupOwnSettings {
    return this.#effective(groupSettings, overrides) as unknown as GroupOwnSettings
  }

  /** The settings of a subscription to metrics after the alterations, checked. Changes nothing. Throws `InvalidSetting`. */
  alteredClientMetrics(name: string, alterations: readonly Alteration[]): Overrides {
    const unknown = alterations.find(
      one => one.operation !== 'delete' && !Object.hasOwn(clientMetricsSettings, one.name),
    )
    if (unknown) throw new InvalidSetting(`there is no setting '${unknown.name}' of client metrics`, 'request')
    const before = this.clientMetrics.get(name)
    const result = altered(clientMetricsSettings, 'client metrics', before, alterations, () => null)
    checkClientMetrics(result)
    return result
  }

  /** The dynamic settings that were set for the node, or for all nodes. */
  brokerOverrides(target: BrokerTarget): Overrides {
    return this.#dynamic[target]
  }

  /**
   * Makes `overrides` (checked) the dynamic settings of the node. They hold at once; `onChange` is told. Returns what to
   * store, for `restore` at the next start: text for each name that changed, null where it was removed.
   */
  setBrokerOverrides(target: BrokerTarget, overrides: Overrides): Readonly<Record<string, string | null>> {
    const before = this.#dynamic[target]
    const changes: Record<string, string | null> = {}
    for (const name of before.keys()) if (!overrides.has(name)) changes[storedName(target, name)] = null
    for (const [name, text] of overrides) {
      if (before.get(name) !== text) changes[storedName(target, name)] = text
    }
    this.#dynamic[target] = new Map(overrides)
    this.#refresh()
    return changes
  }

  /**
   * Takes over the dynamic settings that were stored before the last stop. Returns the names that this version does not
   * know or take: they are passed over.
   */
  restore(stored: Readonly<Record<string, string>>): readonly string[] {
    const refused: string[] = []
    for (const [key, text] of Object.entries(stored)) {
      const target: BrokerTarget = key.startsWith(defaultPrefix) ? 'default' : 'node'
      const name = target === 'default' ? key.slice(defaultPrefix.length) : key
      if (isTaken(brokerSettings, name, text)) this.#dynamic[target].set(name, text)
      else refused.push(name)
    }
    this.#refresh()
    return connectionsFault(this.broker) === undefined ? refused : [...refused, ...this.#forgetConnectionLimits()]
  }

  /** Nobody could connect to mend the limits: they are as the node was started with. Returns those that were set. */
  #forgetConnectionLimits(): readonly string[] {
    const limits = ['max.connections', 'max.connections.per.ip', 'max.connections.per.ip.overrides']
    const wereSet = Object.values(this.#dynamic).flatMap(overrides => limits.filter(name => overrides.delete(name)))
    this.#refresh()
    return wereSet
  }

  /** Takes over what groups and subscriptions to metrics were given before the last stop, as `restore`. */
  restoreNamed(stored: {
    readonly groups: ReadonlyMap<string, Readonly<Record<string, string>>>
    readonly clientMetrics: ReadonlyMap<string, Readonly<Record<string, string>>>
  }): readonly string[] {
    return [
      ...this.groups.restore(stored.groups, (name, text) => isTaken(groupSettings, name, text)),
      ...this.clientMetrics.restore(stored.clientMetrics, (name, text) => isTaken(clientMetricsSettings, name, text)),
    ]
  }

  /** Calls `listener` after each change of dynamic settings: topics then work out their settings anew. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** All texts that a setting of the node could take its value from; the first one holds. Empty: it has no value. */
  brokerSources(name: string): readonly SourcedText[] {
    const setting: Setting<unknown> | undefined = brokerSettings[name as BrokerSettingName]
    if (!setting) return []
    const chain = [name, ...(setting.coarser ?? []).map(({ name: coarser }) => coarser)]
    // Any of the names, set by anybody, is stronger than the default of any of them.
    return [...chain.flatMap(one => this.#setTexts(one)), ...chain.flatMap(one => defaultText(one))]
  }

  /** All texts that a setting of a topic with these overrides could take its value from; the first one holds. */
  topicSources(name: string, overrides: Overrides): readonly SourcedText[] {
    const setting: Setting<unknown> | undefined = topicSettings[name as keyof typeof topicSettings]
    const text = overrides.get(name)
    const own = text === undefined ? [] : [{ name, text, source: ConfigSource.dynamicTopic }]
    return setting?.brokerName === undefined ? own : [...own, ...this.brokerSources(setting.brokerName)]
  }

  #setTexts(name: string): SourcedText[] {
    const node = this.#dynamic.node.get(name)
    const all = this.#dynamic.default.get(name)
    const fixed = this.#static.get(name as BrokerSettingName)
    return [
      ...(node === undefined ? [] : [{ name, text: node, source: ConfigSource.dynamicBroker }]),
      ...(all === undefined ? [] : [{ name, text: all, source: ConfigSource.dynamicDefaultBroker }]),
      ...(fixed === undefined ? [] : [{ name, text: fixed, source: ConfigSource.staticBroker }]),
    ]
  }

  /** The node's settings as they would hold with these dynamic ones. */
  #brokerWith(target: BrokerTarget, overrides: Overrides): BrokerSettings {
    const other = new Configuration(this.#static)
    Object.assign(other.#dynamic, this.#dynamic, { [target]: new Map(overrides) })
    return other.#effectiveBroker() as unknown as BrokerSettings
  }

  #refresh(): void {
    Object.assign(this.#broker, this.#effectiveBroker())
    this.#topicDefaults = this.#effectiveTopic(new Map())
    for (const listener of this.#listeners) listener()
  }

  #effectiveBroker(): Record<string, unknown> {
    const values = Object.entries(brokerSettings).map(([name, setting]: [string, Setting<unknown>]) => {
      const first = this.brokerSources(name)[0]
      return [name, first === undefined ? setting.default : valueFrom(setting, name, first)] as const
    })
    return Object.fromEntries(values)
  }

  #effectiveTopic(overrides: Overrides): TopicSettings {
    return this.#effective(topicSettings, overrides) as unknown as TopicSettings
  }

  /** The values of settings that fall back to those of the broker. */
  #effective(registry: Readonly<Record<string, Setting<unknown>>>, overrides: Overrides): Record<string, unknown> {
    const values = Object.entries(registry).map(([name, setting]) => {
      const text = overrides.get(name)
      if (text !== undefined && isTaken(registry, name, text)) return [name, setting.kind.parse(text)] as const
      const inherited = setting.brokerName === undefined ? setting.default : this.#broker[setting.brokerName]
      return [name, inherited] as const
    })
    return Object.fromEntries(values)
  }
}

// Storage keeps one map of names for the broker: the default of all nodes has its names under a prefix.
const defaultPrefix = 'default/'

function storedName(target: BrokerTarget, name: string): string {
  return target === 'default' ? defaultPrefix + name : name
}

/** Throws `InvalidSetting` for what clients see among the settings, but nobody can set. */
function checkIsNoFact(name: string): void {
  if (Object.hasOwn(nodeFacts, name)) throw new InvalidSetting(`'${name}' cannot be set while the node runs`, 'request')
}

function defaultText(name: string): SourcedText[] {
  const setting: Setting<unknown> = brokerSettings[name as BrokerSettingName]
  // As in Kafka, the default stands in the largest unit (log.retention.hours=168).
  const text = setting.coarser ? null : setting.kind.format(setting.default)
  return text === null ? [] : [{ name, text, source: ConfigSource.default }]
}

/** The value of a setting from its own text, or from that of the same setting in larger units. */
function valueFrom(setting: Setting<unknown>, name: string, { name: from, text }: SourcedText): unknown {
  if (from === name) return setting.kind.parse(text)
  const factor = setting.coarser?.find(coarser => coarser.name === from)?.factor ?? 1
  const count = Number(text)
  return count < 0 ? -1 : Math.min(unlimited, count * factor)
}

function isTaken(registry: Readonly<Record<string, Setting<unknown>>>, name: string, text: string): boolean {
  try {
    checkValue(name, settingNamed(registry, name, ''), text)
    return true
  } catch (error) {
    if (error instanceof InvalidSetting) return false
    throw error
  }
}

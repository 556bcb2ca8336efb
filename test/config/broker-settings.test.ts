import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { brokerSettings } from '../../src/config/broker-settings.ts'
import { clientMetricsSettings } from '../../src/config/client-metrics.ts'
import { groupBounds, groupSettings } from '../../src/config/group-settings.ts'
import { ConfigType, InvalidSetting, type Setting } from '../../src/config/kinds.ts'
import { topicSettings } from '../../src/config/topic-settings.ts'
import { kafkaSettings } from './kafka-settings.ts'

type Scope = 'topic' | 'broker' | 'group' | 'metrics'
const registries: Readonly<Record<Scope, Readonly<Record<string, Setting<unknown>>>>> = {
  topic: topicSettings,
  broker: brokerSettings,
  group: groupSettings,
  metrics: clientMetricsSettings,
}
const all = Object.values(registries).flatMap(registry => Object.entries(registry))
const settingOf = (scope: Scope, name: string): Setting<unknown> => registries[scope][name] as Setting<unknown>

/** Kafka wants the node's number from the operator; for the others the reason stands beside the setting. */
const ownDefaults = new Set(['node.id', 'log.flush.interval.ms', 'group.initial.rebalance.delay.ms'])

test('every setting is one of Kafka, or has our name before it', () => {
  const known = new Set(kafkaSettings.map(([scope, name]) => `${scope} ${name}`))
  const unknown = Object.entries(registries)
    .flatMap(([scope, registry]) => Object.keys(registry).map(name => `${scope} ${name}`))
    .filter(name => !known.has(name) && !name.startsWith('broker streamctl.'))
  expect(unknown).toEqual([])
})

for (const [scope, name, type, standard, importance, min, max] of kafkaSettings) {
  const { kind, ...setting } = settingOf(scope, name)

  test(`the ${scope} setting ${name} has the type and default of Kafka`, () => {
    expect(kind.type).toBe(ConfigType[type.toLowerCase() as keyof typeof ConfigType])
    expect(setting.importance ?? 'medium').toBe(importance)
    // What stands in larger units too has its default there.
    if (!ownDefaults.has(name) && !setting.coarser) {
      expect(kind.format(setting.default)).toBe(standard)
    }
  })

  test(`the ${scope} setting ${name} takes the range of Kafka`, () => {
    const step = type === 'DOUBLE' ? 0.01 : 1
    if (min !== undefined) {
      expect(() => kind.parse(String(min - step))).toThrow(InvalidSetting)
      kind.parse(String(min))
    }
    if (max !== undefined) {
      expect(() => kind.parse(String(max + step))).toThrow(InvalidSetting)
      kind.parse(String(max))
    }
  })
}

test('the default of every setting is a value that it takes', () => {
  for (const [name, { kind, default: standard }] of all) {
    const text = kind.format(standard)
    if (text !== null) expect(kind.parse(text), name).toEqual(standard)
  }
})

test('a topic falls back to a setting of the broker of the same kind, which may change while the node runs', () => {
  for (const [name, { kind, brokerName, default: standard }] of Object.entries(registries.topic)) {
    // Replication and tiered storage have settings for topics only.
    if (/\.replication\.throttled\.replicas$|^remote\./.test(name)) continue
    const fallback = settingOf('broker', brokerName ?? '')
    expect(fallback?.kind, name).toBe(kind)
    expect(fallback.default, name).toEqual(standard)
    expect(fallback.dynamic, name).toBe(true)
  }
})

test('a group falls back to a setting of the broker of the same kind, and stays between others', () => {
  for (const [name, { kind, brokerName, default: standard }] of Object.entries(registries.group)) {
    // Kafka has no setting of the broker for these.
    if (name === 'share.auto.offset.reset' || name === 'share.isolation.level') continue
    const fallback = settingOf('broker', brokerName ?? '')
    expect(fallback?.kind.type, name).toBe(kind.type)
    expect(fallback.default, name).toEqual(standard)
  }
  for (const [name, { least, most }] of Object.entries(groupBounds)) {
    for (const bound of [least, most])
      if (bound) expect(settingOf('broker', bound).kind.type, name).toBe(ConfigType.int)
  }
})

test('every setting says in whole sentences what it does', () => {
  for (const [name, { doc }] of all) expect(doc, name).toMatch(/^[A-Z`-].*\.$/s)
})

test('a setting that nothing reads says why it is accepted, and only such a one', () => {
  const readers = sourceText()
  const isRead = (name: string): boolean => readers.includes(`'${name}'`) || readers.includes(`settings.${name}`)
  const usedByTopics = new Set(
    Object.entries(registries.topic).flatMap(([name, { brokerName }]) =>
      isRead(name) && brokerName ? [brokerName] : [],
    ),
  )
  const finerUnits = Object.entries(registries.broker).flatMap(([name, { coarser = [] }]) =>
    isRead(name) || usedByTopics.has(name) ? coarser.map(one => one.name) : [],
  )
  const hasEffect = (name: string): boolean => isRead(name) || usedByTopics.has(name) || finerUnits.includes(name)
  const unread = all.filter(([name, { compatibility }]) => !compatibility && !hasEffect(name)).map(([name]) => name)
  expect(unread).toEqual([])
  const needless = all.filter(([name, { compatibility }]) => compatibility && hasEffect(name)).map(([name]) => name)
  expect(needless).toEqual([])
})

/** All sources but those of the settings themselves, and of clients and commands, which know such names for other reasons. */
function sourceText(): string {
  const root = path.resolve(import.meta.dirname, '../../src')
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
  return files
    .filter(file => /\.tsx?$/.test(file) && !/^(?:config|client|cli|streams|tui)\//.test(file))
    .map(file => readFileSync(path.join(root, file), 'utf8'))
    .join('\n')
}

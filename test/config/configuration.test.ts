import { expect, test } from 'vitest'
import { Configuration } from '../../src/config/configuration.ts'
import { InvalidSetting } from '../../src/config/kinds.ts'
import { resolveConfiguration } from '../../src/config/resolve.ts'

const none: ReadonlyMap<string, string> = new Map()
const set = (name: string, value: string) => ({ name, operation: 'set', value }) as const
const remove = (name: string) => ({ name, operation: 'delete', value: null }) as const
const hour = 3_600_000

test('a topic has its own settings, else those of the broker, else the defaults', () => {
  const configuration = resolveConfiguration({ flags: { 'log.retention.ms': '1000', 'message.max.bytes': '2000' } })
  const settings = configuration.topicSettings(new Map([['max.message.bytes', '3000']]))
  expect(settings['max.message.bytes']).toBe(3000)
  expect(settings['retention.ms']).toBe(1000)
  expect(settings['cleanup.policy']).toEqual(['delete'])
})

test('of the same setting in several units, the smallest that is set holds', () => {
  const retention = (flags: Record<string, string>): number =>
    resolveConfiguration({ flags }).topicSettings(none)['retention.ms']
  expect(retention({})).toBe(168 * hour)
  expect(retention({ 'log.retention.hours': '2' })).toBe(2 * hour)
  expect(retention({ 'log.retention.hours': '2', 'log.retention.minutes': '3' })).toBe(180_000)
  expect(retention({ 'log.retention.hours': '2', 'log.retention.ms': '5' })).toBe(5)
  expect(retention({ 'log.retention.hours': '-1' })).toBe(-1)
  expect(resolveConfiguration({ flags: { 'log.roll.hours': '1' } }).topicSettings(none)['segment.ms']).toBe(hour)
})

test('topics without overrides share one object', () => {
  const configuration = new Configuration()
  expect(configuration.topicSettings(none)).toBe(configuration.topicSettings(new Map()))
})

test('what a later version stored is passed over', () => {
  const settings = new Configuration().topicSettings(
    new Map([
      ['of.the.future', '1'],
      ['retention.ms', 'P7D'],
    ]),
  )
  expect(settings['retention.ms']).toBe(168 * hour)
})

test('overrides of a topic are checked, each and together', () => {
  const check = (...pairs: [string, string][]) => new Configuration().checkTopicOverrides(new Map(pairs))
  check(['cleanup.policy', 'compact'], ['min.compaction.lag.ms', '5'], ['max.compaction.lag.ms', '5'])
  expect(() => check(['retention.mss', '1'])).toThrow("there is no topic setting 'retention.mss'")
  expect(() => check(['retention.ms', '-2'])).toThrow("retention.ms must be milliseconds from -1 on, not '-2'")
  expect(() => check(['min.compaction.lag.ms', '6'], ['max.compaction.lag.ms', '5'])).toThrow(InvalidSetting)
})

test('altering a topic gives its new overrides and starts lists from what holds', () => {
  const configuration = resolveConfiguration({ flags: { 'log.cleanup.policy': 'compact' } })
  const before = new Map([['retention.ms', '5']])
  const after = configuration.alteredTopic(before, [
    { name: 'cleanup.policy', operation: 'append', value: 'delete' },
    remove('retention.ms'),
  ])
  expect(Object.fromEntries(after)).toEqual({ 'cleanup.policy': 'compact,delete' })
  expect(() => configuration.alteredTopic(none, [set('retention.ms', 'x')])).toThrow(InvalidSetting)
})

test('dynamic settings hold at once, in the same object, and for topics', () => {
  const configuration = new Configuration()
  const { broker } = configuration
  let changes = 0
  const stop = configuration.onChange(() => changes++)
  configuration.setBrokerOverrides('node', configuration.alteredBroker('node', [set('log.retention.ms', '77')]))
  expect(broker['log.retention.ms']).toBe(77)
  expect(configuration.topicSettings(none)['retention.ms']).toBe(77)
  configuration.setBrokerOverrides('node', configuration.alteredBroker('node', [remove('log.retention.ms')]))
  expect(broker['log.retention.ms']).toBe(168 * hour)
  expect(changes).toBe(2)
  stop()
  configuration.setBrokerOverrides('node', none)
  expect(changes).toBe(2)
})

test("the node's dynamic settings are stronger than those of all nodes, and both than the command line", () => {
  const configuration = resolveConfiguration({ flags: { 'max.connections': '1' } })
  const { broker } = configuration
  configuration.setBrokerOverrides('default', new Map([['max.connections', '2']]))
  expect(broker['max.connections']).toBe(2)
  configuration.setBrokerOverrides('node', new Map([['max.connections', '3']]))
  expect(broker['max.connections']).toBe(3)
  configuration.setBrokerOverrides('node', none)
  expect(broker['max.connections']).toBe(2)
})

test('only what can change while the node runs may be altered', () => {
  const configuration = new Configuration()
  expect(() => configuration.alteredBroker('node', [set('num.partitions', '2')])).toThrow(
    expect.objectContaining({ fault: 'request', message: expect.stringContaining('before the node starts') }),
  )
  expect(() => configuration.alteredBroker('node', [set('max.connections', '-1')])).toThrow(InvalidSetting)
  expect(configuration.brokerOverrides('node').size).toBe(0)
})

test('limits of connections that would let nobody in are refused', () => {
  const configuration = new Configuration()
  const refused = (...changes: Parameters<typeof configuration.alteredBroker>[1]) =>
    expect(() => configuration.alteredBroker('node', changes)).toThrow(InvalidSetting)
  refused(set('max.connections', '0'))
  refused(set('max.connections.per.ip', '0'))
  const some = configuration.alteredBroker('default', [set('max.connections.per.ip.overrides', '10.0.0.7:5')])
  configuration.setBrokerOverrides('default', some)
  configuration.setBrokerOverrides('node', configuration.alteredBroker('node', [set('max.connections.per.ip', '0')]))
  expect(configuration.broker['max.connections.per.ip']).toBe(0)
  // What makes the 0 possible can then not be taken away, by whomever it was set.
  const removal = [remove('max.connections.per.ip.overrides')]
  expect(() => configuration.alteredBroker('default', removal)).toThrow(InvalidSetting)
})

test('what is stored for the next start brings the same settings back', () => {
  const first = new Configuration()
  const stored: Record<string, string> = {}
  const store = (changes: Readonly<Record<string, string | null>>): void => {
    for (const [name, text] of Object.entries(changes)) {
      if (text === null) delete stored[name]
      else stored[name] = text
    }
  }
  store(first.setBrokerOverrides('node', new Map([['max.connections', '3']])))
  store(first.setBrokerOverrides('default', new Map([['max.connections', '2']])))
  store(first.setBrokerOverrides('default', new Map([['log.retention.ms', '5']])))
  const second = new Configuration()
  expect(second.restore(stored)).toEqual([])
  expect(second.broker).toEqual(first.broker)
  expect(Object.fromEntries(second.brokerOverrides('default'))).toEqual({ 'log.retention.ms': '5' })
})

test('a change stores only what changed', () => {
  const configuration = new Configuration()
  configuration.setBrokerOverrides(
    'node',
    new Map([
      ['max.connections', '3'],
      ['log.retention.ms', '5'],
    ]),
  )
  const changes = configuration.setBrokerOverrides(
    'node',
    new Map([
      ['max.connections', '4'],
      ['message.max.bytes', '9'],
    ]),
  )
  expect(changes).toEqual({ 'log.retention.ms': null, 'max.connections': '4', 'message.max.bytes': '9' })
})

test('stored settings that this version does not take are named and passed over', () => {
  const configuration = new Configuration()
  const refused = configuration.restore({
    'of.the.future': '1',
    'default/max.connections': 'x',
    'log.retention.ms': '5',
  })
  expect(refused).toEqual(['of.the.future', 'max.connections'])
  expect(configuration.broker['log.retention.ms']).toBe(5)
})

test('stored limits that would let nobody connect are named and passed over', () => {
  const configuration = new Configuration()
  const refused = configuration.restore({
    'max.connections': '0',
    'default/max.connections.per.ip': '7',
    'log.retention.ms': '5',
  })
  expect(refused).toEqual(['max.connections', 'max.connections.per.ip'])
  expect(configuration.broker).toEqual({ ...new Configuration().broker, 'log.retention.ms': 5 })
})

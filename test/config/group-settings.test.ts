import { expect, test } from 'vitest'
import { groupSettings } from '../../src/config/group-settings.ts'
import { InvalidSetting } from '../../src/config/kinds.ts'
import { resolveConfiguration } from '../../src/config/resolve.ts'

const none: ReadonlyMap<string, string> = new Map()

test('a group falls back to what the broker says', () => {
  const configuration = resolveConfiguration({ flags: { 'group.consumer.session.timeout.ms': '50000' } })
  expect(configuration.groupSettings(none)['consumer.session.timeout.ms']).toBe(50_000)
  const own = new Map([['consumer.session.timeout.ms', '60000']])
  expect(configuration.groupSettings(own)['consumer.session.timeout.ms']).toBe(60_000)
})

const bounds: readonly [setting: string, least: number | undefined, most: number][] = [
  ['consumer.heartbeat.interval.ms', 5000, 15_000],
  ['consumer.session.timeout.ms', 45_000, 60_000],
  ['share.heartbeat.interval.ms', 5000, 15_000],
  ['share.record.lock.duration.ms', 15_000, 60_000],
  ['share.session.timeout.ms', 45_000, 60_000],
  ['streams.heartbeat.interval.ms', 5000, 15_000],
  ['streams.num.standby.replicas', undefined, 2],
  ['streams.session.timeout.ms', 45_000, 60_000],
]

test.each(bounds)('%s stays within what the broker allows', (name, least, most) => {
  const configuration = resolveConfiguration({})
  const check = (value: number) => configuration.checkGroupOverrides(new Map([[name, String(value)]]))
  check(least ?? 0)
  check(most)
  if (least !== undefined) expect(() => check(least - 1)).toThrow('must be greater than or equal to group.')
  expect(() => check(most + 1)).toThrow('must be less than or equal to group.')
})

test('a session is longer than the time between heartbeats', () => {
  const configuration = resolveConfiguration({ flags: { 'group.consumer.min.session.timeout.ms': '1' } })
  const both = new Map([
    ['consumer.session.timeout.ms', '6000'],
    ['consumer.heartbeat.interval.ms', '6000'],
  ])
  expect(() => configuration.checkGroupOverrides(both)).toThrow(
    'consumer.session.timeout.ms must be greater than consumer.heartbeat.interval.ms',
  )
})

test('a node does not start with defaults of groups that are out of bounds', () => {
  const flags = { 'group.consumer.session.timeout.ms': '44999' }
  expect(() => resolveConfiguration({ flags })).toThrow('group.consumer.min.session.timeout.ms')
})

const resets: readonly [text: string, isTaken: boolean][] = [
  ['latest', true],
  ['earliest', true],
  ['by_duration:PT1H', true],
  ['by_duration:P2DT3H4M5.5S', true],
  ['by_duration:P1D', true],
  ['by_duration:-PT1H', false],
  ['by_duration:PT-1H', false],
  ['by_duration:P', false],
  ['by_duration:PT', false],
  ['by_duration:P1DT', false],
  ['by_duration:1h', false],
  ['none', false],
  ['', false],
]

test.each(resets)('share.auto.offset.reset=%s: %s', (text, isTaken) => {
  const parse = () => groupSettings['share.auto.offset.reset'].kind.parse(text)
  if (isTaken) expect(parse()).toBe(text)
  else expect(parse).toThrow(InvalidSetting)
})

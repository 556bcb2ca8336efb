import { expect, test } from 'vitest'
import { checkClientMetrics, clientMetricsOf } from '../../src/config/client-metrics.ts'

const client = {
  client_instance_id: 'AAAAAAAAAAAAAAAAAAAAAA',
  client_id: 'reader',
  client_software_name: 'librdkafka',
  client_software_version: '2.15.0',
  client_source_address: '10.0.0.7',
  client_source_port: '41234',
}

const matches = (text: string) => clientMetricsOf(new Map([['match', text]])).match.matches(client)

test('a subscription without conditions is for everybody', () => {
  expect([matches(''), matches(' , ')]).toEqual([true, true])
})

test('all conditions must match, each the whole text', () => {
  expect(matches('client_id=read.*, client_source_port=4\\d+')).toBe(true)
  expect(matches('client_id=read')).toBe(false)
  expect(matches('client_id=reader,client_software_name=apache-kafka-java')).toBe(false)
})

test('a pattern that would take for ever is matched in no time', () => {
  const long = { ...client, client_id: 'a'.repeat(10_000) }
  expect(clientMetricsOf(new Map([['match', 'client_id=(a*)*b']])).match.matches(long)).toBe(false)
})

const refused: readonly [name: string, text: string, fault: string][] = [
  ['no.such.setting', '1', 'request'],
  ['interval.ms', '99', 'request'],
  ['interval.ms', '3600001', 'request'],
  ['interval.ms', '1s', 'config'],
  ['match', 'client_id', 'config'],
  ['match', 'client_idx=a', 'config'],
  ['match', '=a', 'config'],
  ['match', 'client_id=(', 'config'],
]

test.each(refused)('%s=%s is refused as a bad %3$s', (name, text, fault) => {
  expect(() => checkClientMetrics(new Map([[name, text]]))).toThrow(expect.objectContaining({ fault }))
})

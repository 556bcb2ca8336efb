import { expect, test } from 'vitest'
import { brokerSettings } from '../../src/config/broker-settings.ts'
import { Configuration } from '../../src/config/configuration.ts'
import { type NodeFacts, nodeFacts } from '../../src/config/node-facts.ts'

const facts: NodeFacts = {
  nodeId: 7,
  logDirectory: '/data',
  listeners: [
    { bound: { host: '0.0.0.0', port: 9092 }, advertised: { host: 'kafka.example', port: 19092 } },
    { bound: { host: '::1', port: 9093 }, advertised: { host: '::1', port: 9093 } },
  ],
}

test('a node tells what it is in the form of a Kafka broker', () => {
  expect(Object.fromEntries(Object.entries(nodeFacts).map(([name, { value }]) => [name, value(facts)]))).toEqual({
    'advertised.listeners': 'PLAINTEXT://kafka.example:19092,PLAINTEXT_2://[::1]:9093',
    'authorizer.class.name': '',
    'broker.id': '7',
    'group.coordinator.rebalance.protocols': 'classic',
    'inter.broker.listener.name': 'PLAINTEXT',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,PLAINTEXT_2:PLAINTEXT',
    listeners: 'PLAINTEXT://0.0.0.0:9092,PLAINTEXT_2://[::1]:9093',
    'log.dir': '/data',
    'log.dirs': '/data',
    'process.roles': 'broker,controller',
    'security.inter.broker.protocol': 'PLAINTEXT',
  })
})

test('what a node is cannot be set, and is no setting', () => {
  const configuration = new Configuration()
  for (const name of Object.keys(nodeFacts)) {
    expect(Object.hasOwn(brokerSettings, name)).toBe(false)
    const set = { name, operation: 'set', value: '1' } as const
    expect(() => configuration.alteredBroker('node', [set])).toThrow('cannot be set while the node runs')
    expect(() => configuration.checkBrokerOverrides('node', new Map([[name, '1']]))).toThrow('while the node runs')
    // As in Kafka, to remove what is not set is no mistake.
    const remove = { name, operation: 'delete', value: null } as const
    expect(configuration.alteredBroker('node', [remove]).size).toBe(0)
  }
})

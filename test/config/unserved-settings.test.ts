import { expect, test } from 'vitest'
import { brokerSettings } from '../../src/config/broker-settings.ts'
import { nodeFacts } from '../../src/config/node-facts.ts'
import { whyUnserved } from '../../src/config/unserved-settings.ts'
import { kafkaBrokerNames } from './kafka-broker-names.ts'

const isServed = (name: string): boolean => Object.hasOwn(brokerSettings, name) || Object.hasOwn(nodeFacts, name)

test('every setting of a Kafka broker is served, or left out for a reason', () => {
  expect(kafkaBrokerNames).toHaveLength(320)
  expect(kafkaBrokerNames.filter(name => !isServed(name) && whyUnserved(name) === undefined)).toEqual([])
})

test('a name that Kafka does not have has no reason', () => {
  expect(whyUnserved('zookeeper.connect')).toBeUndefined()
  expect(whyUnserved('remote')).toBeUndefined()
})

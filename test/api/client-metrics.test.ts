import { expect, test } from 'vitest'
import { ClientMetrics } from '../../src/api/client-metrics.ts'
import { Loans } from '../../src/base/page-pool.ts'
import { NamedOverrides } from '../../src/config/named-overrides.ts'
import { testConnection } from '../support/node.ts'
import { simulatedEnv } from '../support/simulated-env.ts'

const call = { version: 0, clientId: 'test', connection: testConnection(), loans: new Loans() }

test('of clients that are not heard of any more only so many are remembered', () => {
  const metrics = new ClientMetrics(simulatedEnv(), new NamedOverrides())
  metrics.ask('first', call)
  expect(() => metrics.ask('first', call)).toThrow('too early')
  for (let number = 0; number < 16_384; number++) metrics.ask(`client ${number}`, call)
  metrics.ask('first', call)
  expect(() => metrics.ask('client 16383', call)).toThrow('too early')
})

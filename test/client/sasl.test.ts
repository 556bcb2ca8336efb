import { describe, expect, onTestFinished, test } from 'vitest'
import { systemEnv } from '../../src/base/system-env.ts'
import { Cluster } from '../../src/client/cluster.ts'
import type { SaslSettings } from '../../src/client/sasl.ts'
import { heartbeatApi } from '../../src/protocol/messages/heartbeat.ts'
import { type GatewaySasl, type SecureGateway, secureGateway } from '../support/secure-gateway.ts'
import { recordingLog } from '../support/simulated-env.ts'
import { until } from '../support/until.ts'
import { fakeBroker } from './fake-broker.ts'

const users = { ann: 'secret' }
const everything: GatewaySasl = {
  mechanisms: ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER'],
  users,
  tokens: ['valid.token'],
}

async function gatewayWith(sasl: GatewaySasl | undefined): Promise<SecureGateway> {
  const broker = await fakeBroker()
  broker.on(heartbeatApi, () => ({ errorCode: 0 }))
  const gateway = await secureGateway({ target: broker.address, sasl })
  onTestFinished(() => gateway.close())
  broker.withTopic('t', [0], [[0, { ...broker, address: gateway.address }]])
  return gateway
}

function clusterAt(gateway: SecureGateway, sasl?: SaslSettings): Cluster {
  const env = systemEnv({ log: recordingLog() })
  const cluster = new Cluster({ env, brokers: [gateway.address], security: { sasl }, retryForMs: 2_000 })
  onTestFinished(() => cluster.close())
  return cluster
}

const failureOf = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    error => error,
  )
const withPassword = (mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512', password = 'secret'): SaslSettings => ({
  mechanism,
  username: 'ann',
  password,
})
const withToken = (token: string): SaslSettings => ({
  mechanism: 'OAUTHBEARER',
  token: async () => token,
  extensions: { tenant: 'a' },
})

describe('a client is let in', () => {
  test.each([
    ['PLAIN', withPassword('PLAIN')],
    ['SCRAM-SHA-256', withPassword('SCRAM-SHA-256')],
    ['SCRAM-SHA-512', withPassword('SCRAM-SHA-512')],
    ['OAUTHBEARER', withToken('valid.token')],
  ] as const)('by %s', async (_, sasl) => {
    const gateway = await gatewayWith(everything)
    expect((await clusterAt(gateway, sasl).metadata(['t'])).topics).toHaveLength(1)
    expect(gateway.authenticated).toHaveLength(1)
  })
})

describe('what does not let a client in ends with one sentence and its exit code', () => {
  test.each([
    [
      'a wrong password',
      everything,
      withPassword('SCRAM-SHA-256', 'guess'),
      3,
      /SCRAM-SHA-256: .*SASL_AUTHENTICATION_FAILED/,
    ],
    ['a wrong password by PLAIN', everything, withPassword('PLAIN', 'guess'), 3, /PLAIN: .*SASL_AUTHENTICATION_FAILED/],
    ['a wrong token', everything, withToken('other.token'), 3, /OAUTHBEARER: .*SASL_AUTHENTICATION_FAILED/],
    ['a token that is none', everything, withToken('two words'), 3, /not a bearer token/],
    [
      'a mechanism that is not offered',
      { mechanisms: ['PLAIN'], users },
      withPassword('SCRAM-SHA-512'),
      3,
      /does not offer SCRAM-SHA-512/,
    ],
    ['a broker that wants no log-in', undefined, withPassword('PLAIN'), 2, /wants no SASL/],
    ['no log-in where one is wanted', everything, undefined, 3, /wants to know who you are/],
  ] as const)('%s', async (_, offered, sasl, exitCode, message) => {
    const gateway = await gatewayWith(offered)
    const failure = await failureOf(clusterAt(gateway, sasl).metadata(['t']))
    expect(failure).toMatchObject({ exitCode })
    expect(failure.message).toMatch(message)
    expect(`${failure.message}${failure.hint}`).not.toMatch(/secret|guess|other\.token/)
  })

  test('a broker that takes any password, and so does not know it', async () => {
    const gateway = await gatewayWith({ ...everything, isImpostor: true })
    const failure = await failureOf(clusterAt(gateway, withPassword('SCRAM-SHA-256', 'guess')).metadata(['t']))
    expect(failure.message).toMatch(/does not know the password either/)
  })
})

test('a session that ends is authenticated again on the same connection, while requests go on', async () => {
  const gateway = await gatewayWith({ ...everything, sessionLifetimeMs: 100 })
  const cluster = clusterAt(gateway, withPassword('SCRAM-SHA-256'))
  let asked = 0
  await until(() => {
    if (asked < 1000) {
      asked++
      void cluster.ask('any', heartbeatApi, { groupId: 'g', generationId: 1, memberId: 'm' })
    }
    return gateway.authenticated.length >= 3
  })
  expect(gateway.connections()).toBe(1)
})

import type { TlsOptions } from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'
import { systemEnv } from '../../src/base/system-env.ts'
import { Cluster } from '../../src/client/cluster.ts'
import type { TlsSettings } from '../../src/client/tls.ts'
import { certificates } from '../support/certificates.ts'
import { secureGateway } from '../support/secure-gateway.ts'
import { recordingLog } from '../support/simulated-env.ts'
import { fakeBroker } from './fake-broker.ts'

const server = { cert: certificates.broker, key: certificates.brokerKey }
const trusting: TlsSettings = { authorities: certificates.authority, verifies: true, checksName: true }
const withClient = { ...trusting, certificate: certificates.client, key: certificates.clientKey }

async function ask(tls: TlsOptions | undefined, client: TlsSettings | undefined) {
  const broker = await fakeBroker()
  const gateway = await secureGateway({ target: broker.address, ...(tls ? { tls } : {}) })
  onTestFinished(() => gateway.close())
  broker.withTopic('t', [0], [[0, { ...broker, address: gateway.address }]])
  const env = systemEnv({ log: recordingLog() })
  const cluster = new Cluster({ env, brokers: [gateway.address], security: { tls: client }, retryForMs: 2_000 })
  onTestFinished(() => cluster.close())
  return cluster.metadata(['t']).then(
    ({ topics }) => ({ exitCode: 0, message: `${topics.length} topic` }),
    (error: { exitCode: number; message: string }) => ({ exitCode: error.exitCode, message: error.message }),
  )
}

const ok = [0, /1 topic/] as const

test.each([
  ['a certificate of a trusted authority', server, trusting, ok],
  ['any certificate, where nobody looks', server, { verifies: false, checksName: true }, ok],
  [
    'another name, where names do not count',
    { cert: certificates.otherName, key: certificates.otherNameKey },
    { ...trusting, checksName: false },
    ok,
  ],
  [
    'our certificate, where one is wanted',
    { ...server, ca: certificates.authority, requestCert: true },
    withClient,
    ok,
  ],
  [
    'a key with its password',
    { ...server, ca: certificates.authority, requestCert: true },
    { ...withClient, key: certificates.encryptedClientKey, keyPassword: 'geheim' },
    ok,
  ],
  [
    'a wrong authority',
    server,
    { ...trusting, authorities: certificates.otherAuthority },
    [3, /nobody who is trusted has signed/],
  ],
  [
    'an expired certificate',
    { cert: certificates.expired, key: certificates.expiredKey },
    trusting,
    [3, /has expired/],
  ],
  [
    'another name',
    { cert: certificates.otherName, key: certificates.otherNameKey },
    trusting,
    [3, /for another name.*127\.0\.0\.1.*kafka\.example\.com/],
  ],
  [
    'no certificate of ours, where one is wanted',
    { ...server, ca: certificates.authority, requestCert: true },
    trusting,
    [3, /wants a certificate|want a certificate/],
  ],
  [
    'a wrong password of the key',
    server,
    { ...withClient, key: certificates.encryptedClientKey, keyPassword: 'wrong' },
    [2, /password of the key is wrong/],
  ],
  ['no password of the key', server, { ...withClient, key: certificates.encryptedClientKey }, [2, /password/]],
  [
    'a key of another certificate',
    server,
    { ...withClient, key: certificates.brokerKey },
    [2, /not that of the certificate/],
  ],
  ['an authority that is no PEM', server, { ...withClient, certificate: 'nonsense' }, [2, /not PEM/]],
  ['TLS against a plain port', undefined, trusting, [2, /does not speak TLS on this port/]],
  ['plain bytes against a TLS port', server, undefined, [2, /the broker speaks TLS/]],
] as const)('%s', async (_, tls, client, [exitCode, message]) => {
  const outcome = await ask(tls, client)
  expect(outcome.message).toMatch(message)
  expect(outcome.exitCode).toBe(exitCode)
  expect(outcome.message).not.toContain('\n')
})

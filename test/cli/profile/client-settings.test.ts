import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { clientSettings } from '../../../src/cli/profile/client-settings.ts'
import { resolveLayers } from '../../../src/cli/profile/layers.ts'
import { certificates } from '../../support/certificates.ts'
import { temporaryDirectory } from '../../support/processes.ts'

const directory = temporaryDirectory()
const file = (name: string, text: string | Buffer): string => {
  writeFileSync(path.join(directory, name), text)
  return path.join(directory, name)
}
const ca = file('ca.pem', certificates.authority)
const certificate = file('client.pem', certificates.client)
const key = file('client.key', certificates.clientKey)

function settings(properties: Readonly<Record<string, string>>, variables: Record<string, string> = {}) {
  const entries = Object.entries(properties).map(([name, value]) => ({ name, value }))
  return clientSettings(resolveLayers([{ source: '-X', entries }]), { variables })
}

const sasl = { 'security.protocol': 'SASL_PLAINTEXT', 'sasl.mechanism': 'PLAIN', 'sasl.username': 'ann' }

test('nothing said is plain, to this machine', () => {
  expect(settings({})).toMatchObject({
    brokers: [{ host: '127.0.0.1', port: 9092 }],
    security: {},
    clientId: 'streamctl',
  })
})

test.each([
  ['librdkafka', { 'ssl.certificate.location': certificate, 'ssl.key.location': key }],
  ['Java, PEM in a file', { 'ssl.keystore.location': file('both.pem', certificates.clientKey + certificates.client) }],
  [
    'Java, PEM as text',
    { 'ssl.keystore.certificate.chain': certificates.client, 'ssl.keystore.key': certificates.clientKey },
  ],
])('TLS by the names of %s', (_, properties) => {
  const { tls } = settings({ 'security.protocol': 'SSL', 'ssl.ca.location': ca, ...properties }).security
  expect(tls).toMatchObject({ authorities: certificates.authority, verifies: true, checksName: true })
  expect(tls?.certificate).toContain('BEGIN CERTIFICATE')
  expect(tls?.key).toContain('PRIVATE KEY')
})

test('properties of TLS alone mean TLS; a log-in in the clear has to be asked for', () => {
  expect(settings({ 'ssl.ca.location': ca }).security.tls).toBeDefined()
  expect(() => settings({ 'sasl.username': 'ann' })).toThrow(/but not security\.protocol/)
})

describe('a password', () => {
  test.each([
    ['itself', { 'sasl.password': 'secret' }],
    ['in a variable', { 'sasl.password.env': 'PASSWORD' }],
    ['in a file', { 'sasl.password.file': file('password', 'secret\n') }],
    ['of a command', { 'sasl.password.command': 'printf "secret\\nmore\\n"' }],
    ["in Java's way", { 'sasl.jaas.config': 'a.PlainLoginModule required username="bob" password="secret";' }],
  ])('%s', (_, properties) => {
    const { security } = settings({ ...sasl, ...properties }, { PASSWORD: 'secret' })
    expect(security.sasl).toMatchObject({ username: 'ann', password: 'secret' })
  })

  test.each([
    [{}, /PLAIN needs a password/],
    [{ 'sasl.password.env': 'NOWHERE' }, /NOWHERE is not set/],
    [{ 'sasl.password.file': '/nowhere' }, /cannot read \/nowhere: ENOENT/],
    [{ 'sasl.password.command': 'echo hidden; exit 3' }, /exit code 3/],
    [{ 'sasl.password.command': 'true' }, /printed nothing/],
    [{ 'sasl.jaas.config': 'com.sun.Krb5LoginModule required password="hidden";' }, /not one of the login modules/],
    [{ 'sasl.jaas.config': 'PlainLoginModule required password="hidden' }, /cannot be read/],
  ])('that cannot be had: %j', (properties, message) => {
    const read = (): unknown => settings({ ...sasl, ...properties })
    expect(read).toThrow(message)
    expect(read).not.toThrow(/printed hidden|: hidden/)
  })
})

test.each([
  [{ 'security.protocol': 'SSL', 'ssl.ca.location': '/nowhere.pem' }, /ssl\.ca\.location \(-X\): ENOENT/],
  [{ 'security.protocol': 'SSL', 'ssl.ca.location': file('text', 'no certificate') }, /is not PEM/],
  [
    { 'security.protocol': 'SSL', 'ssl.truststore.location': file('old.jks', Buffer.from('feedfeed00000002', 'hex')) },
    /Java key store/,
  ],
  [{ 'security.protocol': 'SSL', 'ssl.certificate.location': certificate }, /certificate without its key/],
  [{ 'security.protocol': 'SSL', 'ssl.enabled.protocols': 'SSLv3' }, /must name TLSv1\.2 or TLSv1\.3/],
  [{ 'security.protocol': 'SASL_SSL' }, /sasl\.mechanism is not set/],
  [{ 'security.protocol': 'SASL_SSL', 'sasl.mechanism': 'OAUTHBEARER' }, /needs a token/],
  [{ 'bootstrap.servers': 'a:b:c' }, /is not a broker address/],
])('settings that do not fit: %j', (properties, message) => {
  expect(() => settings(properties)).toThrow(message)
})

test('a token is asked for each time', async () => {
  const tokens = file('tokens', 'first')
  const { security } = settings({
    'security.protocol': 'SASL_SSL',
    'sasl.mechanism': 'OAUTHBEARER',
    'sasl.oauthbearer.token.command': `cat ${tokens}`,
    'sasl.oauthbearer.extensions': 'tenant=a,zone=b',
  })
  if (security.sasl?.mechanism !== 'OAUTHBEARER') throw new Error('another mechanism')
  expect(await security.sasl.token()).toBe('first')
  file('tokens', 'second')
  expect(await security.sasl.token()).toBe('second')
  expect(security.sasl.extensions).toEqual({ tenant: 'a', zone: 'b' })
})

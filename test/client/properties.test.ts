import { describe, expect, test } from 'vitest'
import { clientProperties, meaningOf, propertyNames } from '../../src/client/properties.ts'

const known = (name: string) => {
  const meaning = meaningOf(name)
  return meaning.kind === 'known' ? [meaning.spec.name, meaning.source] : meaning.kind
}

test.each([
  // librdkafka's names …
  ['metadata.broker.list', 'bootstrap.servers'],
  ['sasl.mechanisms', 'sasl.mechanism'],
  ['ssl.ca.location', 'ssl.ca.location'],
  ['ssl.key.pem', 'ssl.key.pem'],
  ['socket.timeout.ms', 'request.timeout.ms'],
  ['enable.ssl.certificate.verification', 'enable.ssl.certificate.verification'],
  ['topic.request.timeout.ms', 'request.timeout.ms'],
  // … and Java's.
  ['bootstrap.servers', 'bootstrap.servers'],
  ['sasl.jaas.config', 'sasl.jaas.config'],
  ['ssl.keystore.certificate.chain', 'ssl.certificate.pem'],
  ['ssl.keystore.key', 'ssl.key.pem'],
  ['ssl.truststore.certificates', 'ssl.ca.pem'],
  ['ssl.endpoint.identification.algorithm', 'ssl.endpoint.identification.algorithm'],
])('%s is %s', (name, meant) => {
  expect(known(name)).toEqual([meant, undefined])
})

test.each([
  ['sasl.password.command', ['sasl.password', 'command']],
  ['sasl.password.env', ['sasl.password', 'env']],
  ['ssl.key.password.file', ['ssl.key.password', 'file']],
  ['client.id.command', 'unknown'],
  ['sasl.username.env', 'unknown'],
])('a secret may be elsewhere, and only a secret: %s', (name, meant) => {
  expect(known(name)).toEqual(meant)
})

describe('what means nothing here says why', () => {
  test.each([
    'connections.max.idle.ms',
    'metadata.max.age.ms',
    'debug',
    'ssl.keystore.type',
    'acks',
    'linger.ms',
    'group.id',
  ])('%s is taken', name => {
    expect(meaningOf(name)).toMatchObject({ kind: 'ignored', reason: expect.stringMatching(/\w+ \w+/) })
  })
  test.each(['sasl.kerberos.service.name', 'ssl.truststore.password', 'interceptor.classes'])('%s is refused', name => {
    expect(meaningOf(name)).toMatchObject({ kind: 'refused', reason: expect.stringMatching(/\w+ \w+/) })
  })
  test('a name that nobody knows is not taken', () => {
    expect(meaningOf('bootstrap.server').kind).toBe('unknown')
  })
})

test('no name means two things', () => {
  const names = propertyNames()
  expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([])
})

test('a default is one of the choices', () => {
  const broken = clientProperties.filter(
    spec => 'choices' in spec && 'default' in spec && !(spec.choices as readonly string[]).includes(spec.default),
  )
  expect(broken).toEqual([])
})

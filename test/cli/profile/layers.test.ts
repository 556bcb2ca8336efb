import { describe, expect, test } from 'vitest'
import { type Layer, resolveLayers } from '../../../src/cli/profile/layers.ts'

const layer = (source: string, properties: Readonly<Record<string, string>>, more: Partial<Layer> = {}): Layer => ({
  source,
  entries: Object.entries(properties).map(([name, value]) => ({ name, value })),
  ...more,
})

const value = (layers: readonly Layer[], name: 'client.id' | 'bootstrap.servers' | 'sasl.password') => {
  const found = resolveLayers(layers).values.get(name)
  return found && [found.value, found.source]
}

describe('the highest place counts', () => {
  const all = ['--brokers', '-X', '--profile p', 'environment', '.streamctl.yml', 'profile p']
  test.each(all.map((source, at) => [source, at] as const))('%s', (source, at) => {
    const layers = all.slice(at).map(name => layer(name, { 'client.id': name }))
    expect(value(layers, 'client.id')).toEqual([source, source])
  })
  test('and then the default', () => {
    expect(value([], 'client.id')).toEqual(['streamctl', 'default'])
  })
})

test('the last of several in one place counts, by whatever name', () => {
  const layers = [layer('-X', { 'bootstrap.servers': 'a:1', 'metadata.broker.list': 'b:2' })]
  expect(value(layers, 'bootstrap.servers')).toEqual(['b:2', '-X'])
})

test('where a secret is overrules what it is in a lower place', () => {
  const { values } = resolveLayers([
    layer('environment', { 'sasl.password.command': 'pass show x' }),
    layer('profile p', { 'sasl.password': 'old' }),
  ])
  expect(values.get('sasl.password')).toEqual({
    name: 'sasl.password',
    value: 'pass show x',
    source: 'environment',
    secretSource: 'command',
  })
})

describe('a project file that names brokers', () => {
  const project = layer('.streamctl.yml', { brokers: 'theirs:9092' }, { isForeign: true })
  const profile = layer('profile p', { 'sasl.password': 'mine', 'client.id': 'me' }, { isPersonal: true })

  test('does not get the secrets of a profile', () => {
    const { values, ignored } = resolveLayers([project, profile])
    expect(values.get('sasl.password')).toBeUndefined()
    expect(ignored.map(({ name, reason }) => [name, reason])).toContainEqual([
      'sasl.password',
      'brokers come from .streamctl.yml',
    ])
  })
  test('is overruled by brokers of a flag, and then the profile counts', () => {
    expect(value([layer('--brokers', { brokers: 'mine:1' }), project, profile], 'sasl.password')).toEqual([
      'mine',
      'profile p',
    ])
  })
})

describe('what cannot be meant is refused in one line', () => {
  test.each([
    [{ 'bootstrap.server': 'x' }, "-X: nobody knows the property 'bootstrap.server'"],
    [
      { 'security.protocol': 'TLS' },
      /security\.protocol must be one of PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL, not 'TLS'/,
    ],
    [{ 'request.timeout.ms': 'soon' }, /must be a whole number from 1, not 'soon'/],
    [{ 'enable.ssl.certificate.verification': 'maybe' }, /must be true or false/],
    [{ 'sasl.kerberos.keytab': 'f' }, /is refused: Kerberos/],
  ])('%j', (properties, message) => {
    expect(() => resolveLayers([layer('-X', properties)])).toThrow(message)
  })
  test('with a suggestion', () => {
    try {
      resolveLayers([layer('-X', { 'sasl.mechanim': 'PLAIN' })])
    } catch (error) {
      expect(error).toMatchObject({ hint: 'did you mean sasl.mechanism?', exitCode: 2 })
    }
    expect.assertions(1)
  })
})

test.each([
  [{ 'security.protocol': 'sasl_ssl' }, 'security.protocol', 'SASL_SSL'],
  [{ 'ssl.endpoint.identification.algorithm': '' }, 'ssl.endpoint.identification.algorithm', 'none'],
  [{ 'enable.ssl.certificate.verification': 'FALSE' }, 'enable.ssl.certificate.verification', 'false'],
] as const)('%j is understood', (properties, name, expected) => {
  expect(resolveLayers([layer('-X', properties)]).values.get(name)?.value).toBe(expected)
})

import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { findProjectFile, readProjectFile } from '../../../src/cli/profile/project-file.ts'
import { loadYaml } from '../../../src/cli/profile/yaml-properties.ts'
import { temporaryDirectory } from '../../support/processes.ts'

beforeAll(loadYaml)

test.each([
  ['its own', ['/r/a/.streamctl.yml'], '/r/a', '/r/a/.streamctl.yml'],
  ["the repository's, from below", ['/r/.git', '/r/.streamctl.yml'], '/r/a/b', '/r/.streamctl.yml'],
  ['the nearest', ['/r/.git', '/r/.streamctl.yml', '/r/a/.streamctl.yml'], '/r/a/b', '/r/a/.streamctl.yml'],
  ['none above the repository', ['/.streamctl.yml', '/r/.git'], '/r/a', undefined],
  ['none above, outside of a repository', ['/home/.streamctl.yml'], '/home/ann/work', undefined],
])('a directory has %s', (_, files, directory, expected) => {
  expect(findProjectFile(directory, file => files.includes(file))).toBe(expected)
})

function read(text: string) {
  const directory = temporaryDirectory()
  mkdirSync(directory, { recursive: true })
  const file = path.join(directory, '.streamctl.yml')
  writeFileSync(file, text)
  return { directory, project: readProjectFile(file) }
}

test('maps may be nested, lists are joined, texts stay texts, files are seen from the file', () => {
  const { directory, project } = read(`
profile: dev
brokers: [a:9092, b:9092]
sasl: {username: 0123, password: {env: KAFKA_PASSWORD}}
ssl.ca.location: certs/ca.pem
client.id: no
`)
  expect(project.profile).toBe('dev')
  expect(project.layer.entries).toEqual([
    { name: 'brokers', value: 'a:9092,b:9092' },
    { name: 'sasl.username', value: '0123' },
    { name: 'sasl.password.env', value: 'KAFKA_PASSWORD' },
    { name: 'ssl.ca.location', value: path.join(directory, 'certs/ca.pem') },
    { name: 'client.id', value: 'no' },
  ])
})

test.each([
  ['sasl.password.command: rm -rf /', /runs no commands/],
  ['sasl: {password: {command: env}}', /runs no commands/],
  ['sasl.password.env: AWS_SECRET_ACCESS_KEY', /KAFKA_… and STREAMCTL_… only/],
  ['sasl.oauthbearer.token.file: ~/.vault-token', /beside itself/],
  ['sasl.oauthbearer.token.file: ../../.netrc', /beside itself/],
  ['sasl.oauthbearer.token.endpoint.url: file:///home/ann/.vault-token', /beside itself/],
  ['brokers: [a', /line \d+: this is not YAML/],
  ['- a', /there must be names and values/],
])('what a stranger may not write: %s', (text, message) => {
  expect(() => read(text)).toThrow(message)
})

test('a line that cannot be read is not repeated: it may hold a password', () => {
  expect(() => read('sasl.password: "secret\nx')).not.toThrow(/secret/)
  expect(() => read('sasl.password: "secret\nx')).toThrow(/not YAML/)
})

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { OperatorError } from '../../src/base/errors.ts'
import { brokerSettings } from '../../src/config/broker-settings.ts'
import {
  readConfigurationFile,
  resolveConfiguration,
  resolveSettings,
  type SettingSources,
  variableOf,
} from '../../src/config/resolve.ts'

const file = (text: string): SettingSources['file'] => ({ path: 'server.properties', text })

function refusal(sources: SettingSources): { message: string; hint: string | undefined } {
  try {
    resolveSettings(sources)
  } catch (error) {
    if (error instanceof OperatorError) return { message: error.message, hint: error.hint }
    throw error
  }
  throw new Error('nothing was refused')
}

test('the environment is stronger than the file, the command line than both', () => {
  const resolved = resolveSettings({
    file: file('num.partitions=2\nnode.id = 2\ngroup.max.size=2'),
    environment: { STREAMCTL_NODE_ID: '3', STREAMCTL_GROUP_MAX_SIZE: '3', PATH: '/bin' },
    flags: { 'group.max.size': ' 4 ' },
  })
  expect(Object.fromEntries(resolved)).toEqual({ 'num.partitions': '2', 'node.id': '3', 'group.max.size': '4' })
})

test('every setting has a variable of its own', () => {
  const names = Object.keys(brokerSettings)
  expect(new Set(names.map(variableOf)).size).toBe(names.length)
  expect(variableOf('log.retention.ms')).toBe('STREAMCTL_LOG_RETENTION_MS')
  expect(variableOf('streamctl.cache.bytes')).toBe('STREAMCTL_CACHE_BYTES')
})

test('variables of commands are left alone, a misspelt setting is not', () => {
  expect(
    resolveSettings({ environment: { STREAMCTL_BROKERS: 'x', STREAMCTL_BIN: 'y', NUM_PARTITIONS: '3' } }).size,
  ).toBe(0)
  expect(refusal({ environment: { STREAMCTL_NUM_PARTITION: '3' } })).toEqual({
    message: 'no setting for the environment variable STREAMCTL_NUM_PARTITION',
    hint: 'did you mean STREAMCTL_NUM_PARTITIONS?',
  })
})

test.each<[string, SettingSources, string, string | undefined]>([
  [
    'an unknown name in the file',
    { file: file('# ours\nnum.partition=3') },
    "server.properties, line 2: there is no setting 'num.partition'",
    'did you mean num.partitions?',
  ],
  [
    'an unknown name on the command line',
    { flags: { 'zookeeper.connect': 'x' } },
    "--set: there is no setting 'zookeeper.connect'",
    'the README lists all settings',
  ],
  [
    'the name of a topic setting',
    { flags: { 'retention.ms': '1' } },
    "--set: there is no setting 'retention.ms'",
    'did you mean log.retention.ms?',
  ],
  [
    'what is a flag here',
    { file: file('log.dirs=/data') },
    "server.properties, line 1: there is no setting 'log.dirs'",
    'use the flag --data',
  ],
  [
    'what a node is anyway',
    { file: file('process.roles=broker') },
    "server.properties, line 1: there is no setting 'process.roles'",
    'it cannot be set here: leave it out',
  ],
  [
    'a setting of Kafka that is not there',
    { file: file('ssl.keystore.location=/keys') },
    "server.properties, line 1: there is no setting 'ssl.keystore.location'",
    'it is one of Apache Kafka; leave it out: connections are neither encrypted nor authenticated here, and a setting that protects nothing would mislead',
  ],
  [
    'a value that is not taken',
    { environment: { STREAMCTL_NUM_PARTITIONS: 'many' } },
    "environment variable STREAMCTL_NUM_PARTITIONS: num.partitions must be a whole number from 1 on, not 'many'",
    undefined,
  ],
  [
    'a broken file',
    { file: file('num.partitions=\\u12') },
    'server.properties: line 1: \\u needs four hexadecimal digits',
    undefined,
  ],
  [
    'timeouts that exclude each other',
    { flags: { 'group.min.session.timeout.ms': '9000', 'group.max.session.timeout.ms': '8000' } },
    'group.min.session.timeout.ms is above group.max.session.timeout.ms',
    undefined,
  ],
  [
    'a limit of connections that lets nobody in',
    { flags: { 'max.connections.per.ip': '0' } },
    'max.connections.per.ip can be 0 only where max.connections.per.ip.overrides names who may connect',
    undefined,
  ],
])('%s is refused', (_name, sources, message, hint) => {
  expect(refusal(sources)).toEqual({ message, hint })
})

test('a file is read where it is, and one that cannot be read is named', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'streamctl-config-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const name = path.join(directory, 'node.properties')
  writeFileSync(name, 'num.partitions=7\n')
  expect(resolveConfiguration({ file: readConfigurationFile(name) }).broker['num.partitions']).toBe(7)
  expect(() => readConfigurationFile(path.join(directory, 'none'))).toThrow(OperatorError)
  expect(() => readConfigurationFile(path.join(directory, 'none'))).toThrow(/cannot read the settings in .*none/)
})

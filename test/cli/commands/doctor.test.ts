// doctor against a node in this process and a door with TLS and SASL before it.
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { certificates } from '../../support/certificates.ts'
import { temporaryDirectory } from '../../support/processes.ts'
import { secureGateway } from '../../support/secure-gateway.ts'
import { liveNode } from '../live-node.ts'

const node = liveNode()
const findings = (out: string): string[] =>
  out
    .split('\n')
    .map(line => line.split('\t').slice(0, 2).join(' '))
    .filter(Boolean)

async function door() {
  const [host = '', port = ''] = node.address.split(':')
  const gateway = await secureGateway({
    target: { host, port: Number(port) },
    tls: { cert: certificates.broker, key: certificates.brokerKey },
    sasl: { mechanisms: ['SCRAM-SHA-512'], users: { ann: 'secret' } },
  })
  onTestFinished(() => gateway.close())
  const authority = path.join(temporaryDirectory(), 'ca.pem')
  writeFileSync(authority, certificates.authority)
  const properties = [
    '-X',
    `ssl.ca.location=${authority}`,
    '-X',
    'sasl.mechanism=SCRAM-SHA-512',
    '-X',
    'sasl.username=ann',
  ]
  return { brokers: `${gateway.address.host}:${gateway.address.port}`, properties }
}

test('a node that is well passes every step', async () => {
  const { code, out } = await node.command(['doctor'])
  expect(code).toBe(0)
  expect(findings(out)).toEqual(['ok settings', 'ok port', 'ok versions', 'ok metadata', 'ok advertised', 'ok clock'])
})

test('findings are JSON for scripts', async () => {
  const lines = (await node.ok('doctor', '--json'))
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  expect(lines.map(({ step, outcome }) => `${outcome} ${step}`)).toContain('ok clock')
  expect((await node.ok('doctor', '--format', 'yaml')).split('\n')[0]).toBe('- step: settings')
})

test('behind a door, the address that is advertised does not fit', async () => {
  const { brokers, properties } = await door()
  const { code, out } = await node.command(['doctor', '-b', brokers, ...properties, '-X', 'sasl.password=secret'])
  expect(findings(out).slice(0, 6)).toEqual([
    'ok settings',
    'ok port',
    'ok tls',
    'ok sasl',
    'ok versions',
    'ok metadata',
  ])
  // The node behind it knows no TLS, and says that it is to be reached itself.
  expect(findings(out)).toContain('FAILED advertised')
  expect(code).not.toBe(0)
})

test('what is wrong is named at its step, with what to do and the exit code', async () => {
  const { brokers, properties } = await door()
  const failing = async (...args: string[]) => {
    const { code, out } = await node.command(['doctor', ...args])
    return { code, last: out.trim().split('\n').at(-1) }
  }
  expect(await failing('-b', brokers, ...properties, '-X', 'sasl.password=guess')).toMatchObject({
    code: 3,
    last: expect.stringMatching(/^FAILED\tsasl\t.*SASL_AUTHENTICATION_FAILED.*\tare user name and password right/),
  })
  expect(await failing('-b', brokers)).toMatchObject({
    code: 2,
    last: expect.stringMatching(/speaks TLS.*security\.protocol=SSL/),
  })
  expect(await failing('-b', brokers, '-X', 'security.protocol=SSL')).toMatchObject({
    code: 3,
    last: expect.stringMatching(/^FAILED\ttls\t.*nobody who is trusted/),
  })
  expect(await failing('-X', 'security.protocol=SSL')).toMatchObject({
    code: 2,
    last: expect.stringMatching(/^FAILED\ttls\t.*does not speak TLS on this port/),
  })
  expect(await failing('-b', '127.0.0.1:1')).toMatchObject({
    code: 4,
    last: expect.stringMatching(/^FAILED\tport\t.*nobody listens/),
  })
  expect(await failing('-X', 'ssl.ca.location=/nowhere')).toMatchObject({
    code: 2,
    last: expect.stringMatching(/^FAILED\tsettings/),
  })
})

// TLS, SASL, profiles and project files as people set them up in a shell, with the executable.
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { certificates } from '../support/certificates.ts'
import { temporaryDirectory } from '../support/processes.ts'
import { faultsOf, type RunningNode, shell, startNode } from '../support/program.ts'
import { type SecureGateway, secureGateway } from '../support/secure-gateway.ts'

let node: RunningNode
let door: SecureGateway
const directory = temporaryDirectory()

beforeAll(async () => {
  door = await secureGateway(async port => {
    node = await startNode({ data: 'ephemeral', flags: ['--advertise', `127.0.0.1:${port}`] })
    return {
      target: { host: node.host, port: node.port },
      tls: { cert: certificates.broker, key: certificates.brokerKey },
      sasl: { mechanisms: ['SCRAM-SHA-512', 'PLAIN'], users: { ann: 'secret' } },
    }
  })
  writeFileSync(path.join(directory, 'ca.pem'), certificates.authority)
})
afterAll(async () => {
  door.close()
  await node.stop()
  expect(faultsOf(node)).toEqual([])
})

function script(text: string) {
  const environment = {
    XDG_CONFIG_HOME: path.join(directory, 'config'),
    BROKERS: `127.0.0.1:${door.address.port}`,
    PASSWORD: 'secret',
  }
  return shell(text, { environment, directory })
}

async function output(text: string): Promise<string> {
  const { exitCode, stdout, stderr } = await script(text)
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 })
  return stdout.toString()
}

test('a profile with a certificate and a password of a command is all that later commands need', async () => {
  const printed = await output(`
    streamctl profile create prod -q -b $BROKERS -X security.protocol=SASL_SSL -X ssl.ca.location=ca.pem \\
      -X sasl.mechanism=SCRAM-SHA-512 -X sasl.username=ann -X sasl.password.command='echo $PASSWORD'
    cd /
    streamctl topic create numbers -q
    seq 1 3 | streamctl produce numbers
    streamctl consume numbers -e
    streamctl doctor | cut -f 1,2
  `)
  expect(printed).toBe(
    '1\n2\n3\n' +
      ['settings', 'port', 'tls', 'sasl', 'versions', 'metadata', 'advertised', 'clock']
        .map(step => `ok\t${step}\n`)
        .join(''),
  )
})

test('a properties file of a Java client is taken as it is', async () => {
  const printed = await output(`
    cat > client.properties <<'END'
# as kafka-topics.sh takes it
security.protocol=SASL_SSL
sasl.mechanism=PLAIN
sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username="ann" password="secret";
ssl.truststore.type=PEM
ssl.truststore.location=ca.pem
END
    streamctl topic list -b $BROKERS -X @client.properties --json | grep -c numbers
  `)
  expect(printed).toBe('1\n')
})

test('what does not fit ends with one line, a hint and its exit code', async () => {
  const { stdout } = await script(`
    set +e
    try() { streamctl topic list -b $BROKERS --profile prod "$@" 2>&1; echo "-> $?"; }
    try -X sasl.password=guess
    try -X ssl.ca.location=/nowhere.pem
    try -X security.protocol=PLAINTEXT
    try -X security.protocol=SSL
    try -X sasl.mechanism=SCRAM-SHA-256
    try -X sasl.mechanism=GSSAPI
    try -b 127.0.0.1:1
  `)
  const said = stdout.toString().split(/-> \d+\n/)
  expect([...stdout.toString().matchAll(/-> (\d+)/g)].map(([, code]) => Number(code))).toEqual([3, 2, 2, 3, 3, 2, 4])
  expect(said.map(text => text.split('\n')[0])).toEqual([
    expect.stringMatching(/SCRAM-SHA-512: Authentication failed \(SASL_AUTHENTICATION_FAILED\)$/),
    expect.stringMatching(/ssl\.ca\.location \(-X\): ENOENT/),
    expect.stringMatching(/the broker speaks TLS$/),
    expect.stringMatching(/the broker wants to know who you are$/),
    expect.stringMatching(/does not offer SCRAM-SHA-256$/),
    expect.stringMatching(/sasl\.mechanism must be one of/),
    expect.stringMatching(/no broker answers at 127\.0\.0\.1:1: connection refused$/),
    '',
  ])
  for (const text of said) expect(text.trim().split('\n').length).toBeLessThanOrEqual(2)
  expect(stdout.toString()).not.toMatch(/guess|secret/)
})

test('the connections of the README work as they are written there', async () => {
  const readme = readFileSync(path.resolve(import.meta.dirname, '../../README.md'), 'utf8')
  const block = /<!-- connections -->\s*```sh\n(.*?)```/s.exec(readme)?.[1] ?? ''
  expect(block).toContain('streamctl profile')
  // The address of the page is any node's; here it is the one behind the door.
  await output(`export STREAMCTL_X_SSL_CA_LOCATION=$PWD/ca.pem XDG_CONFIG_HOME=$PWD/readme
${block.replaceAll('kafka.example.com:9093', '$BROKERS').replaceAll("'pass show kafka/prod'", "'echo secret'")}`)
})

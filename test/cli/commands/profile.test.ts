// Profiles and config print, as the program runs them.
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { run } from '../../../src/cli/program.ts'
import { temporaryDirectory } from '../../support/processes.ts'
import { fakeIo } from '../fake-io.ts'

let home: string
beforeEach(() => {
  home = temporaryDirectory()
})

async function command(args: readonly string[], variables: Record<string, string> = {}, directory?: string) {
  const io = { ...fakeIo({ variables: { XDG_CONFIG_HOME: home, ...variables } }), ...(directory ? { directory } : {}) }
  const code = await run(args, io)
  return { code, out: io.out(), err: io.err() }
}

const file = (name: string): string => path.join(home, 'streamctl/profiles', `${name}.yml`)

test('a profile is written for its owner alone, used, left and found again', async () => {
  expect(await command(['profile', 'create', 'local', '-b', '127.0.0.1:1'])).toMatchObject({ code: 0, out: '' })
  await command([
    'profile',
    'create',
    'prod',
    '-b',
    'k:9093',
    '-X',
    'security.protocol=SSL',
    '--description',
    'the real one',
  ])
  expect(statSync(file('prod')).mode & 0o777).toBe(0o600)
  expect(statSync(path.dirname(file('prod'))).mode & 0o777).toBe(0o700)
  expect((await command(['profile', 'list'])).out).toBe(
    'local\tfalse\t127.0.0.1:1\t-\t-\nprod\ttrue\tk:9093\tSSL\tthe real one\n',
  )
  expect((await command(['profile', '-'])).err).toBe("profile 'local' is in use\n")
  expect((await command(['profile', '-'])).err).toBe("profile 'prod' is in use\n")
  expect((await command(['profile', 'use', '-'])).err).toBe("profile 'local' is in use\n")
  expect((await command(['config', 'print'])).out).toBe('bootstrap.servers\t127.0.0.1:1\tprofile local\n')
  await command(['profile', 'use', 'none'])
  expect((await command(['config', 'print'])).out).toBe('bootstrap.servers\t127.0.0.1:9092\tdefault\n')
  await command(['profile', 'delete', 'local'])
  expect((await command(['profile', 'list'])).out).toMatch(/^prod\tfalse/)
})

test('secrets are never shown', async () => {
  const secrets = [
    '-X',
    'sasl.password=hush',
    '-X',
    'ssl.key.pem=-----BEGIN PRIVATE KEY-----hush',
    '-X',
    'sasl.jaas.config=PlainLoginModule required username="a" password="hush";',
  ]
  const created = await command([
    'profile',
    'create',
    'p',
    '-b',
    'k',
    '-X',
    'security.protocol=SASL_PLAINTEXT',
    '-X',
    'sasl.mechanism=PLAIN',
    '-X',
    'sasl.username=ann',
    ...secrets,
  ])
  expect(created).toMatchObject({
    code: 0,
    err: expect.stringContaining('sasl.password.command would keep it elsewhere'),
  })
  const shown = [created]
  for (const format of ['text', 'json', 'yaml', 'wide']) {
    shown.push(await command(['profile', 'print', 'p', '--format', format]))
    shown.push(await command(['config', 'print', '--all', '--format', format]))
  }
  shown.push(await command(['config', 'print', ...secrets], { STREAMCTL_X_SASL_PASSWORD: 'hush' }))
  for (const { code, out, err } of shown) {
    expect(code).toBe(0)
    expect(out + err).not.toContain('hush')
  }
  expect(readFileSync(file('p'), 'utf8')).toContain('hush')
})

test('every place counts in its order', async () => {
  const project = temporaryDirectory()
  mkdirSync(path.join(project, '.git'))
  mkdirSync(path.join(project, 'deep/down'), { recursive: true })
  writeFileSync(path.join(project, '.streamctl.yml'), 'profile: p\nclient.id: project\nrequest.timeout.ms: 2\n')
  await command([
    'profile',
    'create',
    'p',
    '-b',
    'profile:1',
    '-X',
    'client.id=profile',
    '-X',
    'default.api.timeout.ms=3',
  ])
  await command(['profile', 'create', 'q', '-b', 'other:1', '-X', 'client.id=q'])
  const places = async (args: readonly string[], variables = {}) => {
    const { out } = await command(['config', 'print', ...args, '--json'], variables, path.join(project, 'deep/down'))
    return Object.fromEntries(
      out
        .trim()
        .split('\n')
        .map(line => JSON.parse(line))
        .map(({ property, value, source }) => [property, `${value} of ${source}`]),
    )
  }
  const environment = { STREAMCTL_X_CLIENT_ID: 'variable', STREAMCTL_BROKERS: 'variable:1' }
  expect(await places([])).toEqual({
    'bootstrap.servers': 'profile:1 of profile p',
    'client.id': 'project of .streamctl.yml',
    'request.timeout.ms': '2 of .streamctl.yml',
    'default.api.timeout.ms': '3 of profile p',
  })
  expect(await places([], environment)).toMatchObject({
    'bootstrap.servers': 'variable:1 of environment STREAMCTL_BROKERS',
    'client.id': 'variable of environment STREAMCTL_X_CLIENT_ID',
  })
  expect(await places(['--profile', 'q'], environment)).toMatchObject({
    'bootstrap.servers': 'other:1 of --profile q',
    'client.id': 'q of --profile q',
  })
  expect(await places(['-X', 'client.id=x', '--profile', 'q'], environment)).toMatchObject({ 'client.id': 'x of -X' })
  expect(await places(['-b', 'flag:1', '-X', 'bootstrap.servers=x:1'])).toMatchObject({
    'bootstrap.servers': 'flag:1 of --brokers',
  })
})

test('a file of properties is read as Java reads it, and its lines are named', async () => {
  const properties = path.join(home, 'client.properties')
  writeFileSync(properties, '# comment\nclient.id = from file\nsecurity.protocol=NONSENSE\n')
  const { code, err } = await command(['config', 'print', '-X', `@${properties}`])
  expect(code).toBe(2)
  expect(err).toContain(`-X @${properties}, line 3: security.protocol must be one of`)
})

test('a file that others can read is remarked', async () => {
  await command(['profile', 'create', 'p', '-b', 'k'])
  chmodSync(file('p'), 0o644)
  expect((await command(['profile', 'print'])).err).toMatch(/others can read .*chmod 600/)
})

test.each([
  [['profile', 'use', 'nowhere'], /there is no profile 'nowhere'/],
  [['profile', 'print'], /no profile is in use/],
  [['profile', '-'], /no other profile before/],
  [['profile', 'create', 'p'], /would be empty/],
  [['profile', 'create', '../p', '-b', 'k'], /cannot be the name/],
  [['profile', 'create', 'p', '-X', 'brokers'], /-X takes name=value or @file/],
  [['profile', 'create', 'p', '-b', 'k', '-X', 'security.protocol=SASL_SSL'], /sasl\.mechanism is not set/],
  [['profile', 'delete', 'nowhere'], /there is no profile 'nowhere'/],
  [['config', 'print', '-X', '@/nowhere'], /ENOENT/],
  [['topic', 'list', '--profile', 'nowhere'], /there is no profile 'nowhere'/],
])('%j is refused in one line with a hint', async (args, message) => {
  const { code, out, err } = await command(args)
  expect({ code, out }).toEqual({ code: 2, out: '' })
  expect(err).toMatch(message)
  expect(err.trim().split('\n').length).toBeLessThanOrEqual(2)
})

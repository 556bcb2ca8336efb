import { expect, test } from 'vitest'
import { systemEnv } from '../../../src/base/system-env.ts'
import { runCommand } from '../../../src/cli/request/run-command.ts'
import { recordingLog } from '../../support/simulated-env.ts'

const env = systemEnv({ log: recordingLog() })

async function run(script: string, { input = '', timeoutMs = 60_000 } = {}) {
  const messages: Buffer[] = []
  const result = await runCommand({
    env,
    command: ['sh', '-c', script],
    input: Buffer.from(input),
    variables: { PATH: process.env.PATH, NAME: 'x' },
    timeoutMs,
    onMessage: bytes => messages.push(bytes),
  })
  return { output: result.output.toString(), problem: result.problem, said: Buffer.concat(messages).toString() }
}

test.each<[string, string, unknown]>([
  ['input and output', 'tr a-z A-Z', { output: 'HELLO', problem: undefined, said: '' }],
  ['the environment', 'printf %s "$NAME"', { output: 'x', problem: undefined, said: '' }],
  ['what it says', 'echo oops >&2', { output: '', problem: undefined, said: 'oops\n' }],
  ['an exit code', 'printf half; exit 3', { output: 'half', problem: 'exit code 3', said: '' }],
  ['a signal', 'kill -9 $$', { output: '', problem: 'ended by SIGKILL', said: '' }],
])('%s', async (_, script, expected) => {
  expect(await run(script, { input: 'hello' })).toEqual(expected)
})

test('a command need not read its input', async () => {
  expect(await run('true', { input: 'x'.repeat(1_000_000) })).toMatchObject({ problem: undefined })
})

test('a command that takes too long is killed', async () => {
  expect(await run('exec sleep 1000', { timeoutMs: 50 })).toMatchObject({ problem: 'no end after 0.05 s' })
})

test('a command that is not there is said so', async () => {
  const variables = { PATH: process.env.PATH }
  await expect(
    runCommand({ env, command: ['no-such-command'], input: null, variables, timeoutMs: 1_000, onMessage: () => {} }),
  ).rejects.toThrow("cannot run 'no-such-command': there is no such command")
})

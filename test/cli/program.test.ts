import { Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { ExitCode, OperatorError } from '../../src/base/errors.ts'
import { type CommandSpec, defineCommand } from '../../src/cli/command.ts'
import { run } from '../../src/cli/program.ts'
import { type FakeIo, fakeIo } from './fake-io.ts'

interface Options {
  readonly count?: number
  readonly name?: readonly string[]
}

const greet = defineCommand<Options, [who: string]>({
  name: 'greet',
  summary: 'say hello',
  description: 'One paragraph\nin two lines.',
  arguments: [{ name: '<who>', help: 'to whom' }],
  options: [
    { flags: '-c, --count <number>', help: 'how often', parse: Number, variable: 'GREET_COUNT' },
    { flags: '-n, --name <name>', help: 'more', repeatable: true },
  ],
  examples: [{ command: 'streamctl greet world', does: 'the usual' }],
  run: async ({ output }, options, who) => {
    output.json({ who, ...options })
    return undefined
  },
})

const failing = (error: unknown) =>
  defineCommand<object, []>({ name: 'fail', summary: 'fail', run: () => Promise.reject(error) })

const untilAborted = defineCommand<object, []>({
  name: 'wait',
  summary: 'wait',
  run: async ({ signal, output }) => {
    output.line('waiting')
    await new Promise(resolve => signal.addEventListener('abort', resolve))
    return undefined
  },
})

async function result(argv: readonly string[], specs: readonly CommandSpec[] = [greet], io: FakeIo = fakeIo()) {
  const code = await run(argv, io, specs)
  return { code, out: io.out(), err: io.err() }
}

test('arguments and options reach the command', async () => {
  const { code, out } = await result(['greet', 'you', '-c', '3', '-n', 'a', '-n', 'b'])
  expect([code, JSON.parse(out)]).toEqual([0, { who: 'you', count: 3, name: ['a', 'b'] }])
})

test('an environment variable stands in for an option, which wins over it', async () => {
  const io = () => fakeIo({ variables: { GREET_COUNT: '7' } })
  expect(JSON.parse((await result(['greet', 'x'], [greet], io())).out)).toEqual({ who: 'x', count: 7 })
  expect(JSON.parse((await result(['greet', 'x', '-c', '1'], [greet], io())).out)).toEqual({ who: 'x', count: 1 })
})

test.each([
  [['greet', 'x', '--cuont', '1'], "unknown option '--cuont'", 'did you mean --count?'],
  [['gret', 'x'], "unknown command 'gret'", 'did you mean greet?'],
  [['greet'], "missing required argument 'who'", 'streamctl greet --help'],
  [['greet', 'x', 'y'], 'too many arguments', 'streamctl greet --help'],
  [['help', 'gret'], "unknown command 'gret'", 'did you mean greet?'],
])('%j is a usage error with a hint', async (argv, message, hint) => {
  const { code, out, err } = await result(argv)
  expect(code).toBe(ExitCode.usage)
  expect(out).toBe('')
  expect(err).toContain(`streamctl: ${message}`)
  expect(err).toContain(`hint: ${hint}`)
})

test('help goes to stdout with the examples, however it is asked for', async () => {
  for (const argv of [
    ['greet', '--help'],
    ['help', 'greet'],
  ]) {
    const { code, out, err } = await result(argv)
    expect([code, err]).toEqual([0, ''])
    expect(out).toContain('Say hello.\n\nOne paragraph in two lines.')
    expect(out).toContain('# the usual\n  streamctl greet world')
  }
})

test('the version is printed', async () => {
  expect(await result(['--version'])).toEqual({ code: 0, out: '1.2.3\n', err: '' })
})

test('no command at all shows the help and is a usage error', async () => {
  const { code, out, err } = await result([])
  expect([code, out]).toEqual([ExitCode.usage, ''])
  expect(err).toContain('Usage: streamctl')
})

test('an operator error is one line and a hint, with its exit code', async () => {
  const error = new OperatorError('no broker', { hint: 'start one', exitCode: ExitCode.unreachable })
  expect(await result(['fail'], [failing(error)])).toEqual({
    code: 4,
    out: '',
    err: 'streamctl: no broker\n  hint: start one\n',
  })
})

test('a fault of our own is one line; the stack is there for those who ask', async () => {
  const plain = await result(['fail'], [failing(new TypeError('x is not y'))])
  expect(plain).toMatchObject({ code: ExitCode.internal })
  expect(plain.err).toBe('streamctl: internal error: x is not y\n  hint: STREAMCTL_DEBUG=1 shows where\n')
  const io = fakeIo({ variables: { STREAMCTL_DEBUG: '1' } })
  expect((await result(['fail'], [failing(new TypeError('x is not y'))], io)).err).toContain('program.test.ts')
})

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s lets the command finish and answers %i', async (name, code) => {
  const io = fakeIo()
  const running = run(['wait'], io, [untilAborted])
  await new Promise(setImmediate)
  io.signal(name)
  expect(await running).toBe(code)
})

test('a second signal does not wait for the command', async () => {
  const io = fakeIo()
  const deaf = defineCommand<object, []>({ name: 'wait', summary: 'wait', run: () => new Promise(() => {}) })
  const running = run(['wait'], io, [deaf])
  await new Promise(setImmediate)
  io.signal('SIGINT')
  io.signal('SIGINT')
  expect(await running).toBe(130)
})

test('a closed pipe ends quietly with 0', async () => {
  const stdout = new Writable({
    write: (_chunk, _encoding, done) => done(Object.assign(new Error('broken pipe'), { code: 'EPIPE' })),
  })
  const io = { ...fakeIo(), stdout }
  expect(await run(['wait'], io, [untilAborted])).toBe(0)
  expect(io.err()).toBe('')
})

test('standard output that cannot be written, as on a full disk, is a failure', async () => {
  const stdout = new Writable({
    write: (_chunk, _encoding, done) => done(Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })),
  })
  const io = { ...fakeIo(), stdout }
  expect(await run(['wait'], io, [untilAborted])).toBe(1)
  expect(io.err()).toMatch(
    /^streamctl: cannot write to standard output: no space left on the disk\n {2}hint: .*free some space/,
  )
})

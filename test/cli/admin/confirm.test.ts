import { expect, test } from 'vitest'
import { agreed, type Consent } from '../../../src/cli/admin/confirm.ts'
import type { CommandContext } from '../../../src/cli/command.ts'
import { Output } from '../../../src/cli/output.ts'
import { type FakeIo, fakeIo } from '../fake-io.ts'

function context({ terminal }: { terminal: boolean }): { context: CommandContext; io: FakeIo; abort: AbortController } {
  const io = fakeIo({ terminal, variables: { NO_COLOR: '1' } })
  if (terminal) io.stdin.isTTY = true
  const abort = new AbortController()
  const output = new Output(io, () => {})
  return { context: { env: io.env, io, output, signal: abort.signal, commands: [] }, io, abort }
}

test.each([
  ['y\n', true],
  ['YES\n', true],
  ['n\n', false],
  ['\n', false],
  ['yesterday\n', false],
])('on a terminal, %j is an answer', async (answer, isYes) => {
  const { context: here, io } = context({ terminal: true })
  const agreeing = agreed(here, 'Delete it?', {})
  io.stdin.write(answer)
  expect(await agreeing).toBe(isYes)
  expect(io.err()).toBe(`Delete it? [y/N] ${isYes ? '' : 'nothing was changed\n'}`)
})

test('the end of a terminal is a no, and Ctrl-C ends the command', async () => {
  const ended = context({ terminal: true })
  const ending = agreed(ended.context, 'Delete it?', {})
  ended.io.stdin.end()
  expect(await ending).toBe(false)
  const interrupted = context({ terminal: true })
  const waiting = agreed(interrupted.context, 'Delete it?', {})
  interrupted.abort.abort()
  await expect(waiting).rejects.toThrow('interrupted')
})

test.each<[string, Consent, boolean]>([
  ['--yes', { yes: true }, true],
  ['--yes for what a pattern chose', { yes: true, isBroad: true }, true],
  ['what was named', {}, true],
])('without a terminal, %s is done', async (_what, consent, isYes) => {
  expect(await agreed(context({ terminal: false }).context, 'Delete it?', consent)).toBe(isYes)
})

test('without a terminal, what a pattern chose is refused', async () => {
  await expect(agreed(context({ terminal: false }).context, 'Delete it?', { isBroad: true })).rejects.toMatchObject({
    hint: expect.stringContaining('--yes'),
  })
})

// The short form of `npm run crash`: a few crashes of the kinds that no other test has, and faults that must be found.
import path from 'node:path'
import { expect, type TestContext, test } from 'vitest'
import { run, temporaryDirectory } from '../support/processes.ts'

const program = path.resolve(import.meta.dirname, '../../scripts/crash.ts')
const timeoutMs = 300_000

/** Runs the program; skips the test where it needs a C compiler and there is none. */
async function crash(
  context: TestContext,
  args: readonly string[],
): Promise<{ exitCode: number | null; table: string }> {
  const { exitCode, stdout, stderr } = await run(
    process.execPath,
    [program, '--directory', temporaryDirectory(), ...args],
    { timeoutMs },
  )
  const text = stdout.toString()
  const skipped = /skipped: .*/.exec(text)
  context.skip(skipped !== null, skipped?.[0])
  expect(stderr).toBe('')
  return { exitCode, table: text.slice(text.indexOf('kind  ')) }
}

test(
  'whatever a power cut takes of what was not synced, commits are whole and the acknowledged ones are there',
  async context => {
    const result = await crash(context, ['--kind', 'power-points', '--rounds', '30'])
    expect(result).toEqual({ exitCode: 0, table: expect.stringMatching(/power-points +30 /) })
  },
  timeoutMs,
)

for (const fault of ['early-acknowledgement', 'no-sync']) {
  test(
    `a planted fault is found: ${fault}`,
    async context => {
      const result = await crash(context, ['--kind', 'power-points', '--rounds', '30', '--planted', fault])
      expect(result).toEqual({ exitCode: 1, table: expect.stringMatching(/BROKEN: commit \d+ was acknowledged/) })
    },
    timeoutMs,
  )
}

test(
  'a node whose WAL is cut behind the last acknowledged commit has all that its clients were told',
  async context => {
    const result = await crash(context, ['--kind', 'wal-cut', '--rounds', '1'])
    expect(result).toEqual({ exitCode: 0, table: expect.stringMatching(/wal-cut +1 /) })
  },
  timeoutMs,
)

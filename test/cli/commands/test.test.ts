import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { systemEnv } from '../../../src/base/system-env.ts'
import { run } from '../../../src/cli/program.ts'
import { recordingLog } from '../../support/simulated-env.ts'
import { until } from '../../support/until.ts'
import { type FakeIo, fakeIo } from '../fake-io.ts'

const directory = mkdtempSync(path.join(tmpdir(), 'streamctl-tests-'))
afterAll(() => rmSync(directory, { recursive: true }))
const write = (name: string, text: string): void => writeFileSync(path.join(directory, name), text)

function io(): FakeIo {
  return Object.assign(fakeIo({ env: systemEnv({ log: recordingLog() }), variables: { NO_COLOR: '1' } }), { directory })
}

async function streamctl(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const world = io()
  return { code: await run(['test', ...args], world), out: world.out(), err: world.err() }
}

write(
  'script.ts',
  `import { json, streams, string, topic } from 'streamctl'
export const words = topic('words', { key: string, value: json<string>() })
export const shouted = topic('shouted', { key: string, value: json<string>() })
export default streams('shout', b => b.stream(words).mapValues(word => word.toUpperCase()).to(shouted))
`,
)
write(
  'good.test.ts',
  `import { assert, describe, TestDriver, test } from 'streamctl/test'
import script, { shouted, words } from './script.ts'
describe('words', () => {
  test('are shouted', async () => {
    await using driver = await TestDriver.create(script)
    await driver.input(words).pipe('a', 'hello', 0)
    assert.deepEqual(driver.output(shouted).readAll().map(record => record.value), ['HELLO'])
    console.log('from the test')
  })
  test.skip('are whispered', () => {})
})
`,
)
write(
  'bad.test.ts',
  `import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TestDriver } from 'streamctl/test'
import script, { words } from './script.ts'
test('differs', () => assert.equal(1 + 1, 3))
test('throws in the script', async () => {
  const driver = await TestDriver.create(script)
  await driver.input(words).pipe('a', 5 as unknown as string, 0)
})
`,
)

test.concurrent('tests that pass are named, what they print goes to stderr', async () => {
  const { code, out, err } = await streamctl('good.test.ts')
  expect(out).toBe(
    'good.test.ts\n  ✓ words > are shouted\n  - words > are whispered (skipped)\n\n1 passed, 1 skipped\n',
  )
  expect(err).toBe('from the test\n')
  expect(code).toBe(0)
})

test.concurrent('a test that fails tells what and where, also inside the script, and the exit code is 1', async () => {
  const { code, out } = await streamctl('bad.test.ts', 'good.test.ts')
  expect(code).toBe(1)
  expect(out).toContain('bad.test.ts:5:30: Expected values to be strictly equal:\n\n      2 !== 3\n')
  expect(out).toContain("        5 | test('differs', () => assert.equal(1 + 1, 3))")
  expect(out).toContain('script.ts:4:77: TypeError: word.toUpperCase is not a function')
  expect(out).toContain('1 passed, 2 failed, 1 skipped\n')
})

test.concurrent('for programs each test is a line', async () => {
  const { out } = await streamctl('bad.test.ts', '--json', '-t', 'differs')
  expect(
    out
      .trim()
      .split('\n')
      .map(line => JSON.parse(line)),
  ).toMatchObject([{ file: 'bad.test.ts', name: 'differs', outcome: 'failed', line: 5, column: 30 }])
})

test.concurrent('files that cannot be loaded, have no tests, never end, or are not there are failures', async () => {
  write('broken.test.ts', 'const a: = 1\n')
  write('none.test.ts', 'export const a = 1\n')
  write('endless.test.ts', "import { test } from 'node:test'\ntest('loop', () => { for (;;) {} })\n")
  const { code, out } = await streamctl('broken.test.ts', 'none.test.ts')
  expect(code).toBe(1)
  expect(out).toContain('broken.test.ts:1:10: syntax error')
  expect(out).toContain('it has no tests')
  expect(out).toContain('0 passed, 2 failed')
  expect((await streamctl('endless.test.ts', '--timeout', '1s')).out).toContain(
    'not finished after 1000 ms (--timeout)',
  )
  expect((await streamctl('gone.test.ts')).err).toContain('there is no test gone.test.ts')
  expect((await streamctl('nothing*.ts')).code).toBe(2)
})

test.concurrent('a change is tested again', async () => {
  write('again.test.ts', "import { test } from 'node:test'\ntest('first', () => {})\n")
  const world = io()
  const ended = run(['test', 'again.test.ts', '--watch'], world)
  await until(() => world.err().includes('watching'))
  write('again.test.ts', "import { test } from 'node:test'\ntest('second', () => {})\n")
  await until(() => world.out().includes('second'))
  world.signal('SIGINT')
  await ended
  expect(world.out()).toContain('✓ first')
})

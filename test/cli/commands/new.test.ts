import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { scriptTypes, typesFile } from '../../../scripts/types/script-types.ts'
import { systemEnv } from '../../../src/base/system-env.ts'
import { templates } from '../../../src/cli/new/templates.ts'
import { run } from '../../../src/cli/program.ts'
import { recordingLog } from '../../support/simulated-env.ts'
import { fakeIo } from '../fake-io.ts'

const root = path.resolve(import.meta.dirname, '../../..')
const directory = mkdtempSync(path.join(tmpdir(), 'streamctl-new-'))
afterAll(() => rmSync(directory, { recursive: true }))

async function streamctl(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const world = fakeIo({ env: systemEnv({ log: recordingLog() }), variables: { NO_COLOR: '1' } })
  const code = await run(args, Object.assign(world, { directory }))
  return { code, out: world.out(), err: world.err() }
}

/** What the compiler has to say of a directory, with nothing to help but what `new` has written. */
function compilerSays(project: string): string {
  try {
    execFileSync(process.execPath, [path.join(root, 'node_modules/typescript/bin/tsc'), '-p', project], {
      stdio: 'pipe',
    })
    return ''
  } catch (error) {
    return String((error as { stdout?: Buffer }).stdout)
  }
}

test('the types that scripts get are those of the source (scripts/generate-script-types.ts writes them)', () => {
  expect(scriptTypes()).toBe(readFileSync(typesFile, 'utf8'))
})

test('every folder of templates is in the list, and the other way round', async () => {
  const folders = readdirSync(path.join(root, 'templates'), { withFileTypes: true }).filter(entry =>
    entry.isDirectory(),
  )
  expect(folders.map(({ name }) => name)).toEqual(templates.map(({ name }) => name).toSorted())
  const { out } = await streamctl('new', '--list')
  expect(out.split('\n')).toHaveLength(templates.length + 1)
})

test('every template, under a name of the user, compiles strictly and passes its tests', async () => {
  for (const { name } of templates) {
    const written = await streamctl('new', `my-${name}`, '--template', name, '--dir', 'all')
    expect(written.code).toBe(0)
    expect(written.out).toContain(`all/my-${name}.ts\nall/streamctl.d.ts\n`)
    expect(readFileSync(path.join(directory, `all/my-${name}.ts`), 'utf8')).toMatch(
      new RegExp(`streams\\(\\s*'my-${name}'`),
    )
  }
  // What must compile against the source, and what must not, does so against the types alone.
  for (const name of ['accepted.ts', 'refused.ts']) {
    copyFileSync(path.join(root, 'test/streams/types', name), path.join(directory, 'all', name))
  }
  expect(compilerSays(path.join(directory, 'all'))).toBe('')
  const tested = await streamctl('test', 'all')
  expect(tested.out).toMatch(/\n\d+ passed\n$/)
  expect(tested.code).toBe(0)
})

test('a wrong script does not compile', async () => {
  await streamctl('new', 'wrong')
  const file = path.join(directory, 'wrong/wrong.ts')
  writeFileSync(file, readFileSync(file, 'utf8').replace('views: count', "views: 'many'"))
  expect(compilerSays(path.join(directory, 'wrong'))).toContain("'string' is not assignable to type 'number'")
})

test('what is there stays as it is', async () => {
  await streamctl('new', 'mine')
  const settings = path.join(directory, 'mine/tsconfig.json')
  writeFileSync(settings, '{}')
  const again = await streamctl('new', 'mine')
  expect(again.code).toBe(2)
  expect(again.err).toContain('are already there')
  expect((await streamctl('new', '--types', '--dir', 'mine')).out).toBe('mine/streamctl.d.ts\n')
  expect(readFileSync(settings, 'utf8')).toBe('{}')
})

test.each([
  [['new'], 'which name?'],
  [['new', 'a/b'], "'a/b' cannot be the name of a script"],
  [['new', 'x', '--template', 'frauds'], 'did you mean fraud?'],
  [['new', 'x', '--template', 'quite-another'], 'there are page-views, fraud'],
  [['new', 'x', '--types'], '--types writes no script'],
])('%j is refused: %s', async (args, message) => {
  const { code, out, err } = await streamctl(...args)
  expect([code, out]).toEqual([2, ''])
  expect(err).toContain(message)
})

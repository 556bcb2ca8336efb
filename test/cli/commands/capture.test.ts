import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { json, streams, string, topic } from '../../../src/streams/script.ts'
import { replay, TestDriver } from '../../../src/streams/testing/test-module.ts'
import { liveNode } from '../live-node.ts'

const live = liveNode()
const directory = mkdtempSync(path.join(tmpdir(), 'streamctl-capture-'))
const file = path.join(directory, 'fixture.ndjson')
afterAll(() => rmSync(directory, { recursive: true }))

beforeAll(async () => {
  for (const name of ['left', 'right']) await live.ok('topic', 'create', name, '--partitions', '2')
  const records = [
    ['left', 0, 3_000, 'c'],
    ['left', 1, 1_000, 'a'],
    ['right', 0, 2_000, 'b'],
  ] as const
  for (const [name, partition, timestamp, value] of records) {
    const record = JSON.stringify({ key: 'k', value: JSON.stringify(value), timestamp, partition })
    expect((await live.command(['produce', name, '--json'], { input: `${record}\n` })).code).toBe(0)
  }
})

const values = (text: string): unknown[] =>
  text
    .trim()
    .split('\n')
    .map(line => JSON.parse(JSON.parse(line).value))

test('records of several topics come in the order of time', async () => {
  const { code, out, err } = await live.command(['capture', 'left', 'right', '-e'])
  expect([code, values(out), err]).toEqual([0, ['a', 'b', 'c'], '3 records\n'])
  expect(values(await live.ok('capture', 'left', '-e', '-p', '1'))).toEqual(['a'])
  expect(values(await live.ok('capture', 'left', 'right', '-e', '-w', "value === 'b'"))).toEqual(['b'])
  expect(await live.ok('capture', 'left', '-n', '0')).toBe('')
})

test('a test replays what was captured', async () => {
  await live.ok('capture', 'left', '-e', '--out', file)
  const left = topic('left', { key: string, value: json<string>() })
  const out = topic('out', { key: string, value: json<string>() })
  await using driver = await TestDriver.create(streams('echo', builder => builder.stream(left).to(out)))
  expect(await replay(driver, left, file)).toBe(2)
  expect(driver.output(out).readAll()).toMatchObject([
    { key: 'k', value: 'a', timestamp: 1_000 },
    { key: 'k', value: 'c', timestamp: 3_000 },
  ])
})

test('nothing is left behind, and the fixture of before stays, where capturing fails', async () => {
  const before = readFileSync(file, 'utf8')
  expect((await live.command(['capture', 'nothing', '-e', '--out', file])).code).not.toBe(0)
  expect(readFileSync(file, 'utf8')).toBe(before)
  const elsewhere = path.join(directory, 'no', 'file.ndjson')
  const { code, err } = await live.command(['capture', 'left', '-e', '--out', elsewhere])
  expect([code, existsSync(elsewhere), readdirSync(directory)]).toEqual([1, false, ['fixture.ndjson']])
  expect(err).toContain('cannot write')
})

test('a recording is ended by Ctrl-C, and is whole then', async () => {
  const recording = live.start(['capture', 'left', '-n', '2'])
  expect(await recording.finished).toBe(0)
  const endless = live.start(['capture', 'left', '--wait', '200ms'])
  expect(await endless.finished).toBe(0)
  expect(values(endless.io.out())).toEqual(['a', 'c'])
})

// Every template runs on a node, with its own fixture, to the results that the test driver has.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { templates } from '../../src/cli/new/templates.ts'
import { importScript } from '../../src/cli/script/load-script.ts'
import type { Topic, Topology } from '../../src/streams/script.ts'
import { TestDriver } from '../../src/streams/test-driver.ts'
import { liveNode } from '../cli/live-node.ts'

const live = liveNode()
const root = path.resolve(import.meta.dirname, '../..')
const directory = mkdtempSync(path.join(tmpdir(), 'streamctl-templates-'))
afterAll(() => rmSync(directory, { recursive: true }))

interface FixtureRecord {
  readonly topic: string
  readonly key: string
  readonly value: Readonly<Record<string, unknown>>
  readonly timestamp: number | string
}

const hourMs = 3_600_000
const timeOf = ({ timestamp }: FixtureRecord): number =>
  typeof timestamp === 'string' ? Date.parse(timestamp) : timestamp

/** The fixture, and its last record once more, an hour later: what waits for its end has seen it then. */
function recordsOf(name: string): readonly FixtureRecord[] {
  const text = readFileSync(path.join(root, `templates/${name}/${name}.ndjson`), 'utf8')
  const records: FixtureRecord[] = text
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  const last = records.at(-1)!
  const timestamp = timeOf(last) + hourMs
  const at = typeof last.value.at === 'number' ? { at: timestamp } : {}
  return [...records, { ...last, timestamp, value: { ...last.value, ...at } }]
}

function isTopic(value: unknown): value is Topic<unknown, unknown> {
  return typeof value === 'object' && value !== null && 'name' in value && 'key' in value && 'value' in value
}

/** What the test driver says comes out, by topic, as lines in the order of their text. */
async function expected(
  script: Readonly<Record<string, unknown>>,
  records: readonly FixtureRecord[],
): Promise<Map<string, string[]>> {
  await using driver = await TestDriver.create(script.default as Topology)
  for (const record of records) {
    const bytes = { key: Buffer.from(record.key), value: Buffer.from(JSON.stringify(record.value)) }
    driver.pipeBytes(record.topic, { ...bytes, timestamp: timeOf(record), headers: new Map() })
  }
  const read = new Set(records.map(({ topic }) => topic))
  const outputs = Object.values(script)
    .filter(isTopic)
    .filter(({ name }) => !read.has(name))
  return new Map(
    outputs.map(topic => [
      topic.name,
      driver
        .output(topic)
        .readAll()
        .map(({ value }) => JSON.stringify(value))
        .toSorted(),
    ]),
  )
}

async function makeTopics(names: Iterable<string>): Promise<void> {
  const wanted = [...names]
  const made = await live.command([
    'topic',
    'create',
    ...wanted,
    '--if-not-exists',
    '-c',
    'retention.ms=-1',
    '--partitions',
    '1',
  ])
  expect(made.code, made.err).toBe(0)
}

async function produce(records: readonly FixtureRecord[]): Promise<void> {
  for (const [topic, group] of Map.groupBy(records, record => record.topic)) {
    const input = group.map(record => {
      const { key, value } = record
      return `${JSON.stringify({ key, value: JSON.stringify(value), timestamp: timeOf(record) })}\n`
    })
    expect((await live.command(['produce', topic, '--json'], { input: input.join('') })).code).toBe(0)
  }
}

test.concurrent.each(templates.map(({ name }) => name))('%s', async name => {
  const file = path.join(root, `templates/${name}/${name}.ts`)
  const records = recordsOf(name)
  const wanted = await expected(await importScript(file), records)
  expect([...wanted.values()].flat().length).toBeGreaterThan(0)
  await makeTopics(new Set([...records.map(({ topic }) => topic), ...wanted.keys()]))
  await produce(records)
  const running = live.start(['run', file, '--state', path.join(directory, name)])
  const ended = running.finished.then(code => {
    throw new Error(`run ended with ${code}: ${running.io.err()}`)
  })
  ended.catch(() => {})
  for (const [topic, lines] of wanted) {
    if (lines.length === 0) continue
    const read = live.ok('consume', topic, '-n', String(lines.length))
    const got = (await Promise.race([read, ended])).trim().split('\n')
    expect(got.toSorted(), topic).toEqual(lines)
  }
  running.io.signal('SIGINT')
  await running.finished
})

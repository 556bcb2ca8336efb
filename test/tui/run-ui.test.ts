import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { systemEnv } from '../../src/base/system-env.ts'
import { parseBrokerList } from '../../src/client/address.ts'
import { Cluster } from '../../src/client/cluster.ts'
import { defaultKeys } from '../../src/tui/keymap.ts'
import { runUi, type UiOptions } from '../../src/tui/run-ui.ts'
import { liveNode } from '../cli/live-node.ts'
import { recordingLog } from '../support/simulated-env.ts'
import { until } from '../support/until.ts'
import { FakeTerminal } from './fake-terminal.ts'

const limitMs = 120_000
const node = liveNode()
const directory = mkdtempSync(path.join(tmpdir(), 'streamctl-ui-'))
afterAll(() => rmSync(directory, { recursive: true }))

/** A browser in this process on a terminal of ours. */
function browser(more: Partial<UiOptions> = {}, size = { columns: 100, rows: 30 }) {
  const terminal = new FakeTerminal(size.columns, size.rows)
  const env = systemEnv({ log: recordingLog() })
  const abort = new AbortController()
  const crashes = new Set<() => void>()
  const finished = runUi({
    env,
    io: { stdin: terminal.stdin, stdout: terminal.stdout, stderr: terminal.stdout },
    variables: { NO_COLOR: '1', LANG: 'en_US.UTF-8' },
    signal: abort.signal,
    onCrash: restore => {
      crashes.add(restore)
      return () => crashes.delete(restore)
    },
    connect: () => ({
      cluster: new Cluster({ env, brokers: parseBrokerList(node.address), retryForMs: 1_000 }),
      place: node.address,
    }),
    profiles: [],
    keys: defaultKeys,
    isReadonly: false,
    screen: 'topics',
    ...more,
  })
  const shows = (text: string) => until(() => terminal.lines.join('\n').includes(text))
  /** Types keys one by one: the escape key must not look like the beginning of another. */
  const type = async (...keys: readonly string[]) => {
    for (const key of keys) {
      terminal.stdin.write(key)
      await new Promise(resolve => setImmediate(resolve))
    }
  }
  return { terminal, finished, shows, type, abort, crashes }
}

const enter = '\r'
const escapeKey = '\u001b'

describe('a browser on a node', { timeout: limitMs }, () => {
  test('creates a topic, produces to it, shows the record, and leaves the terminal as it was', async () => {
    const { terminal, finished, shows, type } = browser()
    await shows('n: create one')
    await type('n', 'web', enter)
    await shows("topic 'web' was created")
    await shows('web  ')
    await type(enter)
    await shows('p: produce one')
    await type('p', 'some-key', '\t', '{"id":7}', '\u0013')
    await shows('produced to web')
    await type('g')
    await shows('some-key {"id":7}')
    await type(enter)
    await shows('  "id": 7')
    expect(terminal.isAlternate).toBe(true)
    expect(terminal.isRaw).toBe(true)
    await type('\u0003')
    expect(await finished).toBe(0)
    expect({ ...terminal }).toMatchObject({ isAlternate: false, isRaw: false, hasCursor: true, wraps: true })
  })

  test('never takes the mouse away from the terminal', async () => {
    const { terminal, finished, shows, type } = browser()
    await shows('web')
    await type('\u0003')
    await finished
    expect(terminal.written).not.toMatch(/\?100[0-6]h|\?1015h/)
  })

  test('edits a record in the editor of the user and produces it again once that is confirmed', async () => {
    const editor = path.join(directory, 'editor.mjs')
    writeFileSync(
      editor,
      `import { readFileSync, writeFileSync } from 'node:fs'
       const file = process.argv[2]
       writeFileSync(file, readFileSync(file, 'utf8').replace('\\\\"id\\\\":7', '\\\\"id\\\\":8'))`,
    )
    const { finished, shows, type } = browser({
      screen: 'records',
      argument: 'web',
      variables: { ...process.env, NO_COLOR: '1', EDITOR: `"${process.execPath}" "${editor}"`, LANG: 'C.UTF-8' },
    })
    await shows('{"id":7}')
    await type(enter)
    await shows('"id": 7')
    await type('e')
    await shows('Produce the edited record to web?')
    await type('y')
    await shows('produced to web')
    await type(escapeKey)
    await shows('OFFSET')
    await type('g')
    await shows('{"id":8}')
    await type('\u0003')
    await finished
  })

  test('writes the records that are shown to a new file, the oldest first', async () => {
    const file = path.join(directory, 'out.ndjson')
    const { finished, shows, type } = browser({ screen: 'records', argument: 'web' })
    await shows('{"id":8}')
    await type('x')
    await shows('write 2 records to')
    await type('\u0015', file, enter)
    await shows('2 records: written to')
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
    expect(lines.map(text => JSON.parse(text).value)).toEqual(['{"id":7}', '{"id":8}'])
    await type('x', '\u0015', file, enter)
    await shows('is there already')
    await type('\u0003')
    await finished
  })

  test('puts the terminal right before a crash is told', async () => {
    const { terminal, finished, shows, crashes } = browser()
    await shows('web')
    await until(() => terminal.written.includes('\u001b[?2004h'))
    for (const restore of crashes) restore()
    expect({ ...terminal }).toMatchObject({ isAlternate: false, isRaw: false, hasCursor: true })
    await finished
  })

  test('ends when it is told to, even before the first screen', async () => {
    const { terminal, finished, abort } = browser()
    abort.abort()
    expect(await finished).toBe(0)
    expect(terminal.isAlternate).toBe(false)
  })

  test('a broker that is not there is told, with what to do, and the keys still work', async () => {
    const connect = () => ({
      cluster: new Cluster({ env: systemEnv(), brokers: parseBrokerList('127.0.0.1:1'), retryForMs: 100 }),
      place: 'nowhere',
    })
    const { finished, shows, type } = browser({ connect }, { columns: 60, rows: 12 })
    await shows('no broker answers at 127.0.0.1:1')
    await shows('streamctl serve')
    await shows('trying again')
    await type('?')
    await shows('Help: topics')
    await type('\u0003')
    await finished
  })
})

test('without a terminal it says what works instead', async () => {
  const terminal = new FakeTerminal(80, 24)
  terminal.stdout.isTTY = false
  await expect(browserOn(terminal)).rejects.toThrow('ui needs a terminal')
})

function browserOn(terminal: FakeTerminal): Promise<number> {
  return runUi({
    env: systemEnv({ log: recordingLog() }),
    io: { stdin: terminal.stdin, stdout: terminal.stdout, stderr: terminal.stdout },
    variables: {},
    signal: new AbortController().signal,
    connect: () => {
      throw new Error('nobody is asked')
    },
    profiles: [],
    keys: defaultKeys,
    isReadonly: false,
    screen: 'topics',
  })
}

// The browser as people use it: real sessions under tmux, with keys sent and the screen read.
import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { temporaryDirectory } from '../support/processes.ts'
import { programDirectory, type RunningNode, startNode, streamctl } from '../support/program.ts'

const tmuxIsThere = spawnSync('tmux', ['-V'], { stdio: 'ignore' }).status === 0
if (!tmuxIsThere) process.stderr.write('the browser is not tried in a real terminal: tmux is missing\n')
const testInTmux = tmuxIsThere ? test : test.skip

const limitMs = 120_000
const socket = path.join(temporaryDirectory(), 'tmux')
let node: RunningNode

beforeAll(async () => {
  if (!tmuxIsThere) return
  node = await startNode({ data: 'ephemeral' })
  await run(['topic', 'create', 'web', 'orders', '--partitions', '3'])
  await run(
    ['produce', 'web'],
    Array.from({ length: 500 }, (_, n) => `{"n":${n},"note":"größe 漢字 👍 \\u001b[31m"}\n`).join(''),
  )
  await run(['consume', 'web', '-g', 'billing', '-n', '100'])
}, limitMs)
afterAll(async () => {
  tmux('kill-server')
  await node?.stop()
})

const environment = (): NodeJS.ProcessEnv => ({ STREAMCTL_BROKERS: node.address })

async function run(args: readonly string[], input = ''): Promise<void> {
  const { exitCode, stderr } = await streamctl(args, { input, environment: environment() })
  expect([exitCode, exitCode === 0 ? '' : stderr]).toEqual([0, ''])
}

function tmux(...args: readonly string[]): string {
  const { stdout } = spawnSync('tmux', ['-S', socket, '-f', '/dev/null', ...args], { encoding: 'utf8' })
  return stdout
}

/** A session of its own, with the browser in it. */
function browser(name: string, { size = [80, 24], args = '', variables = '' } = {}) {
  const command = `env STREAMCTL_BROKERS=${node.address} LANG=C.UTF-8 ${variables} ${programDirectory()}/streamctl ui ${args}; echo ended $?; sleep 600`
  tmux('new-session', '-d', '-s', name, '-x', String(size[0]), '-y', String(size[1]), command)
  const screen = (): string => tmux('capture-pane', '-p', '-t', name)
  return {
    screen,
    keys: (...keys: readonly string[]) => void tmux('send-keys', '-t', name, ...keys),
    text: (text: string) => void tmux('send-keys', '-t', name, '-l', text),
    /** The first screen that matches. */
    async when(pattern: RegExp): Promise<string> {
      const startMs = Date.now()
      for (;;) {
        const shown = screen()
        if (pattern.test(shown)) return shown
        if (Date.now() - startMs > limitMs / 2) throw new Error(`no ${pattern} on the screen:\n${shown}`)
        await new Promise(resolve => setTimeout(resolve, 50))
      }
    },
    async command(text: string): Promise<void> {
      this.text(`:${text}`)
      await this.when(new RegExp(`^:${text}`, 'm'))
      this.keys('Enter')
    },
  }
}

testInTmux(
  'from topics to records to one record and back; strange values stay in their lines',
  async () => {
    const session = browser('records')
    await session.when(/web +3 +500/)
    session.text('/we')
    await session.when(/1 of 2/)
    session.keys('Enter')
    await session.when(/\/we/)
    session.keys('Enter')
    const records = await session.when(/"n":499/)
    expect(records.split('\n').filter(line => line.length > 80)).toEqual([])
    session.keys('Enter')
    await session.when(/größe 漢字/)
    session.keys('Escape')
    await session.when(/"n":490/)
    session.keys('o')
    await session.when(/offset, @time/)
    session.text('start')
    session.keys('Enter')
    await session.when(/"n":0/)
    await session.command('q')
    await session.when(/ended 0/)
  },
  limitMs,
)

testInTmux(
  'records arrive in the live tail while keys are answered',
  async () => {
    const session = browser('tail', { args: 'orders' })
    await session.when(/orders/)
    session.keys('l')
    await session.when(/live/)
    await run(['produce', 'orders'], 'first\nsecond\n')
    await session.when(/second/)
    session.keys('?')
    await session.when(/Everywhere|Here/)
    session.keys('C-c')
    await session.when(/ended 0/)
  },
  limitMs,
)

testInTmux(
  'a group is moved only after its plan was shown and confirmed',
  async () => {
    const session = browser('groups', { size: [120, 40] })
    await session.when(/web/)
    await session.command('groups')
    await session.when(/billing +Empty.* 400/)
    session.keys('Enter')
    await session.when(/lag 400/)
    session.keys('s')
    await session.when(/Move group billing/)
    session.text('start')
    session.keys('Enter')
    await session.when(/again 100/)
    session.keys('y')
    await session.when(/lag 500/)
    await session.command('cluster')
    await session.when(/metadata.version/)
    await session.command('q')
    await session.when(/ended 0/)
  },
  limitMs,
)

testInTmux(
  'readonly refuses changes; a node that goes away and comes back is told and found',
  async () => {
    const session = browser('readonly', { args: '--readonly' })
    await session.when(/web/)
    session.keys('n')
    await session.when(/--readonly/)
    const { restart, crash } = node
    await crash()
    await session.when(/trying again/)
    node = await restart()
    await session.when(/there are no topics|TOPIC/)
    session.keys('C-c')
    await session.when(/ended 0/)
  },
  limitMs,
)

testInTmux(
  'without Unicode in the locale there is nothing but ASCII on the screen',
  async () => {
    const session = browser('ascii', { variables: 'LC_ALL=C' })
    await session.when(/127\.0\.0\.1/)
    await session.command('cluster')
    const screen = await session.when(/features/)
    expect(screen).toMatch(/^[\n\x20-\x7e]*$/)
    session.keys('C-c')
    await session.when(/ended 0/)
  },
  limitMs,
)

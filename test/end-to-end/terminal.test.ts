// What people see: consume and tail in a pseudo-terminal, by script(1) of util-linux.
import { spawnSync } from 'node:child_process'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { start } from '../support/processes.ts'
import { programDirectory, type RunningNode, shell, startNode, startStreamctl, streamctl } from '../support/program.ts'
import { until } from '../support/until.ts'

const scriptIsThere = spawnSync('script', ['--version'], { stdio: 'ignore' }).status === 0
const testInTerminal = scriptIsThere ? test : test.skip

let node: RunningNode
beforeAll(async () => {
  node = await startNode()
  await produce('web', '{"level":"error","n":1}\nplain\n')
})
afterAll(async () => void (await node.stop()))

const produce = (topic: string, input: string) =>
  streamctl(['produce', topic], { input, environment: { STREAMCTL_BROKERS: node.address } })

/** Runs a command line in a terminal of its own. */
function terminal(command: string, environment: NodeJS.ProcessEnv = {}) {
  return start('script', ['-qefc', command, '/dev/null'], {
    keepInputOpen: true,
    environment: {
      STREAMCTL_BROKERS: node.address,
      PATH: `${programDirectory()}:${process.env.PATH}`,
      TERM: 'xterm',
      NO_COLOR: undefined,
      ...environment,
    },
  })
}

testInTerminal('tail has colours and ends with 130 at Ctrl-C [needs script of util-linux]', async () => {
  const shown = terminal('streamctl tail web')
  await until(() => shown.stdout().includes('plain'))
  expect(shown.stdout().toString()).toContain('{\u001b[34m"level"\u001b[39m:\u001b[32m"error"\u001b[39m')
  shown.write('\u0003')
  expect((await shown.finished).exitCode).toBe(130)
})

testInTerminal('with several topics each has a name in its colour; NO_COLOR leaves colours out', async () => {
  await produce('audit', 'x\n')
  for (const [environment, coloured] of [
    [{}, true],
    [{ NO_COLOR: '1' }, false],
  ] as const) {
    const shown = terminal('streamctl tail web audit', environment)
    await until(() => /web.*plain/s.test(shown.stdout().toString()) && shown.stdout().includes('audit'))
    expect(shown.stdout().includes('\u001b[3')).toBe(coloured)
    shown.write('\u0003')
    await shown.finished
  }
})

testInTerminal('Ctrl-C in a group commits what was shown, says so, and the group goes on from there', async () => {
  const shown = terminal('streamctl consume web -g people')
  await until(() => shown.stdout().includes('plain'))
  shown.write('\u0003')
  const { exitCode, stdout } = await shown.finished
  expect(exitCode).toBe(130)
  expect(stdout.toString()).toContain("interrupted after 2 records; group 'people' goes on at web [0] 2")
})

test('a reader of the pipe that goes away ends it quietly', async () => {
  await produce('many', 'line\n'.repeat(50_000))
  const { exitCode, stdout, stderr } = await shell(
    `streamctl consume many | head -1
     streamctl consume many -e --json | head -1 | wc -l
     streamctl kcat -q -b "$STREAMCTL_BROKERS" -C -t many -e | head -1`,
    { environment: { STREAMCTL_BROKERS: node.address } },
  )
  expect({ exitCode, stdout: stdout.toString().replace(/ /g, ''), stderr }).toEqual({
    exitCode: 0,
    stdout: 'line\n1\nline\n',
    stderr: '',
  })
})

test('tail outlives a restart of the broker, and says so', async () => {
  const tail = startStreamctl(['tail', 'web', '-n', '1'], { environment: { STREAMCTL_BROKERS: node.address } })
  await tail.line('stdout', /^plain$/)
  await node.crash()
  await tail.line('stderr', /trying again/)
  node = await node.restart()
  await tail.line('stderr', /connected to .* again/)
  await produce('web', 'after the restart\n')
  await tail.line('stdout', /^after the restart$/)
  tail.signal('SIGINT')
  expect((await tail.finished).exitCode).toBe(130)
})

test('tail follows topics that come later', async () => {
  const tail = startStreamctl(['tail', 'later*'], { environment: { STREAMCTL_BROKERS: node.address } })
  await tail.line('stderr', /no topic matches 'later\*' yet/)
  await produce('later-one', 'here\n')
  await tail.line('stderr', /topic 'later-one' is new/)
  await tail.line('stdout', /^later-one\there$/)
  tail.signal('SIGINT')
  await tail.finished
})

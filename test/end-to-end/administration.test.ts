// Administration as shell scripts and people at a terminal use it, with the executable.
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { run, temporaryDirectory } from '../support/processes.ts'
import { faultsOf, programDirectory, type RunningNode, shell, startNode } from '../support/program.ts'

let node: RunningNode
beforeAll(async () => {
  node = await startNode({ data: 'ephemeral' })
})
afterAll(async () => {
  await node.stop()
  expect(faultsOf(node)).toEqual([])
})

async function script(text: string): Promise<string> {
  const { exitCode, stdout, stderr } = await shell(text, { environment: { STREAMCTL_BROKERS: node.address } })
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 })
  return stdout.toString()
}

test('a release: offsets are saved, a bad deployment reads on, offsets are put back', async () => {
  const output = await script(`
    streamctl topic create orders -q
    seq 1 100 | streamctl produce orders
    streamctl consume orders -g billing -o start -n 40 > /dev/null
    cd "$(mktemp -d)"
    streamctl group lag billing --json > offsets
    streamctl consume orders -g billing -e > /dev/null
    streamctl group lag billing | cut -f 2,4,6
    streamctl group seek billing --to-file offsets --execute -q > /dev/null
    streamctl group lag billing | cut -f 2,4,6
  `)
  expect(output).toBe('orders\t100\t0\norders\t40\t60\n')
})

test('cron and pipes: exit codes of checks, exact numbers, and a reader that goes away', async () => {
  const output = await script(`
    streamctl topic create a-1 a-2 -q
    seq 1 20 | streamctl produce a-1
    streamctl group seek slow a-1 --to start --execute -q > /dev/null
    set +e
    streamctl check lag slow -w 10 -c 50 > /dev/null; echo "behind: $?"
    streamctl check lag slow -b 127.0.0.1:1 > /dev/null; echo "unreachable: $?"
    set -e
    streamctl topic list -r 'a-.*' --json | head -1 | cut -c 1-14
    streamctl topic delete -r 'a-.*' --yes --json 2> /dev/null | grep -c deleted
  `)
  expect(output).toBe('behind: 1\nunreachable: 3\n{"topic":"a-1"\n2\n')
})

test('what the README shows of administration runs as it stands there', async () => {
  const readme = readFileSync(path.resolve(import.meta.dirname, '../../README.md'), 'utf8')
  const commands = /<!-- administration -->\s*```sh\n([^`]*)```/.exec(readme)?.[1] ?? ''
  expect(commands.split('\n').length).toBeGreaterThan(10)
  const output = await script(commands)
  expect(output).toContain('payments\tretention.ms\t86400000\ttopic\n')
  expect(output).toMatch(/ledger\tpayments\t\d\t\d+\t100\t10\t\d+\n/)
  expect(output).toMatch(/\nLAG OK - group 'ledger' is 10 records, .* behind \| 'lag_records_ledger'=10;1000 /)
})

const python = '/usr/bin/python3'
const withoutPython = spawnSync(python, ['-c', 'import pty'], { stdio: 'ignore' }).status !== 0
const reason = withoutPython ? ` (without ${python})` : ''

// Runs a command on a terminal of its own, types each answer once what it waits for has been shown, prints all that was seen.
const terminal = `import os, pty, sys
command, steps = sys.argv[1], sys.argv[2:]
pid, fd = pty.fork()
if pid == 0:
    os.execvp('bash', ['bash', '-c', command])
seen = b''
position = 0
for wanted, answer in zip(steps[::2], steps[1::2]):
    while wanted.encode() not in seen[position:]:
        seen += os.read(fd, 4096)
    position = seen.index(wanted.encode(), position) + len(wanted)
    os.write(fd, answer.encode())
try:
    while True:
        part = os.read(fd, 4096)
        if not part: break
        seen += part
except OSError:
    pass
_, status = os.waitpid(pid, 0)
sys.stdout.buffer.write(seen)
print('exit', os.waitstatus_to_exitcode(status))
`

async function typed(command: string, ...steps: string[]): Promise<string> {
  const file = path.join(temporaryDirectory(), 'terminal.py')
  writeFileSync(file, terminal)
  const { stdout } = await run(python, [file, command, ...steps], {
    environment: {
      PATH: `${programDirectory()}:${process.env.PATH}`,
      STREAMCTL_BROKERS: node.address,
      HOME: temporaryDirectory(),
      TERM: 'xterm',
      NO_COLOR: '1',
    },
  })
  return stdout.toString().replaceAll('\r', '')
}

test.skipIf(withoutPython)(`on a terminal delete shows what it would do, and asks${reason}`, async () => {
  await script('streamctl topic create precious -q; seq 1 5 | streamctl produce precious')
  const interrupted = await typed('streamctl topic delete precious', '[y/N]', '\u0003')
  expect(interrupted).toContain("would delete topic 'precious': 1 partition, 5 records\nDelete topic 'precious'? [y/N]")
  expect(interrupted).toMatch(/exit 130\n$/)
  expect(await typed('streamctl topic delete precious', '[y/N]', 'y\n')).toMatch(/topic 'precious' deleted\nexit 0\n$/)
})

test.skipIf(withoutPython)(`on a terminal tables are aligned under titles${reason}`, async () => {
  await script('streamctl topic create seen -p 2 -q')
  expect(await typed('streamctl topic list seen')).toBe(
    'TOPIC  PARTITIONS  REPLICAS\nseen            2         1\nexit 0\n',
  )
})

test.skipIf(withoutPython)(`on a terminal --watch draws anew until Ctrl-C${reason}`, async () => {
  await script('streamctl topic create drawn -q; streamctl group seek seer drawn --to end --execute -q > /dev/null')
  const seen = await typed('streamctl group lag seer --watch 1', 'drawn', '', 'drawn', '\u0003')
  expect(seen.split('\u001b[H\u001b[2J')).toHaveLength(3)
  expect(seen).toMatch(/exit 130\n$/)
})

test.skipIf(withoutPython)(`pressing TAB in bash completes from the cluster${reason}`, async () => {
  await script('streamctl topic create unmistakable -q')
  const shellLine = 'exec bash --noprofile --norc -i'
  const seen = await typed(
    `PS1='ready> ' ${shellLine}`,
    'ready> ',
    'source <(streamctl completion bash); echo sour""ced\n',
    'sourced',
    'streamctl topic describe unmis\t',
    'unmistakable ',
    '--json | cut -c 1-23\n',
    '"topic":"unmistakable"',
    'exit\n',
  )
  expect(seen).toContain('{"topic":"unmistakable"')
})

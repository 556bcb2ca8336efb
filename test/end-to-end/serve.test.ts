// The life of `streamctl serve`: ready line, signals, addresses, directories, settings.
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { produceRaw, recordBatch } from '../support/kafka-batch.ts'
import { connect, requestFrame, withConnection } from '../support/kafka-bytes.ts'
import { createTopic } from '../support/kafka-cluster.ts'
import { temporaryDirectory } from '../support/processes.ts'
import {
  faultsOf,
  type NodeOptions,
  type RunningNode,
  startNode,
  startStreamctl,
  streamctl,
} from '../support/program.ts'

const nodes: RunningNode[] = []

/** A node that is stopped when the file ends, and must not have found a fault of its own. */
async function start(options: NodeOptions = {}): Promise<RunningNode> {
  const node = await startNode(options)
  nodes.push(node)
  return node
}

afterAll(async () => {
  for (const node of nodes) await node.stop()
  expect(nodes.flatMap(faultsOf)).toEqual([])
})

/** The outcome of a node that is expected not to start. */
async function refused(args: readonly string[], environment: NodeJS.ProcessEnv = {}) {
  const { exitCode, stdout, stderr } = await streamctl(['serve', ...args], { environment, timeoutMs: 15_000 })
  return { exitCode, stdout: stdout.toString(), stderr }
}

/** One sentence and a hint, no stack. */
const explained = (sentence: RegExp): unknown =>
  expect.stringMatching(new RegExp(`^streamctl: .*${sentence.source}.*\n {2}hint: .+\n$`))

const newDirectory = (): string => path.join(temporaryDirectory(), 'data')

test('the ready line is all of stdout and names address, directory and durability', async () => {
  const data = newDirectory()
  const node = await start({ data })
  expect(node.stdout()).toBe(`streamctl is ready: 127.0.0.1:${node.port} data=${data} durability=fsync\n`)
  expect(node.port).toBeGreaterThan(0)
})

test('whoever connects after the ready line is served', async () => {
  const node = await start()
  const { exitCode } = await streamctl(['topic', 'list', '-b', node.address])
  expect(exitCode).toBe(0)
})

test('--durability os is named in the ready line', async () => {
  const node = await start({ flags: ['--durability', 'os'] })
  expect(node.readyLine).toMatch(/ durability=os$/)
})

for (const signal of ['SIGTERM', 'SIGINT'] as const)
  test(`${signal} ends the node with 0, and everything that was acknowledged is there afterwards`, async () => {
    const node = await start()
    await createTopic(node.address, 'work')
    const connections = await Promise.all(Array.from({ length: 8 }, () => connect(node.address)))
    let acknowledged = 0
    let asked = false
    let ended = false
    const work = connections.map(async connection => {
      while (!ended) {
        const answer = await produceRaw(connection, 'work', recordBatch(['x'.repeat(2000)])).catch(() => undefined)
        if (!answer) return
        expect(answer.errorCode).toBe(0)
        acknowledged = Math.max(acknowledged, answer.baseOffset + 1)
        if (acknowledged < 200 || asked) continue
        asked = true
        void node.stop(signal)
      }
    })
    const { exitCode } = await node.finished
    ended = true
    for (const connection of connections) connection.destroy()
    await Promise.all(work)
    expect({ exitCode, worked: acknowledged >= 200 }).toEqual({ exitCode: 0, worked: true })
    const again = await node.restart()
    const { stdout } = await streamctl(['consume', 'work', '-e', '-f', '%o\\n', '-b', again.address])
    const offsets = stdout.toString().trim().split('\n').map(Number)
    expect(offsets.length).toBeGreaterThanOrEqual(acknowledged)
    expect(offsets).toEqual(offsets.map((_, i) => i))
    await again.stop()
  })

test('a consumer that waits for records does not hold up the end', async () => {
  const node = await start()
  await createTopic(node.address, 'quiet')
  const consumer = startStreamctl(['consume', 'quiet', '-b', node.address])
  await withConnection(node.address, connection => produceRaw(connection, 'quiet', recordBatch(['seen'])))
  await consumer.line('stdout', /^seen$/)
  const before = performance.now()
  expect((await node.stop()).exitCode).toBe(0)
  expect(performance.now() - before).toBeLessThan(5000)
  consumer.signal('SIGKILL')
})

test('a second node on the same directory is refused and told who has it; the first goes on', async () => {
  const node = await start()
  const second = await refused(['--data', node.data, '--listen', '127.0.0.1:0'])
  expect(second).toEqual({ exitCode: 2, stdout: '', stderr: explained(/another streamctl node/) })
  expect(second.stderr).toContain(`pid ${node.pid}`)
  expect((await streamctl(['topic', 'list', '-b', node.address])).exitCode).toBe(0)
})

test('the directory of a node that was killed can be used at once', async () => {
  const node = await start()
  await node.crash()
  const again = await node.restart()
  expect(again.data).toBe(node.data)
  await again.stop()
})

test('a busy port is refused', async () => {
  const node = await start()
  const second = await refused(['--data', newDirectory(), '--listen', node.address])
  expect(second).toEqual({ exitCode: 2, stdout: '', stderr: explained(/another program listens there/) })
})

test('an address beyond loopback is refused unless anonymous clients are allowed', async () => {
  for (const address of ['0.0.0.0:0', ':0', '[::]:0', '192.0.2.1:0'])
    expect(await refused(['--ephemeral', '--listen', address])).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: explained(/other machines/),
    })
  const node = await start({ data: 'ephemeral', host: '0.0.0.0', flags: ['--allow-anonymous'] })
  expect((await streamctl(['topic', 'list', '-b', `127.0.0.1:${node.port}`])).exitCode).toBe(0)
})

test('an address that is none is refused', async () => {
  expect(await refused(['--ephemeral', '--listen', '127.0.0.1:99999'])).toMatchObject({ exitCode: 2, stdout: '' })
  expect(await refused(['--ephemeral', '--listen', 'nonsense'])).toMatchObject({ exitCode: 2, stdout: '' })
  expect(await refused(['--ephemeral', '--listen', '192.0.2.1:0', '--allow-anonymous'])).toEqual({
    exitCode: 2,
    stdout: '',
    stderr: explained(/cannot listen on 192\.0\.2\.1:0/),
  })
})

test('clients are told to connect to --advertise', async () => {
  const node = await start({ data: 'ephemeral', flags: ['--advertise', 'broker.example:19092'] })
  const answer = await withConnection(node.address, connection => connection.request(3, 1, Buffer.from([0, 0, 0, 0])))
  // Brokers: a count, the id, the host, the port.
  const hostAt = 10
  const host = answer.toString('utf8', hostAt, hostAt + answer.readInt16BE(8))
  expect([host, answer.readInt32BE(hostAt + host.length)]).toEqual(['broker.example', 19092])
})

/** The directories of throw-away nodes that the process `pid` works in. */
function ephemeralDirectories(pid: number): string[] {
  return ['/var/tmp', os.tmpdir()]
    .filter(parent => existsSync(parent))
    .flatMap(parent => readdirSync(parent).map(name => path.join(parent, name)))
    .filter(directory => /streamctl-ephemeral/.test(directory) && pidIn(directory) === pid)
}

function pidIn(directory: string): number | undefined {
  try {
    return Number(readFileSync(path.join(directory, 'streamctl.pid'), 'utf8'))
  } catch {
    // Another test's node has just ended.
    return undefined
  }
}

test('--ephemeral leaves nothing behind', async () => {
  const home = temporaryDirectory()
  const node = await start({ data: 'ephemeral', environment: { HOME: home, XDG_DATA_HOME: path.join(home, 'share') } })
  expect(node.readyLine).toMatch(/ data=none durability=none$/)
  await streamctl(['produce', 'gone', '-b', node.address], { input: 'x\n' })
  const directories = ephemeralDirectories(node.pid)
  expect(directories).toHaveLength(1)
  expect((await node.stop()).exitCode).toBe(0)
  // The executable keeps what it unpacks to start faster in the user's cache.
  const left = [
    ...readdirSync(home).filter(name => name !== '.cache'),
    ...directories.filter(existing => existsSync(existing)),
  ]
  expect(left).toEqual([])
})

test('what an ephemeral node leaves that was killed is removed by the next one', async () => {
  const node = await start({ data: 'ephemeral' })
  const [directory = ''] = ephemeralDirectories(node.pid)
  await node.crash()
  expect(existsSync(directory)).toBe(true)
  await start({ data: 'ephemeral' })
  expect(existsSync(directory)).toBe(false)
})

test('without --data the directory is below XDG_DATA_HOME, else below the home directory', async () => {
  const home = temporaryDirectory()
  for (const [environment, expected] of [
    [{ HOME: home, XDG_DATA_HOME: path.join(home, 'xdg') }, path.join(home, 'xdg/streamctl')],
    [{ HOME: home, XDG_DATA_HOME: undefined }, path.join(home, '.local/share/streamctl')],
  ] as const) {
    const child = startStreamctl(['serve', '--listen', '127.0.0.1:0'], { environment })
    const [, directory] = await child.line('stdout', /data=(\S+)/)
    child.signal('SIGTERM')
    await child.finished
    expect(directory).toBe(expected)
    expect(existsSync(expected)).toBe(true)
  }
})

test('a flag comes before the environment, the environment before the file, the file before the default', async () => {
  const file = path.join(temporaryDirectory(), 'server.properties')
  writeFileSync(file, '# settings\nnum.partitions=2\nlog.retention.ms = 1111\nmessage.max.bytes: 5000\n')
  const node = await start({
    data: 'ephemeral',
    flags: ['--config', file, '--set', 'num.partitions=5'],
    environment: { STREAMCTL_NUM_PARTITIONS: '3', STREAMCTL_LOG_RETENTION_MS: '2222' },
  })
  await streamctl(['topic', 'create', 'made', '-b', node.address])
  const { stdout } = await streamctl(['topic', 'describe', 'made', '--all', '--json', '-b', node.address])
  const { partitions, settings } = JSON.parse(stdout.toString())
  expect(partitions).toHaveLength(5)
  expect(settings).toMatchObject({ 'retention.ms': '2222', 'max.message.bytes': '5000', 'cleanup.policy': 'delete' })
})

test('a setting that does not exist or cannot have that value is refused with its place', async () => {
  const file = path.join(temporaryDirectory(), 'server.properties')
  writeFileSync(file, 'num.partitions=2\n\nlog.retention.ms=soon\n')
  expect(await refused(['--ephemeral', '--config', file])).toMatchObject({
    exitCode: 2,
    stdout: '',
    stderr: expect.stringMatching(/server\.properties, line 3.*log\.retention\.ms/),
  })
  expect(await refused(['--ephemeral', '--set', 'num.partition=2'])).toEqual({
    exitCode: 2,
    stdout: '',
    stderr: explained(/num\.partition/),
  })
  expect(await refused(['--ephemeral'], { STREAMCTL_NUM_PARTITIONS: 'many' })).toMatchObject({
    exitCode: 2,
    stdout: '',
    stderr: expect.stringContaining('STREAMCTL_NUM_PARTITIONS'),
  })
  expect(await refused(['--ephemeral', '--config', `${file}.missing`])).toMatchObject({ exitCode: 2, stdout: '' })
})

test('a node that is asked to end while clients hang half way in a frame ends', async () => {
  const node = await start({ data: 'ephemeral' })
  const socket = net.connect(node.port, '127.0.0.1')
  await new Promise(resolve => socket.once('connect', resolve))
  socket.write(requestFrame({ apiKey: 3, version: 1, body: Buffer.alloc(100) }).subarray(0, 20))
  socket.on('error', () => {})
  await withConnection(node.address, connection => connection.request(3, 1, Buffer.from([0, 0, 0, 0])))
  expect((await node.stop()).exitCode).toBe(0)
  socket.destroy()
})

test('a connection that is silent for too long is closed, a busy one is not', async () => {
  const node = await start({ data: 'ephemeral', flags: ['--set', 'connections.max.idle.ms=500'] })
  const [silent, busy] = await Promise.all([connect(node.address), connect(node.address)])
  let ended = false
  void silent.closed.then(() => {
    ended = true
  })
  while (!ended) await busy.request(3, 1, Buffer.from([0, 0, 0, 0]))
  await busy.request(3, 1, Buffer.from([0, 0, 0, 0]))
  busy.destroy()
})

test('records beyond the retention are removed while the node runs, and stay removed', async () => {
  const node = await start({ flags: ['--set', 'log.retention.check.interval.ms=100'] })
  const settings = { 'retention.bytes': '200000' }
  await createTopic(node.address, 'short', { settings })
  const value = 'x'.repeat(50_000)
  const startOffset = async (address: string): Promise<number> => {
    const { stdout } = await streamctl(['topic', 'describe', 'short', '--json', '-b', address])
    return JSON.parse(stdout.toString()).partitions[0].start
  }
  await withConnection(node.address, async connection => {
    for (let i = 0; i < 40; i++) await produceRaw(connection, 'short', recordBatch([value]))
  })
  // 40 records of 50 KB: at most 5 of them, and the one that crosses the limit, may stay.
  while ((await startOffset(node.address)) < 34);
  const { stdout } = await streamctl(['consume', 'short', '-e', '-f', '%o\\n', '-b', node.address])
  const offsets = stdout.toString().trim().split('\n').map(Number)
  expect(offsets.at(-1)).toBe(39)
  const before = await startOffset(node.address)
  await node.crash()
  const again = await node.restart()
  expect(await startOffset(again.address)).toBe(before)
  await again.stop()
})

test('a data directory is made with all that leads to it, for this user alone', async () => {
  const data = path.join(temporaryDirectory(), 'a/b/c')
  const node = await start({ data })
  await node.stop()
  expect(readdirSync(data)).toContain('streamctl.db')
  expect(statSync(data).mode & 0o777).toBe(0o700)
})

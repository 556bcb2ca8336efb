import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { ResponseMemory } from '../../src/api/response-memory.ts'
import { AssertionError, DecodeError, StorageError } from '../../src/base/errors.ts'
import { PagePool } from '../../src/base/page-pool.ts'
import type { Dispatch } from '../../src/server/dispatch.ts'
import { FrameMemory } from '../../src/server/frame-memory.ts'
import { type HostPort, Listener, type ListenerOptions } from '../../src/server/listener.ts'
import { simulatedEnv } from '../support/simulated-env.ts'
import { until } from '../support/until.ts'

const listeners: Listener[] = []
const sockets: Socket[] = []
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  for (const listener of listeners.splice(0)) await listener.close(0)
})

const seen: HostPort[] = []
const echo: Dispatch = (frame, { advertised }) => {
  seen.push(advertised)
  return { pipelined: false, usesFrame: false, answer: [frame] }
}

async function listening(changes: Partial<ListenerOptions> = {}) {
  const env = simulatedEnv()
  const fatal: unknown[] = []
  const listener = new Listener({
    // Connections come in real turns of the event loop.
    env: { ...env, clock: { ...env.clock, soon: action => void setImmediate(action) } },
    bind: { host: '127.0.0.1', port: 0 },
    advertise: undefined,
    dispatch: echo,
    memory: new FrameMemory(1000),
    pages: new PagePool(0),
    responseMemory: new ResponseMemory(() => 1_000_000),
    quotas: { chargeConnection: () => 0 },
    maxFrameBytes: 1000,
    connectionsMax: () => 10,
    connectionsPerAddressMax: () => 10,
    connectionIdleMaxMs: 60_000,
    isOverloaded: () => false,
    onFatal: error => fatal.push(error),
    ...changes,
  })
  listeners.push(listener)
  const { port } = await listener.listen()
  return { env, fatal, listener, port }
}

async function client(port: number, host = '127.0.0.1'): Promise<Socket> {
  const socket = connect(port, host)
  sockets.push(socket)
  await once(socket, 'connect')
  return socket
}

const request = Buffer.from('00000008000300000000000a', 'hex')

async function ask(socket: Socket): Promise<void> {
  const answered = once(socket, 'data')
  socket.write(request)
  await answered
}

test('port 0 finds a free port, and clients are told that one', async () => {
  const { port } = await listening()
  await ask(await client(port))
  expect(seen.at(-1)).toEqual({ host: '127.0.0.1', port })
})

test('a listener on all addresses tells each client the address by which it came', async () => {
  const { port } = await listening({ bind: { host: '0.0.0.0', port: 0 } })
  await ask(await client(port, '127.0.0.2'))
  expect(seen.at(-1)).toEqual({ host: '127.0.0.2', port })
})

test('an address has only so many connections at once', async () => {
  const connectionsPerAddressMax = (address: string): number => (address === '127.0.0.1' ? 1 : 10)
  const { port, listener } = await listening({ connectionsPerAddressMax })
  const first = await client(port)
  await ask(first)
  const refused = await client(port)
  refused.resume()
  await once(refused, 'close')
  first.destroy()
  await until(() => listener.connectionCount === 0)
  await ask(await client(port))
})

test('a connection beyond the quota of its address is closed after the time that it has to wait', async () => {
  const charged: string[] = []
  const chargeConnection = (ip: string): number => {
    charged.push(ip)
    return charged.length > 1 ? 300 : 0
  }
  const { port, env, listener } = await listening({ quotas: { chargeConnection } })
  await ask(await client(port))
  const refused = await client(port)
  await until(() => charged.length === 2)
  expect(charged).toEqual(['127.0.0.1', '127.0.0.1'])
  expect(listener.connectionCount).toBe(1)
  const closed = once(refused, 'close')
  refused.resume()
  env.clock.advance(299)
  expect(refused.readableEnded).toBe(false)
  env.clock.advance(1)
  await closed
})

test('what is advertised is told as it stands, with the bound port for port 0', async () => {
  const { port } = await listening({ advertise: { host: 'streams.example', port: 0 } })
  await ask(await client(port))
  expect(seen.at(-1)).toEqual({ host: 'streams.example', port })
})

test('a busy port is said in one sentence, with a hint', async () => {
  const { port } = await listening()
  const second = listening({ bind: { host: '127.0.0.1', port } })
  await expect(second).rejects.toMatchObject({
    message: `cannot listen on 127.0.0.1:${port}: another program listens there`,
    hint: expect.stringContaining('--listen'),
  })
})

test('connections beyond the limit are closed, those before go on', async () => {
  const { port, listener } = await listening({ connectionsMax: () => 1 })
  const first = await client(port)
  await ask(first)
  const second = await client(port)
  await once(second, 'close')
  await ask(first)
  expect(listener.connectionCount).toBe(1)
})

test('a connection that says nothing for too long is closed', async () => {
  const { env, port } = await listening()
  const silent = await client(port)
  await ask(silent)
  env.clock.advance(50_000)
  await ask(silent)
  env.clock.advance(70_000)
  await once(silent, 'close')
})

test('a frame that stands still gives way when another waits for its memory', async () => {
  const memory = new FrameMemory(1000)
  const { env, port } = await listening({ memory })
  const slow = await client(port)
  slow.write(Buffer.from('000003e80003', 'hex'))
  await until(() => memory.usedBytes > 0)
  const other = await client(port)
  other.write(Buffer.from('000003e80003', 'hex'))
  await until(() => memory.isContended)
  env.clock.advance(20_000)
  await once(slow, 'close')
})

test('what breaks the protocol closes that connection only and is logged', async () => {
  let broken = true
  const dispatch: Dispatch = (frame, connection) => {
    if (broken) throw new DecodeError('no such API')
    return echo(frame, connection)
  }
  const { env, port, fatal } = await listening({ dispatch })
  const [bad, good] = [await client(port), await client(port)]
  bad.write(request)
  await once(bad, 'close')
  broken = false
  await ask(good)
  expect(fatal).toEqual([])
  expect(env.log.errors).toEqual([])
  expect(env.log.lines).toContain('closed a connection that broke the protocol')
})

test.each([new AssertionError('impossible'), new StorageError('cannot write')])('%s stops the node', async error => {
  const { port, fatal } = await listening({
    dispatch: () => {
      throw error
    },
  })
  const socket = await client(port)
  socket.write(request)
  await once(socket, 'close')
  expect(fatal).toEqual([error])
})

test('a close ends connections that do not take their answers after the grace', async () => {
  let started = 0
  const never: Dispatch = () => {
    started++
    return { pipelined: false, usesFrame: false, answer: new Promise(() => {}) }
  }
  const { env, port, listener } = await listening({ dispatch: never })
  const socket = await client(port)
  socket.write(request)
  await until(() => started > 0)
  const closed = listener.close(1000)
  env.clock.advance(1001)
  await closed
})

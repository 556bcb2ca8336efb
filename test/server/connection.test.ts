import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import type { Answer } from '../../src/api/handle.ts'
import { ResponseMemory } from '../../src/api/response-memory.ts'
import { Later } from '../../src/base/later.ts'
import { PagePool, pageBytes, release } from '../../src/base/page-pool.ts'
import { Connection, type Dispatched } from '../../src/server/connection.ts'
import { FrameMemory } from '../../src/server/frame-memory.ts'
import { FrameReader } from '../../src/server/frame-reader.ts'
import { receiveShared } from '../../src/server/shared-receive.ts'
import { type SimulatedClock, simulatedClock } from '../support/simulated-env.ts'
import { until } from '../support/until.ts'

const cleanup: (() => void)[] = []
afterEach(() => {
  for (const action of cleanup.splice(0)) action()
})

interface Pair {
  readonly client: Socket
  readonly connection: Connection
  readonly failures: unknown[]
  readonly responseMemory: ResponseMemory
  readonly clock: SimulatedClock
}

/** A client and the connection that serves it, with `dispatch` behind it. */
async function pair(
  dispatch: (frame: Buffer) => Dispatched,
  options: { isOverloaded?: () => boolean; onClose?: () => void } = {},
): Promise<Pair> {
  const server = createServer({ pauseOnConnect: true })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const client = connect(port, '127.0.0.1')
  const [accepted] = (await once(server, 'connection')) as [Socket]
  const socket = receiveShared(accepted, chunk => connection.receive(chunk))
  cleanup.push(
    () => client.destroy(),
    () => socket.destroy(),
    () => server.close(),
  )
  const failures: unknown[] = []
  const responseMemory = new ResponseMemory(() => 1_000_000)
  const clock = simulatedClock()
  const connection: Connection = new Connection(socket, {
    context: { id: 'c', principal: 'User:ANONYMOUS', clientHost: '/127.0.0.1', advertised: { host: 'h', port: 1 } },
    reader: new FrameReader({
      maxFrameBytes: 100_000,
      memory: new FrameMemory(100_000),
      pages: new PagePool(pageBytes),
      onMemory: () => connection.pump(),
    }),
    responseMemory,
    dispatch,
    isOverloaded: options.isOverloaded ?? (() => false),
    onFailure: error => failures.push(error),
    onClose: options.onClose ?? (() => {}),
    clock,
  })
  return { client, connection, failures, responseMemory, clock }
}

/** A request whose last byte tells which one it is. */
function request(number: number): Buffer {
  const buffer = Buffer.alloc(14)
  buffer.writeInt32BE(10, 0)
  buffer.writeInt8(number, 13)
  return buffer
}

const numberOf = (frame: Buffer): number => frame.at(-1)!

async function receive(client: Socket, bytes: number): Promise<number[]> {
  const received: number[] = []
  while (received.length < bytes) {
    const [chunk] = (await once(client, 'data')) as [Buffer]
    received.push(...chunk)
  }
  return received
}

test('answers leave in the order of the requests, whichever is ready first', async () => {
  const ready: (() => void)[] = []
  const { client } = await pair(frame => ({
    pipelined: true,
    usesFrame: true,
    answer: new Promise<Answer>(resolve => ready.push(() => resolve([Buffer.of(numberOf(frame))]))),
  }))
  client.write(Buffer.concat([request(1), request(2), request(3)]))
  await until(() => ready.length === 3)
  for (const settle of ready.reverse()) settle()
  expect(await receive(client, 3)).toEqual([1, 2, 3])
})

test.each([true, false])(
  'a frame has its memory until its answer is there, or until it is copied (usesFrame: %s)',
  async usesFrame => {
    const starts: number[] = []
    const settle: (() => void)[] = []
    const { client } = await pair(frame => {
      starts.push(frame.byteOffset)
      const answer = new Promise<Answer>(resolve => settle.push(() => resolve([Buffer.of(1)])))
      return { pipelined: true, usesFrame, answer }
    })
    const send = async (): Promise<void> => {
      const before = starts.length
      client.write(request(1))
      await until(() => starts.length > before)
    }
    await send()
    await send()
    // A page of the pool is begun anew when nobody uses it.
    expect(starts).toEqual(usesFrame ? [0, 10] : [0, 0])
    for (const action of settle) action()
    await receive(client, 2)
    await send()
    expect(starts.at(-1)).toBe(0)
  },
)

test('a request that is not pipelined holds back the next one', async () => {
  const started: number[] = []
  const ready: (() => void)[] = []
  const { client } = await pair(frame => {
    started.push(numberOf(frame))
    return {
      pipelined: false,
      usesFrame: false,
      answer: new Promise<Answer>(resolve => ready.push(() => resolve([Buffer.of(9)]))),
    }
  })
  client.write(Buffer.concat([request(1), request(2)]))
  await until(() => ready.length === 1)
  expect(started).toEqual([1])
  ready[0]!()
  await until(() => ready.length === 2)
  expect(started).toEqual([1, 2])
})

test('while the node is overloaded, requests stay unread', async () => {
  let overloaded = true
  const started: number[] = []
  const { client, connection } = await pair(
    frame => {
      started.push(numberOf(frame))
      return { pipelined: true, usesFrame: false, answer: [Buffer.of(0)] }
    },
    { isOverloaded: () => overloaded },
  )
  client.write(Buffer.concat([request(1), request(2)]))
  await until(() => connection.isWithinFrame)
  expect(started).toEqual([])
  overloaded = false
  connection.pump()
  expect(started).toEqual([1, 2])
})

test('a request without an answer (acks=0) leaves no gap', async () => {
  const { client } = await pair(frame => ({
    pipelined: true,
    usesFrame: false,
    answer: numberOf(frame) === 1 ? null : [Buffer.of(numberOf(frame))],
  }))
  client.write(Buffer.concat([request(1), request(2)]))
  expect(await receive(client, 1)).toEqual([2])
})

test('a request that fails beyond the protocol closes the connection and tells why', async () => {
  const { client, failures } = await pair(() => {
    throw new Error('no such API')
  })
  client.write(request(1))
  await once(client, 'close')
  expect(failures).toMatchObject([{ message: 'no such API' }])
})

test('a client that goes away aborts what waits for it', async () => {
  let aborted = false
  const { client, connection } = await pair(() => ({
    pipelined: false,
    usesFrame: false,
    answer: new Promise<Answer>(() => {}),
  }))
  connection.context.signal.addEventListener('abort', () => {
    aborted = true
  })
  client.write(request(1))
  client.destroy()
  await until(() => aborted)
})

test('a connection that is ended answers what is in the works first', async () => {
  const ready: (() => void)[] = []
  const { client, connection } = await pair(() => ({
    pipelined: true,
    usesFrame: false,
    answer: new Promise<Answer>(resolve => ready.push(() => resolve([Buffer.of(5)]))),
  }))
  client.write(request(1))
  await until(() => ready.length === 1)
  connection.end()
  const closed = once(client, 'close')
  const received = receive(client, 1)
  ready[0]!()
  expect(await received).toEqual([5])
  await closed
})

test('a connection that is muted answers what is in the works, and starts nothing further until its time is up', async () => {
  const started: number[] = []
  const { client, connection, clock } = await pair(frame => {
    started.push(numberOf(frame))
    return { pipelined: true, usesFrame: false, answer: [Buffer.of(numberOf(frame))] }
  })
  client.write(request(1))
  expect(await receive(client, 1)).toEqual([1])
  connection.context.mute(1000)
  // A shorter time does not end a longer one.
  connection.context.mute(10)
  client.write(request(2))
  await until(() => connection.isWithinFrame)
  clock.advance(999)
  expect(started).toEqual([1])
  expect(connection.isIdle).toBe(false)
  clock.advance(1)
  expect(started).toEqual([1, 2])
  expect(await receive(client, 1)).toEqual([2])
})

test('an answer counts as memory until the client has taken it, or has gone', async () => {
  const large = Buffer.alloc(20_000_000)
  const { client, responseMemory } = await pair(() => ({
    pipelined: false,
    usesFrame: false,
    answer: [Buffer.of(1), large],
  }))
  client.pause()
  client.write(request(1))
  await until(() => responseMemory.usedBytes > 0)
  expect(responseMemory.usedBytes).toBe(20_000_001)
  client.resume()
  await until(() => responseMemory.usedBytes === 0)
  client.pause()
  client.write(request(2))
  await until(() => responseMemory.usedBytes > 0)
  client.destroy()
  await until(() => responseMemory.usedBytes === 0)
})

test('the memory of an answer is free when it is sent, or when nobody is there to take it', async () => {
  const pool = new PagePool(pageBytes)
  const settle: ((answer: Answer) => void)[] = []
  const answer = (): Dispatched => {
    const later = new Later<Answer>()
    settle.push(value => later.settle(value))
    return { pipelined: true, usesFrame: false, answer: later }
  }
  const isFree = (): boolean => {
    const page = pool.tryTake(pageBytes)
    if (page) release(page)
    return page !== undefined
  }
  const { client, connection } = await pair(answer)
  client.write(Buffer.concat([request(1), request(2), request(3)]))
  await until(() => settle.length === 3)
  settle[0]!([Buffer.of(1), pool.take(2000).fill(2)])
  expect(isFree()).toBe(false)
  await receive(client, 2001)
  await until(isFree)
  // Its turn never comes.
  settle[2]!([Buffer.of(1), pool.take(2000)])
  connection.destroy()
  expect(isFree()).toBe(true)
  settle[1]!([Buffer.of(1), pool.take(2000)])
  expect(isFree()).toBe(true)
})

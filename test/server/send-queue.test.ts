import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { ResponseMemory } from '../../src/api/response-memory.ts'
import { PagePool, pageBytes, release } from '../../src/base/page-pool.ts'
import { SendQueue } from '../../src/server/send-queue.ts'
import { until } from '../support/until.ts'

const cleanup: (() => void)[] = []
afterEach(() => {
  for (const action of cleanup.splice(0)) action()
})

async function sendQueue() {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = connect((server.address() as { port: number }).port, '127.0.0.1')
  client.pause()
  const [socket] = (await once(server, 'connection')) as [Socket]
  cleanup.push(
    () => client.destroy(),
    () => socket.destroy(),
    () => server.close(),
  )
  const memory = new ResponseMemory(() => 1_000_000)
  const queue = new SendQueue(socket, memory)
  socket.on('drain', () => queue.flush())
  socket.on('error', () => {})
  return { queue, memory, client, socket }
}

/** More than the kernel takes of a client that does not read: slices of a pool, each filled with its number. */
function manySlices(pool: PagePool) {
  return Array.from({ length: 128 }, (_, at) => pool.take(pageBytes / 8).fill(at))
}

function isFree(pool: PagePool): boolean {
  const page = pool.tryTake(pageBytes)
  if (page) release(page)
  return page !== undefined
}

async function receive(client: Socket, bytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let received = 0
  client.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    received += chunk.length
  })
  client.resume()
  await until(() => received >= bytes)
  return Buffer.concat(chunks)
}

test('what a slow client has not taken moves out of the pages, and arrives as it was', async () => {
  const { queue, memory, client, socket } = await sendQueue()
  const pool = new PagePool(16 * pageBytes)
  const slices = manySlices(pool)
  const expected = Buffer.concat(slices)
  queue.write(slices)
  queue.write([Buffer.of(255)])
  expect(memory.usedBytes).toBe(expected.length + 1)
  expect(isFree(pool)).toBe(false)
  await until(() => socket.writableLength > 0)
  queue.unpool()
  // All but what the socket has been given already.
  const rewritten = [pool.take(pageBytes), pool.take(pageBytes), pool.take(pageBytes)]
  expect(rewritten.every(page => page.buffer instanceof SharedArrayBuffer)).toBe(true)
  for (const page of rewritten) page.fill(77)
  expect((await receive(client, expected.length + 1)).equals(Buffer.concat([expected, Buffer.of(255)]))).toBe(true)
  await until(() => memory.usedBytes === 0)
  expect(queue.isEmpty).toBe(true)
})

test('when the connection goes away, nothing is held any more', async () => {
  const { queue, memory, socket } = await sendQueue()
  const pool = new PagePool(16 * pageBytes)
  queue.write(manySlices(pool))
  await until(() => socket.writableLength > 0)
  socket.destroy()
  queue.close()
  await until(() => memory.usedBytes === 0)
  expect(isFree(pool)).toBe(true)
})

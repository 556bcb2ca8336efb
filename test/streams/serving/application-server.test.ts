import { request } from 'node:http'
import { hostname } from 'node:os'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { int64, json, streams, string, topic } from '../../../src/streams/script.ts'
import { type ApplicationServer, serveApplication } from '../../../src/streams/serving/application-server.ts'
import { fakeRunning } from './fake-running.ts'

const clicks = topic('clicks', { key: string, value: json<number>() })
const running = fakeRunning(
  streams('clicks', builder => {
    builder.stream(clicks).groupByKey().count({ store: 'counts', value: int64 })
  }),
)
for (const key of ['a', 'b', 'a']) running.pipe(clicks, key, 1, 5)

let server: ApplicationServer
beforeAll(async () => {
  server = await serveApplication({ running })
})
afterAll(() => server.close())

async function get(path: string): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`http://${server.endpoint}${path}`)
  return { status: response.status, body: await response.json() }
}

test('a store answers with entries, position and lag', async () => {
  expect(await get('/stores/counts?key=a')).toEqual({
    status: 200,
    body: {
      store: 'counts',
      kind: 'key-value',
      answers: [
        {
          task: '0_0',
          state: 'running',
          partition: 0,
          positions: [{ topic: 'clicks', partition: 0, offset: 12, end: 12 }],
          lag: 0,
          restored: 1,
          entries: [{ key: 'a', value: 2, timestamp: 5 }],
        },
      ],
    },
  })
})

test('the application describes itself, and its metrics are text', async () => {
  expect((await get('/application')).body).toMatchObject({ name: 'clicks', stores: [{ name: 'counts' }] })
  expect((await get('/stores')).body).toMatchObject([{ name: 'counts', kind: 'key-value' }])
  expect((await get('/health')).body).toEqual({ state: 'running' })
  const metrics = await fetch(`http://${server.endpoint}/metrics`)
  expect(await metrics.text()).toBe('streamctl_streams_records_total 5\n')
})

test.each([
  ['/stores/count', 404, "clicks has no store 'count'"],
  ['/stores/counts?limit=0', 400, 'limit must be a whole number from 1'],
  ['/stores/counts?window=1..', 400, 'window must be two times'],
  ['/stores/counts?window=0..60000', 400, 'has no windows'],
  ['/other', 404, 'there is nothing at /other'],
])('%s is refused with its reason', async (path, status, error) => {
  const answered = await get(path)
  expect(answered.status).toBe(status)
  expect((answered.body as { error: string }).error).toContain(error)
})

test('nothing can be changed', async () => {
  const response = await fetch(`http://${server.endpoint}/application`, { method: 'POST' })
  expect(response.status).toBe(405)
})

test('a page of some other host cannot read it through a browser', async () => {
  const [host, port] = server.endpoint.split(':')
  const { promise, resolve } = Promise.withResolvers<number | undefined>()
  const asked = request({ host, port, path: '/application', headers: { host: 'evil.example' } }, response => {
    response.resume()
    resolve(response.statusCode)
  })
  asked.end()
  expect(await promise).toBe(403)
})

test('who listens on all addresses is told of by the name of the machine', async () => {
  const open = await serveApplication({ running, host: '0.0.0.0' })
  expect(open.endpoint.split(':')[0]).toBe(hostname())
  await open.close()
})

test('an address that is taken is told', async () => {
  const port = Number(server.endpoint.split(':')[1])
  await expect(serveApplication({ running, port })).rejects.toThrow(`cannot listen on 127.0.0.1:${port}`)
})

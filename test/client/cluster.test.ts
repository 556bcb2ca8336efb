import { createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { ExitCode } from '../../src/base/errors.ts'
import { RequestError, UnreachableError } from '../../src/client/failures.ts'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { apiVersionsApi } from '../../src/protocol/messages/api-versions.ts'
import { findCoordinatorApi } from '../../src/protocol/messages/find-coordinator.ts'
import { heartbeatApi } from '../../src/protocol/messages/heartbeat.ts'
import { metadataApi } from '../../src/protocol/messages/metadata.ts'
import { clusterOf, fakeBroker, hangUp, versionsOf } from './fake-broker.ts'

const beat = { groupId: 'g', generationId: 1, memberId: 'm' }

test('a broker that is not there is unreachable, by its address, with exit code 4', async () => {
  const broker = await fakeBroker()
  broker.close()
  const cluster = clusterOf([broker])
  const failure = await cluster.metadata(null).catch(error => error)
  expect(failure).toBeInstanceOf(UnreachableError)
  expect(failure.message).toBe(`no broker answers at 127.0.0.1:${broker.address.port}: connection refused`)
  expect(failure.exitCode).toBe(ExitCode.unreachable)
})

test('the first broker that answers serves', async () => {
  const [dead, alive] = [await fakeBroker(), await fakeBroker()]
  dead.close()
  alive.withTopic('t', [0])
  const { topics } = await clusterOf([dead, alive]).metadata(['t'])
  expect(topics.map(({ name, partitions }) => [name, partitions.length])).toEqual([['t', 1]])
})

test('requests go out in the newest version that both sides know', async () => {
  const broker = (await fakeBroker()).withTopic('t', [0])
  const versions: number[] = []
  broker.on(
    heartbeatApi,
    (_request, version) => {
      versions.push(version)
      return { errorCode: 0 }
    },
    2,
  )
  await clusterOf([broker]).ask('any', heartbeatApi, beat)
  expect(versions).toEqual([2])
})

test('a broker that does not know our version of ApiVersions is asked in version 0', async () => {
  const broker = (await fakeBroker()).withTopic('t', [0])
  const { on } = broker
  on(apiVersionsApi, (_request, version) => ({
    ...versionsOf(new Map([[3, { api: metadataApi, versionMax: 12, answer: () => {} }]])),
    errorCode: version > 0 ? ErrorCode.unsupportedVersion : 0,
  }))
  expect((await clusterOf([broker]).metadata(['t'])).topics).toHaveLength(1)
})

test('an API that the broker does not have is refused by name', async () => {
  const cluster = clusterOf([(await fakeBroker()).withTopic('t', [0])])
  const failure = await cluster.ask('any', heartbeatApi, beat).catch(error => error)
  expect(failure).toBeInstanceOf(RequestError)
  expect(failure.message).toContain('Heartbeat')
})

test('metadata is asked for again when the connection breaks', async () => {
  const broker = (await fakeBroker()).withTopic('t', [0])
  let calls = 0
  broker.on(metadataApi, () =>
    ++calls === 1 ? hangUp : { brokers: [], clusterId: null, controllerId: -1, topics: [], errorCode: 0 },
  )
  await clusterOf([broker]).metadata(null)
  expect(calls).toBe(2)
})

test('bytes that are no answer end the connection, not the program', async () => {
  const server = createServer(socket => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
  onTestFinished(() => void server.close())
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const cluster = clusterOf([{ address: { host: '127.0.0.1', port } } as never])
  await expect(cluster.metadata(null)).rejects.toThrow(/cannot be read/)
})

test('a coordinator that is being elected is waited for, in old and new versions', async () => {
  for (const versionMax of [3, 6]) {
    const broker = (await fakeBroker()).withTopic('t', [0])
    let calls = 0
    broker.on(
      findCoordinatorApi,
      () => {
        const errorCode = ++calls === 1 ? ErrorCode.coordinatorNotAvailable : 0
        const found = { nodeId: 5, ...broker.address, errorCode, errorMessage: null }
        return { ...found, coordinators: [{ key: 'g', ...found }] }
      },
      versionMax,
    )
    expect(await clusterOf([broker]).groupCoordinator('g')).toBe(5)
    expect(calls).toBe(2)
  }
})

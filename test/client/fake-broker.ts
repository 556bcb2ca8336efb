import { type AddressInfo, createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { systemEnv } from '../../src/base/system-env.ts'
import type { BrokerAddress } from '../../src/client/address.ts'
import { Cluster, type ClusterOptions } from '../../src/client/cluster.ts'
import { FrameAssembler } from '../../src/client/frame-assembler.ts'
import { type Api, decodeRequest, type RequestOf, type ResponseInput } from '../../src/protocol/codec.ts'
import { encodeResponseFrame, readRequestHeader } from '../../src/protocol/frame.ts'
import { apiVersionsApi } from '../../src/protocol/messages/api-versions.ts'
import { metadataApi } from '../../src/protocol/messages/metadata.ts'
import { recordingLog } from '../support/simulated-env.ts'

/** What a fake broker does with a request besides answering it. */
export const hangUp = Symbol('hang up')
export const silence = Symbol('silence')

type Answer<A extends Api> = ResponseInput<A> | typeof hangUp | typeof silence

interface Behaviour {
  readonly api: Api
  readonly versionMax: number
  readonly answer: (request: never, version: number) => unknown
}

/** A broker on a real socket that answers as a test tells it, with our own codecs. */
export interface FakeBroker {
  readonly address: BrokerAddress
  /** Names of the APIs that were asked, in order, without ApiVersions. */
  readonly asked: string[]
  on<A extends Api>(
    api: A,
    answer: (request: RequestOf<A>, version: number) => Answer<A> | Promise<Answer<A>>,
    versionMax?: number,
  ): FakeBroker
  /** Answers Metadata with itself as the leader of all partitions, or with the leaders that are given. */
  withTopic(name: string, leaders: readonly number[], brokers?: readonly (readonly [number, FakeBroker])[]): FakeBroker
  dropConnections(): void
  close(): void
}

export const topicId = 'AAAAAAAAAAAAAAAAAAAAAQ'

export async function fakeBroker(): Promise<FakeBroker> {
  const behaviours = new Map<number, Behaviour>()
  const sockets = new Set<Socket>()
  const asked: string[] = []
  const server = createServer(socket => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    const assembler = new FrameAssembler(frame => void serve(socket, frame, behaviours, asked))
    socket.on('data', (chunk: Buffer) => {
      try {
        assembler.push(chunk)
      } catch {
        // As brokers do with what is not Kafka's protocol, TLS for one.
        socket.destroy()
      }
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const broker: FakeBroker = {
    address: { host: '127.0.0.1', port },
    asked,
    on(api, answer, versionMax = api.versions[1]) {
      behaviours.set(api.key, { api, versionMax, answer: answer as Behaviour['answer'] })
      return broker
    },
    withTopic(name, leaders, brokers = [[0, broker]]) {
      return broker.on(metadataApi, request => ({
        brokers: brokers.map(([nodeId, { address }]) => ({ nodeId, ...address })),
        clusterId: 'fake',
        controllerId: 0,
        topics: (request.topics ?? [{ name }]).map(wanted => ({
          errorCode: wanted.name === name ? 0 : 3,
          name: wanted.name,
          topicId,
          partitions: (wanted.name === name ? leaders : []).map((leaderId, partitionIndex) => ({
            errorCode: 0,
            partitionIndex,
            leaderId,
            replicaNodes: [leaderId],
            isrNodes: [leaderId],
            offlineReplicas: [],
          })),
        })),
        errorCode: 0,
      }))
    },
    dropConnections() {
      for (const socket of sockets) socket.destroy()
    },
    close() {
      broker.dropConnections()
      server.close()
    },
  }
  onTestFinished(() => broker.close())
  return broker
}

/** A client of fake brokers, closed when the test ends. */
export function clusterOf(brokers: readonly FakeBroker[], options: Partial<ClusterOptions> = {}): Cluster {
  const addresses = brokers.map(({ address }) => address)
  const cluster = new Cluster({
    env: systemEnv({ log: recordingLog() }),
    brokers: addresses,
    retryForMs: 2_000,
    ...options,
  })
  onTestFinished(() => cluster.close())
  return cluster
}

async function serve(
  socket: Socket,
  frame: Buffer,
  behaviours: ReadonlyMap<number, Behaviour>,
  asked: string[],
): Promise<void> {
  const { apiKey, apiVersion, correlationId, bodyAt } = readRequestHeader(frame)
  if (apiKey === apiVersionsApi.key) {
    const answered = behaviours.get(apiKey)?.answer(undefined as never, apiVersion)
    const version = (answered as { errorCode?: number } | undefined)?.errorCode ? 0 : apiVersion
    write(
      socket,
      encodeResponseFrame(apiVersionsApi, version, correlationId, (answered ?? versionsOf(behaviours)) as never),
    )
    return
  }
  const behaviour = behaviours.get(apiKey)
  if (!behaviour) throw new Error(`the test has no answer for API ${apiKey}`)
  asked.push(behaviour.api.name)
  const answer = await behaviour.answer(decodeRequest(behaviour.api, apiVersion, frame, bodyAt) as never, apiVersion)
  if (answer === hangUp) socket.destroy()
  else if (answer !== silence)
    write(socket, encodeResponseFrame(behaviour.api, apiVersion, correlationId, answer as never))
}

export function versionsOf(behaviours: ReadonlyMap<number, Behaviour>): ResponseInput<typeof apiVersionsApi> {
  return {
    errorCode: 0,
    apiKeys: [...behaviours.values()].map(({ api, versionMax }) => ({
      apiKey: api.key,
      minVersion: api.versions[0],
      maxVersion: versionMax,
    })),
  }
}

function write(socket: Socket, chunks: readonly Buffer[]): void {
  if (!socket.destroyed) socket.write(Buffer.concat(chunks))
}

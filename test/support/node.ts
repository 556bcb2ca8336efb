import { ClientMetrics } from '../../src/api/client-metrics.ts'
import { FetchSessions } from '../../src/api/fetch-sessions.ts'
import type { ConnectionContext, Eventually, Handler, Services } from '../../src/api/handle.ts'
import { Quotas } from '../../src/api/quotas.ts'
import { handlers as allHandlers } from '../../src/api/registry.ts'
import { ResponseMemory } from '../../src/api/response-memory.ts'
import type { Env } from '../../src/base/env.ts'
import { Later } from '../../src/base/later.ts'
import { groupSettings } from '../../src/broker/group-settings.ts'
import { quotaSettings } from '../../src/broker/quota-settings.ts'
import { transactionSettings } from '../../src/broker/transaction-settings.ts'
import { ClientQuotas } from '../../src/config/client-quotas.ts'
import { Configuration, type Overrides } from '../../src/config/configuration.ts'
import { resolveSettings } from '../../src/config/resolve.ts'
import { GroupCoordinator } from '../../src/group/coordinator.ts'
import { ProducerIds } from '../../src/log/producer-ids.ts'
import { ReadWaiters } from '../../src/log/read-waiters.ts'
import { Topics } from '../../src/log/topics.ts'
import type { Api, RequestInput, ResponseOf } from '../../src/protocol/codec.ts'
import { decodeResponseFrame, encodeRequestFrame, readRequestHeader } from '../../src/protocol/frame.ts'
import { openStorage, type Storage } from '../../src/storage/storage.ts'
import { TransactionCoordinator } from '../../src/transaction/coordinator.ts'
import { simulatedEnv } from './simulated-env.ts'

export interface TestNodeOptions {
  readonly seed?: number
  /** Broker settings, under Kafka's names. */
  readonly settings?: Readonly<Record<string, string>>
  readonly handlers?: readonly Handler[]
  /** Memory for the newest batches; 1 MiB by default. */
  readonly cacheBytes?: number
  /** ':memory:' by default. */
  readonly directory?: string
}

export interface TestCall {
  readonly clientId?: string | null
  readonly connection?: ConnectionContext
}

/** A whole node without sockets and threads, in simulated time. Handlers are called with the bytes of requests. */
export interface TestNode {
  readonly env: ReturnType<typeof simulatedEnv>
  readonly services: Services
  readonly storage: Storage
  /** Sends a request and lets time stand still until it is answered; fails if it stays parked. */
  call<A extends Api>(api: A, version: number, request: RequestInput<A>, options?: TestCall): Promise<ResponseOf<A>>
  /** Sends a request; null is the missing answer to acks=0. Drive it with `until` or by advancing the clock. */
  start<A extends Api>(
    api: A,
    version: number,
    request: RequestInput<A>,
    options?: TestCall,
  ): Promise<ResponseOf<A> | null>
  /** As `start`, but the bytes of the answer, length prefix included. */
  send<A extends Api>(api: A, version: number, request: RequestInput<A>, options?: TestCall): Promise<Buffer | null>
  /** Runs what is due now until the promise settles; fails if it never does. */
  until<T>(promise: Promise<T>): Promise<T>
  /** Creates a topic and waits until it is durable. */
  createTopic(name: string, options?: { partitions?: number; overrides?: Record<string, string> }): Promise<void>
  close(): Promise<void>
}

/** A connection as handlers see it. */
export function testConnection(changes: Partial<ConnectionContext> = {}): ConnectionContext {
  return {
    id: 'connection-1',
    principal: 'User:ANONYMOUS',
    clientHost: '/127.0.0.1',
    advertised: { host: 'node.test', port: 9092 },
    signal: new AbortController().signal,
    mute: () => {},
    ...changes,
  }
}

/** What a handler answers, to wait for. */
export async function promised<Value>(value: Eventually<Value>): Promise<Value> {
  if (!(value instanceof Later)) return value
  return new Promise((resolve, reject) => value.whenSettled(resolve, reject))
}

/** Opens a node. Every test closes its own, which also fails the test if a handler failed in a way nobody expected. */
export async function testNode(options: TestNodeOptions = {}): Promise<TestNode> {
  const env = simulatedEnv({ seed: options.seed ?? 1 })
  const until = <T>(promise: Promise<T>): Promise<T> => drive(promise, env.clock.settle)
  const storage = await openStorage({
    directory: options.directory ?? ':memory:',
    durability: 'os',
    threads: false,
    env,
    onFailure: error => env.log.error('the storage failed', error),
  })
  const services = servicesOf(env, storage, options)
  const handlers = new Map((options.handlers ?? allHandlers).map(handler => [handler.apiKey, handler]))
  const node: TestNode = {
    env,
    services,
    storage,
    until,
    async send(api, version, request, { clientId = 'test', connection = testConnection() } = {}) {
      const handler = handlers.get(api.key)
      if (!handler) throw new Error(`${api.name} has no handler`)
      const frame = Buffer.concat(encodeRequestFrame(api, version, 7, clientId, request)).subarray(4)
      const answer = await promised(handler.answer(frame, readRequestHeader(frame), connection, services))
      return answer && Buffer.concat(answer)
    },
    async start(api, version, request, callOptions) {
      const frame = await node.send(api, version, request, callOptions)
      return frame && decodeResponseFrame(api, version, frame.subarray(4)).body
    },
    async call(api, version, request, callOptions) {
      const body = await until(node.start(api, version, request, callOptions))
      if (!body) throw new Error(`${api.name} was not answered`)
      return body
    },
    async createTopic(name, { partitions = 1, overrides = {} } = {}) {
      const topic = { name, partitionCount: partitions, overrides: new Map(Object.entries(overrides)) }
      await until(services.topics.create(topic).durable)
    },
    async close() {
      services.groups.close()
      services.topics.close()
      await until(storage.close())
      if (env.log.errors.length > 0) throw new AggregateError(env.log.errors, env.log.lines.join('\n'))
    },
  }
  return node
}

/** What a node is made of, over any storage: also for the simulation. */
export function servicesOf(
  env: Env,
  storage: Pick<Storage, 'writes' | 'reader' | 'state'>,
  options: Pick<TestNodeOptions, 'settings' | 'cacheBytes'>,
): Services {
  const { writes, reader, state } = storage
  const configuration = new Configuration(resolveSettings({ flags: options.settings ?? {} }))
  configuration.restore(state.brokerSettings)
  configuration.restoreNamed({ groups: state.groupSettings, clientMetrics: state.clientMetrics })
  const settingsOf = (overrides: Overrides) => configuration.topicSettings(overrides)
  const topics = new Topics({ env, writes, reader, state, settingsOf, cacheBytes: options.cacheBytes ?? 1024 * 1024 })
  configuration.onChange(() => topics.refreshSettings())
  const quotas = new Quotas(env, new ClientQuotas(), quotaSettings(configuration))
  quotas.limits.restore(state.quotas)
  const groups = new GroupCoordinator({ env, writes, settings: groupSettings(configuration), recovered: state })
  const producerIds = new ProducerIds(writes, state.nextProducerId)
  return {
    env,
    node: {
      nodeId: 1,
      clusterId: state.clusterId,
      rack: null,
      logDirectory: '/data',
      listeners: () => [{ bound: { host: '0.0.0.0', port: 9092 }, advertised: undefined }],
      diskSpace: () => ({ totalBytes: 1000, usableBytes: 400 }),
    },
    configuration,
    saveSettings: (owner, settings) =>
      new Promise(resolve => writes.apply({ kind: 'saveSettings', owner, settings }, resolve)),
    quotas,
    clientMetrics: new ClientMetrics(env, configuration.clientMetrics),
    topics,
    groups,
    transactions: new TransactionCoordinator({
      env,
      writes,
      recovered: state,
      topics,
      producerIds,
      participants: [{ end: end => groups.endTransaction(end) }],
      settings: transactionSettings(configuration),
    }),
    producerIds,
    readWaiters: new ReadWaiters(env.clock),
    fetchSessions: new FetchSessions(env, () => configuration.broker['max.incremental.fetch.session.cache.slots']),
    responseMemory: new ResponseMemory(() => configuration.broker['streamctl.responses.max.bytes']),
  }
}

// What is not settled after so many turns waits for the clock, which only the test moves.
const turnsMax = 1000

async function drive<T>(promise: Promise<T>, settleClock: () => void): Promise<T> {
  let settled = false
  const mark = (): void => {
    settled = true
  }
  promise.then(mark, mark)
  for (let turn = 0; turn < turnsMax && !settled; turn++) {
    settleClock()
    await Promise.resolve()
  }
  if (!settled) throw new Error('nothing more happens without time passing')
  return promise
}

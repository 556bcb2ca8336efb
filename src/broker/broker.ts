import { ClientMetrics } from '../api/client-metrics.ts'
import { FetchSessions } from '../api/fetch-sessions.ts'
import type { Services } from '../api/handle.ts'
import { Quotas } from '../api/quotas.ts'
import { ResponseMemory } from '../api/response-memory.ts'
import type { Env } from '../base/env.ts'
import { PagePool } from '../base/page-pool.ts'
import { ClientQuotas } from '../config/client-quotas.ts'
import type { Configuration } from '../config/configuration.ts'
import { GroupCoordinator } from '../group/coordinator.ts'
import { LogCompaction } from '../log/compact-logs.ts'
import { ProducerIds } from '../log/producer-ids.ts'
import { ReadWaiters } from '../log/read-waiters.ts'
import { Topics } from '../log/topics.ts'
import { dispatcher } from '../server/dispatch.ts'
import { FrameMemory } from '../server/frame-memory.ts'
import { type HostPort, Listener } from '../server/listener.ts'
import { openStorage, type Storage } from '../storage/storage.ts'
import { TransactionCoordinator } from '../transaction/coordinator.ts'
import { diskSpace } from './disk-space.ts'
import { groupSettings } from './group-settings.ts'
import { startJobs } from './jobs.ts'
import { quotaSettings } from './quota-settings.ts'
import { transactionSettings } from './transaction-settings.ts'

export interface BrokerOptions {
  readonly env: Env
  readonly configuration: Configuration
  /** The data directory, or ':memory:' for a node that keeps nothing. */
  readonly directory: string
  readonly listeners: readonly { readonly bind: HostPort; readonly advertise: HostPort | undefined }[]
  /** Called once when the disk or an assertion failed: nothing more is acknowledged; end the process. */
  readonly onFatal: (error: unknown) => void
}

/** A running node. */
export interface Broker {
  /** The bound addresses, in the order of `listeners`. */
  readonly addresses: readonly HostPort[]
  readonly clusterId: string
  /** Answers what is in the works, makes everything durable, and lets go of the directory and the ports. */
  close(): Promise<void>
}

/** Answers in the works get this long at a close; a client that does not read them must not hold the node. */
const closeGraceMs = 5_000
/** Memory that is used again, besides what the cache of batches holds: requests that arrive, and what is on its way to the disk. */
const pagesOnTheWayBytes = 32 * 1024 * 1024
/** Memory for requests that have not arrived whole, where no setting says otherwise. */
const incomingBytes = 32 * 1024 * 1024

/**
 * Opens the data directory, recovers, and serves.
 *
 * Throws `OperatorError` for a directory or an address that cannot be had; nothing is left running then.
 */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  const { env, directory, configuration } = options
  const fatal = onceOnly(options.onFatal)
  const durability = configuration.broker['streamctl.durability']
  const storage = await openStorage({ directory, durability, threads: true, env, onFailure: fatal })
  const bound: HostPort[] = []
  const services = assemble(options, storage, bound)
  const { listeners, overload } = listenersOf(options, services, storage, fatal)
  try {
    const addresses = await Promise.all(listeners.map(listener => listener.listen()))
    bound.push(...addresses)
    const compaction = logCompaction(options, services, storage)
    const jobs = startJobs({ ...services, reader: storage.reader, compaction, onFatal: fatal })
    return {
      addresses,
      clusterId: services.node.clusterId,
      async close() {
        overload.stop()
        services.groups.close()
        await Promise.all([...listeners.map(listener => listener.close(closeGraceMs)), jobs.stop()])
        services.topics.close()
        await storage.close()
      },
    }
  } catch (error) {
    await Promise.all(listeners.map(listener => listener.close(0)))
    await storage.close()
    throw error
  }
}

function assemble(
  { env, configuration, directory, listeners }: BrokerOptions,
  storage: Storage,
  bound: readonly HostPort[],
): Services {
  const { state, writes, reader } = storage
  const passedOver = [
    ...configuration.restore(state.brokerSettings),
    ...configuration.restoreNamed({ groups: state.groupSettings, clientMetrics: state.clientMetrics }),
  ]
  const topics = new Topics({
    env,
    writes,
    reader,
    state,
    settingsOf: overrides => configuration.topicSettings(overrides),
    cacheBytes: configuration.broker['streamctl.cache.bytes'],
  })
  configuration.onChange(() => topics.refreshSettings())
  const quotas = new Quotas(env, new ClientQuotas(), quotaSettings(configuration))
  passedOver.push(...quotas.limits.restore(state.quotas))
  if (passedOver.length > 0) env.log.warn('stored settings passed over', { names: passedOver.join(', ') })
  const groups = new GroupCoordinator({ env, writes, recovered: state, settings: groupSettings(configuration) })
  const producerIds = new ProducerIds(writes, state.nextProducerId)
  return {
    env,
    configuration,
    saveSettings: (owner, settings) =>
      new Promise(resolve => writes.apply({ kind: 'saveSettings', owner, settings }, resolve)),
    quotas,
    clientMetrics: new ClientMetrics(env, configuration.clientMetrics),
    topics,
    node: {
      nodeId: configuration.broker['node.id'],
      clusterId: state.clusterId,
      rack: configuration.broker['broker.rack'],
      logDirectory: directory,
      listeners: () => bound.map((address, index) => ({ bound: address, advertised: listeners[index]?.advertise })),
      diskSpace: () => diskSpace(directory),
    },
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

function logCompaction({ env, configuration }: BrokerOptions, { topics }: Services, storage: Storage): LogCompaction {
  const { writes, reader, compactor, state } = storage
  const keyBytesMax = () => configuration.broker['log.cleaner.dedupe.buffer.size']
  return new LogCompaction({ env, topics, writes, reader, compactor, recovered: state.compactions, keyBytesMax })
}

function listenersOf(
  { env, configuration, listeners }: BrokerOptions,
  services: Services,
  storage: Storage,
  onFatal: (error: unknown) => void,
): { listeners: Listener[]; overload: Overload } {
  const maxFrameBytes = configuration.broker['socket.request.max.bytes']
  const queuedBytesMax = configuration.broker['queued.max.request.bytes']
  const overload = new Overload(storage, configuration.broker['streamctl.unwritten.max.bytes'])
  const shared = {
    env,
    dispatch: dispatcher(services),
    responseMemory: services.responseMemory,
    quotas: services.quotas,
    memory: new FrameMemory(queuedBytesMax < 0 ? incomingBytes : queuedBytesMax),
    pages: new PagePool(configuration.broker['streamctl.cache.bytes'] + pagesOnTheWayBytes),
    maxFrameBytes,
    connectionsMax: () => configuration.broker['max.connections'],
    connectionsPerAddressMax: (address: string) =>
      configuration.broker['max.connections.per.ip.overrides'].get(address) ??
      configuration.broker['max.connections.per.ip'],
    connectionIdleMaxMs: configuration.broker['connections.max.idle.ms'],
    isOverloaded: () => overload.isOn(),
    onFatal,
  }
  const all = listeners.map(listener => new Listener({ ...shared, ...listener }))
  overload.onRelief = () => {
    for (const listener of all) listener.pump()
  }
  return { listeners: all, overload }
}

/** More has come in than the disk has taken: requests stay in their sockets until half of it is written. */
class Overload {
  readonly #storage: Storage
  readonly #bytesMax: number
  #isOn = false
  #stopped = false
  onRelief: () => void = () => {}

  constructor(storage: Storage, bytesMax: number) {
    this.#storage = storage
    this.#bytesMax = bytesMax
  }

  isOn(): boolean {
    const { writes } = this.#storage
    if (this.#isOn || writes.pendingBytes < this.#bytesMax) return this.#isOn
    this.#isOn = true
    writes.whenBelow(this.#bytesMax / 2, () => {
      this.#isOn = false
      if (!this.#stopped) this.onRelief()
    })
    return this.#isOn
  }

  /** The node closes: nobody needs to be told any more. */
  stop(): void {
    this.#stopped = true
  }
}

function onceOnly(action: (error: unknown) => void): (error: unknown) => void {
  let done = false
  return error => {
    if (done) return
    done = true
    action(error)
  }
}

import type { Env } from '../base/env.ts'
import type { Api, RequestInput, ResponseOf } from '../protocol/codec.ts'
import { findCoordinatorApi } from '../protocol/messages/find-coordinator.ts'
import { metadataApi } from '../protocol/messages/metadata.ts'
import { addressText, type BrokerAddress } from './address.ts'
import { type AskOptions, type Connection, type Dial, openConnection } from './connection.ts'
import { ConnectionLostError, checkCode, isRetriable, type SecurityError, UnreachableError } from './failures.ts'
import { explainClosed } from './mismatch.ts'
import { type Backoff, backoff } from './retry.ts'
import { dialOf, type SecuritySettings } from './security.ts'
import type { AddressFamily } from './tls.ts'

export interface ClusterOptions {
  readonly env: Env
  readonly brokers: readonly BrokerAddress[]
  readonly clientId?: string
  /** How connections are opened, instead of what `security` asks for. */
  readonly dial?: Dial
  readonly security?: SecuritySettings
  /** Which addresses of a name to connect to. */
  readonly addressFamily?: AddressFamily
  /** For a connection with all that it takes until the first request. */
  readonly connectTimeoutMs?: number
  /** How long any answer may take. */
  readonly requestTimeoutMs?: number
  /** How long an administrative request is tried again before it fails. */
  readonly retryForMs?: number
  readonly signal?: AbortSignal
}

export interface PartitionLeader {
  readonly partition: number
  /** Node id; -1 while there is none. */
  readonly leaderId: number
  readonly leaderEpoch: number
  readonly replicas: readonly number[]
  readonly inSyncReplicas: readonly number[]
}

export interface TopicMetadata {
  readonly name: string
  readonly topicId: string
  readonly isInternal: boolean
  readonly errorCode: number
  readonly partitions: readonly PartitionLeader[]
}

export interface ClusterMetadata {
  readonly clusterId: string | null
  readonly controllerId: number
  readonly brokers: ReadonlyMap<number, BrokerAddress>
  readonly topics: readonly TopicMetadata[]
}

/** Which broker a request goes to. */
export type Target = number | 'any' | 'controller'

/** The brokers of one cluster as a client sees them: connections on demand, one for each broker, and metadata. */
export class Cluster {
  readonly env: Env
  readonly #options: ClusterOptions & { readonly dial: Dial }
  readonly #slots = new Map<string, Slot>()
  #brokers: ReadonlyMap<number, BrokerAddress> = new Map()
  #controllerId = -1
  #isExplained = false
  #closed = false

  constructor(options: ClusterOptions) {
    this.env = options.env
    const { security, addressFamily } = options
    this.#options = { ...options, dial: options.dial ?? dialOf(security, addressFamily) }
  }

  /** The addresses that the user gave. */
  get bootstrap(): readonly BrokerAddress[] {
    return this.#options.brokers
  }

  /** The same cluster over connections of its own, for requests that must not stand behind others. */
  sibling(): Cluster {
    return new Cluster(this.#options)
  }

  /** Asks one broker once. Rejects with `ConnectionLostError`, or `UnreachableError` where any broker would have done. */
  async ask<A extends Api>(
    target: Target,
    api: A,
    body: RequestInput<A>,
    options: AskOptions = {},
  ): Promise<ResponseOf<A>> {
    const connection = await this.connection(target)
    return connection.ask(api, body, options)
  }

  /** As `ask`, again with growing pauses while connections break and while `isPassing` says that the answer is an error that passes. */
  async askPersistently<A extends Api>(
    target: Target | (() => Promise<Target>),
    api: A,
    body: RequestInput<A>,
    isPassing: (response: ResponseOf<A>) => boolean = () => false,
    options: AskOptions = {},
  ): Promise<ResponseOf<A>> {
    const pauses = this.backoff()
    for (;;) {
      const node = typeof target === 'function' ? await target() : target
      try {
        const response = await this.ask(node, api, body, options)
        if (!isPassing(response) || pauses.isOver) return response
      } catch (error) {
        if (!(error instanceof ConnectionLostError) || pauses.isOver) throw error
        const explanation = await this.#explain(error)
        if (explanation) throw explanation
      }
      await pauses.pause()
      if (node === 'controller' || typeof target === 'function') this.#controllerId = -1
    }
  }

  /** Metadata of the named topics, of all topics for null. A topic that is not there has an error code. */
  async metadata(
    topics: readonly string[] | null,
    { autoCreate = false }: { readonly autoCreate?: boolean } = {},
  ): Promise<ClusterMetadata> {
    const answer = await this.#askAny(metadataApi, {
      topics: topics?.map(name => ({ name, topicId: noTopicId })) ?? null,
      allowAutoTopicCreation: autoCreate,
    })
    this.#brokers = new Map(answer.brokers.map(({ nodeId, host, port }) => [nodeId, { host, port }]))
    this.#controllerId = answer.controllerId
    return {
      clusterId: answer.clusterId,
      controllerId: answer.controllerId,
      brokers: this.#brokers,
      topics: answer.topics.map(topic => ({
        name: topic.name ?? '',
        topicId: topic.topicId,
        isInternal: topic.isInternal,
        errorCode: topic.errorCode,
        partitions: topic.partitions
          .map(partition => ({
            partition: partition.partitionIndex,
            leaderId: partition.leaderId,
            leaderEpoch: partition.leaderEpoch,
            replicas: partition.replicaNodes,
            inSyncReplicas: partition.isrNodes,
          }))
          .toSorted((a, b) => a.partition - b.partition),
      })),
    }
  }

  /** Node id of the coordinator of a consumer group. Waits for one that is being elected. */
  async groupCoordinator(group: string): Promise<number> {
    const answer = await this.askPersistently(
      'any',
      findCoordinatorApi,
      { key: group, keyType: 0, coordinatorKeys: [group] },
      response => isRetriable(response.coordinators[0]?.errorCode ?? response.errorCode),
    )
    // KIP-699: version 4 answers for many keys at once.
    const found = answer.coordinators[0] ?? answer
    checkCode(found.errorCode, `coordinator of group '${group}'`, found.errorMessage)
    this.#brokers = new Map(this.#brokers).set(found.nodeId, { host: found.host, port: found.port })
    return found.nodeId
  }

  /** An open connection to a broker, a new one if the last one broke. */
  async connection(target: Target): Promise<Connection> {
    if (target === 'any') return this.#anyConnection()
    if (target === 'controller' && this.#controllerId < 0) await this.metadata([])
    const nodeId = target === 'controller' ? this.#controllerId : target
    const address = this.#brokers.get(nodeId)
    if (address) return this.#connect(address)
    // A broker that noTopicId has named yet, or a cluster that hides its controller: any broker passes the request on.
    return this.#anyConnection()
  }

  /** The pauses between attempts that this cluster's options ask for. */
  backoff(retryForMs = this.#options.retryForMs ?? 15_000): Backoff {
    return backoff(this.env, { retryForMs, signal: this.#options.signal })
  }

  close(): void {
    this.#closed = true
    for (const { connection } of this.#slots.values()) connection?.close()
    this.#slots.clear()
  }

  /** Asks any broker; again if one was there and its connection broke, as when it restarts just now. */
  async #askAny<A extends Api>(api: A, body: RequestInput<A>): Promise<ResponseOf<A>> {
    const pauses = this.backoff()
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.ask('any', api, body)
      } catch (error) {
        const lost = error instanceof UnreachableError ? error.cause : error
        if (!(lost instanceof ConnectionLostError && lost.wasOpen) || attempt === brokenAttempts) throw error
        const explanation = attempt === 1 && (await this.#explain(lost))
        if (explanation) throw explanation
      }
      await pauses.pause()
    }
  }

  /** Looks once why a broker closes connections without a word, where that may be known. */
  async #explain(lost: ConnectionLostError): Promise<SecurityError | undefined> {
    if (!lost.isNew || this.#closed || this.#isExplained) return undefined
    this.#isExplained = true
    const { env, dial, security, addressFamily } = this.#options
    const isTls = security?.tls !== undefined
    return explainClosed(lost.address, {
      env,
      clientId: this.#clientId,
      dial,
      isTls,
      hasSasl: security?.sasl !== undefined,
      ...(addressFamily ? { family: addressFamily } : {}),
    })
  }

  get #clientId(): string {
    return this.#options.clientId ?? 'streamctl'
  }

  async #anyConnection(): Promise<Connection> {
    const addresses = [...this.#options.brokers, ...this.#brokers.values()]
    let failure: ConnectionLostError | undefined
    for (const address of addresses) {
      try {
        return await this.#connect(address)
      } catch (error) {
        if (!(error instanceof ConnectionLostError)) throw error
        failure ??= error
      }
    }
    const explanation = failure && (await this.#explain(failure))
    if (explanation) throw explanation
    const reason = failure?.reason ?? 'no address'
    throw new UnreachableError(this.#options.brokers, reason, { cause: failure })
  }

  #connect(address: BrokerAddress): Promise<Connection> {
    const key = addressText(address)
    const known = this.#slots.get(key)
    if (known && known.connection?.isOpen !== false) return known.opening
    if (this.#closed) return Promise.reject(new ConnectionLostError(address, 'the client is closed'))
    const { env, dial, security, connectTimeoutMs, requestTimeoutMs } = this.#options
    const opening = openConnection(address, {
      env,
      clientId: this.#clientId,
      dial,
      sasl: security?.sasl,
      connectTimeoutMs,
      requestTimeoutMs,
    })
    const slot: Slot = { opening, connection: undefined }
    this.#slots.set(key, slot)
    slot.opening.then(
      connection => {
        slot.connection = connection
        if (this.#closed) connection.close()
      },
      () => {
        if (this.#slots.get(key) === slot) this.#slots.delete(key)
      },
    )
    return slot.opening
  }
}

const brokenAttempts = 4

/** A topic id that says nothing: the name counts. */
export const noTopicId = 'AAAAAAAAAAAAAAAAAAAAAA'

/** A connection, or the attempt to get one that all callers share. */
interface Slot {
  readonly opening: Promise<Connection>
  connection: Connection | undefined
}

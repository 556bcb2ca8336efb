import type { Env } from '../base/env.ts'
import { AssertionError, DecodeError, StorageError } from '../base/errors.ts'
import { Later } from '../base/later.ts'
import { Loans } from '../base/page-pool.ts'
import type { Configuration } from '../config/configuration.ts'
import type { HostPort } from '../config/node-facts.ts'
import type { GroupCoordinator } from '../group/coordinator.ts'
import type { ProducerIds } from '../log/producer-ids.ts'
import type { ReadWaiters } from '../log/read-waiters.ts'
import type { Topics } from '../log/topics.ts'
import { type Api, decodeRequest, type RequestOf, type ResponseInput } from '../protocol/codec.ts'
import { ErrorCode, KafkaError } from '../protocol/errors.ts'
import { encodeResponseFrame, type RequestHeader } from '../protocol/frame.ts'
import type { TransactionCoordinator } from '../transaction/coordinator.ts'
import type { ClientMetrics } from './client-metrics.ts'
import type { FetchSessions } from './fetch-sessions.ts'
import type { Quotas } from './quotas.ts'
import type { ResponseMemory } from './response-memory.ts'

/** Who this node is. */
export interface NodeIdentity {
  readonly nodeId: number
  readonly clusterId: string
  /** `broker.rack`, or null. */
  readonly rack: string | null
  /** Where the data is, as DescribeLogDirs shows it. */
  readonly logDirectory: string
  /** Its listeners, once they are bound. What they advertise is undefined where it is what they are bound to. */
  readonly listeners: () => readonly { readonly bound: HostPort; readonly advertised: HostPort | undefined }[]
  /** Of the file system that the data is on; -1 where that cannot be told. */
  readonly diskSpace: () => { readonly totalBytes: number; readonly usableBytes: number }
}

/**
 * Whose settings: the node's, a group's, a subscription's to client metrics, or the quotas of `entity` (a `quotaKey`).
 * Topics keep theirs themselves.
 */
export type SettingOwner =
  | { readonly kind: 'broker' }
  | { readonly kind: 'group'; readonly groupId: string }
  | { readonly kind: 'clientMetrics'; readonly subscription: string }
  | { readonly kind: 'quota'; readonly entity: string }

/** All that handlers work with. One object for the whole life of a node. */
export interface Services {
  readonly env: Env
  readonly node: NodeIdentity
  readonly configuration: Configuration
  /** Makes changes of dynamic settings durable (null removes one); resolves when they are. */
  readonly saveSettings: (owner: SettingOwner, changes: Readonly<Record<string, string | null>>) => Promise<void>
  readonly quotas: Quotas
  readonly clientMetrics: ClientMetrics
  readonly topics: Topics
  readonly groups: GroupCoordinator
  readonly transactions: TransactionCoordinator
  readonly producerIds: ProducerIds
  readonly readWaiters: ReadWaiters
  readonly fetchSessions: FetchSessions
  readonly responseMemory: ResponseMemory
}

/** The connection that a request came on. One object for its whole life. */
export interface ConnectionContext {
  readonly id: string
  /** Kafka's form: 'User:ANONYMOUS'. */
  readonly principal: string
  /** The peer's address, as groups show it. */
  readonly clientHost: string
  /** What this listener tells clients to connect to. */
  readonly advertised: { readonly host: string; readonly port: number }
  /** Aborted when the connection goes away. A getter may create it on first use: only parked requests ask. */
  readonly signal: AbortSignal
  /** Starts no further request for this long: the client has used up a quota. Answers still go out. */
  readonly mute: (durationMs: number) => void
}

/** One request, besides its body. */
export interface Call {
  readonly version: number
  readonly clientId: string | null
  readonly connection: ConnectionContext
  /** Memory that the body of the answer refers to: released once it is encoded. */
  readonly loans: Loans
}

/** What a `KafkaError` becomes in an answer. */
export interface Failure {
  readonly errorCode: number
  readonly errorMessage: string | null
}

/** Chunks of a whole response frame, to be `release`d once they are sent or dropped; null where the protocol has no answer (Produce with acks=0). */
export type Answer = readonly Buffer[] | null

/** Now, or when it is there. */
export type Eventually<Value> = Value | Promise<Value> | Later<Value>

/** A Kafka API as the server sees it: the types of its request and response stay inside. */
export interface Handler {
  readonly apiKey: number
  readonly name: string
  readonly minVersion: number
  readonly maxVersion: number
  /** The next request of the same connection may start before this one is answered. Answers still go out in order. */
  readonly pipelined: boolean
  /**
   * The frame given to `answer` is memory that is used again once the answer is there: nothing of it is referred to any
   * longer, but for what was `retain`ed. For large requests, whose bytes are better not copied.
   */
  readonly usesFrame: boolean
  /**
   * Decodes the body at `header.bodyAt`, does the work, encodes the answer. The version must be within the range.
   *
   * Throws (or rejects with) a `DecodeError` for a broken body and a `KafkaError` where the protocol cannot carry the
   * failure: close the connection. An `AssertionError` or `StorageError` stops the node.
   */
  answer(frame: Buffer, header: RequestHeader, connection: ConnectionContext, services: Services): Eventually<Answer>
}

/** How an API is served. */
export interface HandlerOptions<A extends Api> {
  /** Served versions, if not all that are declared. */
  readonly versions?: readonly [number, number]
  readonly pipelined?: boolean
  readonly usesFrame?: boolean
  /** The size of each request counts against this quota. */
  readonly quota?: 'producer_byte_rate'
  /**
   * Answers one request. Everything before the first `await` happens before the next request of any connection.
   * A thrown `KafkaError` is answered by `refuse`; failures of single items go through `settle` instead.
   * A `throttleTimeMs` above 0 mutes the connection once it is answered; what the other quotas ask for is put in here.
   */
  handle(request: RequestOf<A>, call: Call, services: Services): Eventually<ResponseInput<A> | null>
  /** The answer to a request that failed as a whole: every item with this error. null closes the connection. */
  refuse(request: RequestOf<A>, failure: Failure, call: Call): ResponseInput<A> | null
}

/** Declares the handler of an API. */
export function handler<A extends Api>(api: A, options: HandlerOptions<A>): Handler {
  const [minVersion, maxVersion] = options.versions ?? api.versions
  return {
    apiKey: api.key,
    name: api.name,
    minVersion,
    maxVersion,
    pipelined: options.pipelined ?? false,
    usesFrame: options.usesFrame ?? false,
    answer(frame, header, connection, services) {
      const version = header.apiVersion
      const request = decodeRequest(api, version, frame, header.bodyAt)
      const call: Call = { version, clientId: header.clientId, connection, loans: new Loans() }
      const charge = services.quotas.isOn ? charging(options.quota, frame.length, call, services) : undefined
      const encode = (answered: ResponseInput<A> | null): Answer => {
        const body = charge ? charge.throttled(answered) : answered
        const frame = body === null ? null : encodeResponseFrame(api, version, header.correlationId, body)
        call.loans.release()
        return frame
      }
      const refuse = (error: unknown): Answer => {
        call.loans.release()
        const body = options.refuse(request, failureOf(error, api.name, services), call)
        if (body === null) throw error
        return encode(body)
      }
      try {
        const body = options.handle(request, call, services)
        charge?.handled()
        if (body instanceof Later) return body.map(encode)
        return body instanceof Promise ? body.then(encode).catch(refuse) : encode(body)
      } catch (error) {
        return refuse(error)
      }
    },
  }
}

/** What one request costs its client, put into its answer. Time counts until the handler waits for something. */
function charging(quota: 'producer_byte_rate' | undefined, bytes: number, call: Call, { quotas, env }: Services) {
  const startedMs = env.clock.monotonic()
  let busyMs = 0
  return {
    handled(): void {
      busyMs = env.clock.monotonic() - startedMs
    },
    /** `body` with the time that the client has to wait; its connection is muted for as long. */
    throttled<Body extends object>(body: Body | null): Body | null {
      const forBytes = quota ? quotas.charge(quota, call, bytes) : 0
      // As in Kafka, who wants no answer (acks=0) is not charged for time: nobody could tell him.
      const forTime = body ? quotas.charge('request_percentage', call, busyMs / 10) : 0
      const own = body && 'throttleTimeMs' in body ? Number(body.throttleTimeMs) : 0
      const throttleTimeMs = Math.max(own, forBytes, forTime)
      if (throttleTimeMs === 0) return body
      call.connection.mute(throttleTimeMs)
      return body && { ...body, throttleTimeMs }
    },
  }
}

function failureOf(error: unknown, apiName: string, services: Services): Failure {
  if (error instanceof KafkaError) return { errorCode: error.code, errorMessage: error.message }
  if (endsTheNode(error) || error instanceof DecodeError) throw error
  services.env.log.error(`${apiName} failed`, error)
  return { errorCode: ErrorCode.unknownServerError, errorMessage: null }
}

function endsTheNode(error: unknown): boolean {
  return error instanceof AssertionError || error instanceof StorageError
}

const success = { errorCode: ErrorCode.none, errorMessage: null } as const

/** Does the work of one item: its fields with error code 0, or the `KafkaError` it threw as fields. */
export function settle<T extends object>(work: () => T): (T & Failure) | Failure {
  try {
    return { ...success, ...work() }
  } catch (error) {
    return itemFailure(error)
  }
}

/** As `settle`, for work that waits. The work begins at once. */
export async function settleAsync<T extends object>(work: () => Promise<T>): Promise<(T & Failure) | Failure> {
  try {
    return { ...success, ...(await work()) }
  } catch (error) {
    return itemFailure(error)
  }
}

/** The fields of a `KafkaError`; anything else is thrown on. */
export function itemFailure(error: unknown): Failure {
  if (error instanceof KafkaError) return { errorCode: error.code, errorMessage: error.message }
  throw error
}

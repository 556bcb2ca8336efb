import type { Socket } from 'node:net'
import type { Env, Timer } from '../base/env.ts'
import { DecodeError } from '../base/errors.ts'
import type { Api, RequestInput, ResponseOf } from '../protocol/codec.ts'
import { ErrorCode } from '../protocol/errors.ts'
import { decodeResponseFrame, encodeRequestFrame } from '../protocol/frame.ts'
import { apiVersionsApi } from '../protocol/messages/api-versions.ts'
import { addressText, type BrokerAddress } from './address.ts'
import { ConnectionLostError, RequestError, SecurityError } from './failures.ts'
import { FrameAssembler } from './frame-assembler.ts'
import { authenticate, type SaslSettings } from './sasl.ts'
import { plainDial, tlsFailure } from './tls.ts'

/** Opens a byte stream to a broker: plain, TLS, or a test's own. */
export type Dial = (address: BrokerAddress) => Socket

export interface ConnectionOptions {
  readonly env: Env
  readonly clientId: string
  readonly dial?: Dial
  /** Who we are, where the broker wants to know. */
  readonly sasl?: SaslSettings
  /** For the connection and for TLS on it. */
  readonly connectTimeoutMs?: number
  readonly requestTimeoutMs?: number
}

/**
 * One connection to one broker, on our own codecs. (The Kafka library's connection would serve as well, but loading the
 * library takes half a second and 50 MB, more than a whole `topic list`.)
 */
export interface Connection {
  readonly address: BrokerAddress
  readonly isOpen: boolean
  /**
   * Sends a request in the newest version that both sides know and resolves with the answer. Rejects with
   * `ConnectionLostError` if the connection breaks or no answer comes in time.
   */
  ask<A extends Api>(api: A, body: RequestInput<A>, options?: AskOptions): Promise<ResponseOf<A>>
  /** Sends a request that is never answered (Produce with acks 0); resolves once the socket has taken it. */
  tell<A extends Api>(api: A, body: RequestInput<A>): Promise<void>
  /** The newest version of `api` that both sides know. Throws `RequestError` if there is none. */
  versionOf(api: Api): number
  close(): void
}

export interface AskOptions {
  /** How long the broker may take on purpose, as in a long poll, on top of the time any answer may take. */
  readonly waitMs?: number
  /** The newest version to use, where a newer one knows topics by id alone and names are at hand. */
  readonly versionMax?: number
}

const defaultConnectTimeoutMs = 5_000
const defaultRequestTimeoutMs = 30_000

/**
 * Connects, asks which versions the broker speaks and authenticates. Rejects with `ConnectionLostError`, or with
 * `SecurityError` where trying again would not help.
 */
export async function openConnection(address: BrokerAddress, options: ConnectionOptions): Promise<Connection> {
  const connection = new SocketConnection(address, options)
  try {
    await connection.connected(options.connectTimeoutMs ?? defaultConnectTimeoutMs)
    await connection.learnVersions()
    if (options.sasl) await connection.authenticate(options.sasl)
  } catch (error) {
    connection.close()
    throw error
  }
  return connection
}

interface Pending {
  readonly api: Api
  readonly version: number
  readonly timer: Timer
  resolve(response: never): void
  reject(error: Error): void
}

class SocketConnection implements Connection {
  readonly address: BrokerAddress
  readonly #options: ConnectionOptions
  readonly #socket: Socket
  readonly #pending = new Map<number, Pending>()
  #brokerVersions = new Map<number, { readonly min: number; readonly max: number }>()
  #correlationId = 0
  #wasReached = false
  #wasOpen = false
  #answerCount = 0
  /** Until the broker knows again who we are, it takes no other requests. */
  #authenticating: Promise<void> | undefined
  #reauthentication: Timer | undefined
  #lost: ConnectionLostError | SecurityError | undefined

  constructor(address: BrokerAddress, options: ConnectionOptions) {
    this.address = address
    this.#options = options
    this.#socket = (options.dial ?? plainDial())(address)
    const assembler = new FrameAssembler(frame => this.#receive(frame))
    this.#socket.on('data', (chunk: Buffer) => this.#guard(() => assembler.push(chunk)))
    this.#socket.on('error', error => this.#fail(this.#isTls ? tlsFailure(address, error) : undefined, error))
    this.#socket.on('close', () => this.#lose('the broker closed the connection'))
  }

  get isOpen(): boolean {
    return this.#lost === undefined
  }

  get #isTls(): boolean {
    return 'encrypted' in this.#socket
  }

  connected(timeoutMs: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    let stage = 'connecting'
    const timer = this.#options.env.clock.after(timeoutMs, () => this.#lose(`${stage} timed out`))
    this.#socket.once('connect', () => {
      stage = 'the TLS handshake'
      this.#wasReached = true
    })
    this.#socket.once(this.#isTls ? 'secureConnect' : 'connect', () => {
      this.#wasOpen = true
      resolve()
    })
    this.#socket.once('close', () => reject(this.#lost))
    return promise.finally(() => timer.cancel())
  }

  async learnVersions(): Promise<void> {
    const newest = apiVersionsApi.versions[1]
    let answer = await this.#request(apiVersionsApi, newest, clientSoftware)
    if (answer.errorCode === ErrorCode.unsupportedVersion) answer = await this.#request(apiVersionsApi, 0, {})
    if (answer.errorCode !== ErrorCode.none) throw new RequestError(answer.errorCode, addressText(this.address))
    this.#brokerVersions = new Map(
      answer.apiKeys.map(({ apiKey, minVersion, maxVersion }) => [apiKey, { min: minVersion, max: maxVersion }]),
    )
  }

  /** Proves who we are; again before the broker's patience ends (KIP-368), while other requests wait. */
  async authenticate(sasl: SaslSettings): Promise<void> {
    const { env } = this.#options
    const lifetimeMs = await authenticate((api, body) => this.#request(api, this.versionOf(api), body), sasl, {
      env,
      address: this.address,
    })
    if (lifetimeMs <= 0 || this.#lost) return
    // As Apache Kafka's clients do: some time before, and not all connections at once.
    const afterMs = lifetimeMs * (0.85 + env.random.below(100) / 1000)
    this.#reauthentication = env.clock.after(afterMs, () => {
      this.#authenticating = this.authenticate(sasl)
        .catch(error => this.#fail(error instanceof SecurityError ? error : undefined, error))
        .finally(() => {
          this.#authenticating = undefined
        })
    })
  }

  versionOf(api: Api): number {
    const broker = this.#brokerVersions.get(api.key)
    const version = Math.min(api.versions[1], broker?.max ?? -1)
    if (!broker || version < Math.max(api.versions[0], broker.min)) {
      throw new RequestError(ErrorCode.unsupportedVersion, `${addressText(this.address)}, ${api.name}`)
    }
    return version
  }

  async ask<A extends Api>(api: A, body: RequestInput<A>, options: AskOptions = {}): Promise<ResponseOf<A>> {
    if (this.#authenticating) await this.#authenticating
    return this.#request(
      api,
      Math.min(this.versionOf(api), options.versionMax ?? Number.POSITIVE_INFINITY),
      body,
      options,
    )
  }

  async tell<A extends Api>(api: A, body: RequestInput<A>): Promise<void> {
    if (this.#authenticating) await this.#authenticating
    if (this.#lost) throw this.#lost
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#write(
      encodeRequestFrame(api, this.versionOf(api), this.#nextCorrelationId(), this.#options.clientId, body),
      resolve,
    )
    await promise
    if (this.#lost) throw this.#lost
  }

  close(): void {
    this.#lose('the connection was closed')
  }

  async #request<A extends Api>(
    api: A,
    version: number,
    body: RequestInput<A>,
    { waitMs = 0 }: AskOptions = {},
  ): Promise<ResponseOf<A>> {
    if (this.#lost) throw this.#lost
    const correlationId = this.#nextCorrelationId()
    const frame = encodeRequestFrame(api, version, correlationId, this.#options.clientId, body)
    const { promise, resolve, reject } = Promise.withResolvers<ResponseOf<A>>()
    const limitMs = (this.#options.requestTimeoutMs ?? defaultRequestTimeoutMs) + waitMs
    const timer = this.#options.env.clock.after(limitMs, () => this.#lose(`no answer to ${api.name} in ${limitMs} ms`))
    this.#pending.set(correlationId, { api, version, timer, resolve, reject })
    this.#write(frame)
    return promise
  }

  #nextCorrelationId(): number {
    this.#correlationId = (this.#correlationId + 1) & 0x7fffffff
    return this.#correlationId
  }

  #write(chunks: readonly Buffer[], done?: () => void): void {
    this.#socket.cork()
    for (const chunk of chunks.slice(0, -1)) this.#socket.write(chunk)
    this.#socket.write(chunks[chunks.length - 1]!, () => done?.())
    this.#socket.uncork()
  }

  #receive(frame: Buffer): void {
    const correlationId = frame.length >= 4 ? frame.readInt32BE(0) : -1
    const pending = this.#pending.get(correlationId)
    if (!pending) throw new DecodeError(`it answers no question (${correlationId})`)
    this.#pending.delete(correlationId)
    this.#answerCount++
    pending.timer.cancel()
    try {
      pending.resolve(decodeResponseFrame(pending.api, answeredVersion(pending, frame), frame).body as never)
    } catch (error) {
      pending.reject(error as Error)
      throw error
    }
  }

  /** Bytes that break the protocol end the connection, not the program. */
  #guard(action: () => void): void {
    try {
      action()
    } catch (error) {
      this.#lose(`an answer that cannot be read: ${(error as Error).message}`, error)
    }
  }

  #lose(reason: string, cause?: unknown): void {
    if (this.#lost) return
    const isNew = this.#wasReached && this.#answerCount < 2
    this.#end(new ConnectionLostError(this.address, reason, { cause, wasOpen: this.#wasOpen, isNew }))
  }

  #fail(known: SecurityError | undefined, error: Error): void {
    if (known) this.#end(known)
    else this.#lose(reasonOf(error), error)
  }

  #end(lost: ConnectionLostError | SecurityError): void {
    if (this.#lost) return
    this.#lost = lost
    this.#socket.destroy()
    this.#reauthentication?.cancel()
    for (const { timer, reject } of this.#pending.values()) {
      timer.cancel()
      reject(lost)
    }
    this.#pending.clear()
  }
}

/** KIP-511: a broker that does not know our version of ApiVersions says so in version 0: the error code comes first in all. */
function answeredVersion({ api, version }: Pending, frame: Buffer): number {
  const isUnknown = api === apiVersionsApi && frame.length >= 6 && frame.readInt16BE(4) === ErrorCode.unsupportedVersion
  return isUnknown ? 0 : version
}

const clientSoftware = { clientSoftwareName: 'streamctl', clientSoftwareVersion: '1' } as const

function reasonOf(error: Error): string {
  const code = (error as NodeJS.ErrnoException).code ?? ''
  return reasons.get(code) ?? error.message
}

const reasons: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'connection refused'],
  ['ENOTFOUND', 'the name is not known'],
  ['EAI_AGAIN', 'the name cannot be looked up now'],
  ['EHOSTUNREACH', 'no route to the host'],
  ['ENETUNREACH', 'no route to the network'],
  ['ETIMEDOUT', 'connecting timed out'],
  ['ECONNRESET', 'the broker closed the connection'],
  ['EPIPE', 'the broker closed the connection'],
])

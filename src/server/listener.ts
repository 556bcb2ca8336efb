import { createServer, type Server, type Socket } from 'node:net'
import type { Quotas } from '../api/quotas.ts'
import type { ResponseMemory } from '../api/response-memory.ts'
import type { Env } from '../base/env.ts'
import { AssertionError, DecodeError, OperatorError, StorageError } from '../base/errors.ts'
import type { PagePool } from '../base/page-pool.ts'
import { errorName, KafkaError } from '../protocol/errors.ts'
import { Arrivals } from './arrivals.ts'
import { Connection, type ConnectionOptions } from './connection.ts'
import type { Dispatch } from './dispatch.ts'
import type { FrameMemory } from './frame-memory.ts'
import { FrameReader } from './frame-reader.ts'
import { receiveShared } from './shared-receive.ts'

export interface HostPort {
  readonly host: string
  readonly port: number
}

export interface ListenerOptions {
  readonly env: Env
  readonly bind: HostPort
  /** What clients are told to connect to; a port of 0 means the one that was bound. */
  readonly advertise: HostPort | undefined
  readonly dispatch: Dispatch
  readonly memory: FrameMemory
  readonly pages: PagePool
  readonly responseMemory: ResponseMemory
  readonly quotas: Pick<Quotas, 'chargeConnection'>
  readonly maxFrameBytes: number
  readonly connectionsMax: () => number
  readonly connectionsPerAddressMax: (address: string) => number
  readonly connectionIdleMaxMs: number
  readonly isOverloaded: () => boolean
  /** An assertion or the disk failed: the node must stop. */
  readonly onFatal: (error: unknown) => void
}

/** Connections wait in the kernel's queue for the event loop; a restart of many clients must not overflow it. */
const backlog = 4096
/** A frame that stands still this long gives its memory up when others wait for it. */
const stalledFrameMaxMs = 10_000
const sweepEveryMs = 5_000

/** One listening socket and its connections. */
export class Listener {
  readonly #options: ListenerOptions
  readonly #arrivals: Arrivals
  readonly #connections = new Set<Connection>()
  readonly #countByAddress = new Map<string, number>()
  /** Beyond the quota of their address: they are closed after a while. */
  readonly #refused = new Set<Socket>()
  #server: Server | undefined
  #port = 0
  #accepted = 0

  constructor(options: ListenerOptions) {
    this.#options = options
    this.#arrivals = new Arrivals(options.env.clock, socket => this.#accept(socket))
  }

  get connectionCount(): number {
    return this.#connections.size
  }

  /** Starts to listen and returns the bound address. Throws `OperatorError` for an address that cannot be had. */
  async listen(): Promise<HostPort> {
    const { bind } = this.#options
    const server = createServer({ pauseOnConnect: true }, socket => this.#arrivals.add(socket))
    this.#server = server
    const port = await new Promise<number>((resolve, reject) => {
      server.once('error', error => reject(cannotListen(bind, error)))
      server.listen({ host: bind.host, port: bind.port, backlog }, () => {
        const address = server.address()
        resolve(typeof address === 'object' && address ? address.port : bind.port)
      })
    })
    // Running out of file descriptors must not end the node: those who are connected stay.
    server.removeAllListeners('error')
    server.on('error', error => this.#options.env.log.error('cannot accept a connection', error))
    this.#port = port
    this.#sweepLater()
    return { host: bind.host, port }
  }

  /** Room on the disk's side again: start what waited for it. */
  pump(): void {
    for (const connection of this.#connections) connection.pump()
  }

  /** Stops to accept; answers what is in the works; closes what has not ended after `graceMs`. */
  async close(graceMs: number): Promise<void> {
    const closed = new Promise<void>(resolve => (this.#server ? this.#server.close(() => resolve()) : resolve()))
    for (const connection of this.#connections) connection.end()
    this.#arrivals.close()
    for (const socket of this.#refused) socket.destroy()
    const timer = this.#options.env.clock.after(graceMs, () => {
      for (const connection of this.#connections) connection.destroy()
    })
    await closed
    timer.cancel()
  }

  #accept(accepted: Socket): void {
    const { env, dispatch, isOverloaded, responseMemory } = this.#options
    const address = addressOf(accepted)
    if (this.#isRefused(accepted, address)) return
    const socket = receiveShared(accepted, chunk => connection.receive(chunk))
    const connection: Connection = new Connection(socket, {
      context: this.#context(socket),
      reader: new FrameReader({ ...this.#options, onMemory: () => connection.pump() }),
      dispatch,
      isOverloaded,
      responseMemory,
      onFailure: (error, failed) => this.#report(error, failed),
      onClose: gone => this.#forget(gone, address),
      clock: env.clock,
    })
    this.#connections.add(connection)
    this.#countByAddress.set(address, this.#countOf(address) + 1)
  }

  #isRefused(accepted: Socket, address: string): boolean {
    const { env, connectionsMax, connectionsPerAddressMax, quotas } = this.#options
    if (this.#connections.size >= connectionsMax() || this.#countOf(address) >= connectionsPerAddressMax(address)) {
      env.metrics.count('streamctl_connections_refused_total')
      accepted.destroy()
      return true
    }
    const delayMs = quotas.chargeConnection(address)
    if (delayMs === 0) return false
    // As Kafka (KIP-612): it is closed after a while, so that a client that comes back at once is slowed down.
    env.metrics.count('streamctl_connections_throttled_total')
    this.#refused.add(accepted)
    accepted.on('error', () => {})
    accepted.on('close', () => this.#refused.delete(accepted))
    env.clock.after(delayMs, () => accepted.destroy())
    return true
  }

  #countOf(address: string): number {
    return this.#countByAddress.get(address) ?? 0
  }

  #forget(connection: Connection, address: string): void {
    this.#connections.delete(connection)
    const count = this.#countOf(address) - 1
    if (count > 0) this.#countByAddress.set(address, count)
    else this.#countByAddress.delete(address)
  }

  #context(socket: Socket): ConnectionOptions['context'] {
    const peer = `${socket.remoteAddress}:${socket.remotePort}`
    return {
      id: `${socket.localAddress}:${socket.localPort}-${peer}-${this.#accepted++}`,
      principal: 'User:ANONYMOUS',
      clientHost: `/${addressOf(socket)}`,
      advertised: this.#advertisedTo(socket),
    }
  }

  #advertisedTo(socket: Socket): HostPort {
    const { bind, advertise } = this.#options
    if (advertise) return { host: advertise.host, port: advertise.port || this.#port }
    // Nobody can connect to "all addresses": the one that this client reached us by works for this client.
    return {
      host: isWildcard(bind.host) ? (socket.localAddress ?? bind.host).replace(/^::ffff:/, '') : bind.host,
      port: this.#port,
    }
  }

  #report(error: unknown, { context }: Connection): void {
    const { env, onFatal } = this.#options
    if (error instanceof AssertionError || error instanceof StorageError) onFatal(error)
    else if (error instanceof DecodeError) {
      env.metrics.count('streamctl_decode_errors_total')
      env.log.warn('closed a connection that broke the protocol', { peer: context.clientHost, reason: error.message })
    } else if (error instanceof KafkaError) {
      env.log.info('closed a connection', {
        peer: context.clientHost,
        error: errorName(error.code),
        reason: error.message,
      })
    } else env.log.error('closed a connection after an unexpected failure', error, { peer: context.clientHost })
  }

  #sweepLater(): void {
    this.#options.env.clock.after(sweepEveryMs, () => {
      this.#sweep()
      if (this.#server?.listening) this.#sweepLater()
    })
  }

  #sweep(): void {
    const { env, memory, connectionIdleMaxMs } = this.#options
    const nowMs = env.clock.now()
    for (const connection of this.#connections) {
      const silentMs = nowMs - connection.lastActiveMs
      const stalled = memory.isContended && connection.isWithinFrame && silentMs > stalledFrameMaxMs
      if (stalled || (connection.isIdle && silentMs > connectionIdleMaxMs)) connection.destroy()
    }
  }
}

function addressOf(socket: Socket): string {
  return (socket.remoteAddress ?? '').replace(/^::ffff:/, '')
}

function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::'
}

function cannotListen({ host, port }: HostPort, error: NodeJS.ErrnoException): OperatorError {
  const reasons: Record<string, [string, string]> = {
    EADDRINUSE: ['another program listens there', 'choose another address with --listen, or port 0 for a free one'],
    EACCES: ['this user may not', 'ports below 1024 need a privilege: choose a higher one with --listen'],
    EADDRNOTAVAIL: ['this machine has no such address', 'see `ip address` for those it has'],
    ENOTFOUND: ['the name is not known', 'use an address of this machine, such as 127.0.0.1'],
  }
  const [reason, hint] = reasons[error.code ?? ''] ?? [error.message, 'choose another address with --listen']
  return new OperatorError(`cannot listen on ${host}:${port}: ${reason}`, { hint, cause: error })
}

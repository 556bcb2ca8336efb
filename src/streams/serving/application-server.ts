import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, isIP } from 'node:net'
import { hostname } from 'node:os'
import { OperatorError } from '../../base/errors.ts'
import type { Cluster } from '../../client/cluster.ts'
import { nearest } from '../../config/nearest.ts'
import type { RunningApplication, StoreRequest } from './running-application.ts'
import { followStore } from './store-changes.ts'

export interface ApplicationServerOptions {
  readonly running: RunningApplication
  /** Where to listen; default: loopback, any free port. */
  readonly host?: string
  readonly port?: number
  /** Where the changelogs are, for those who follow a store. */
  readonly cluster?: Cluster
}

export interface ApplicationServer {
  /** `host:port`, as other processes reach it. */
  readonly endpoint: string
  close(): Promise<void>
}

/** What goes wrong on the way is answered with `status` and, as JSON, what and why. */
class HttpError extends OperatorError {
  readonly status: number

  constructor(status: number, message: string, hint?: string) {
    super(message, { ...(hint !== undefined && { hint }) })
    this.status = status
  }
}

const limitDefault = 100
const limitMax = 1_000

/**
 * Answers questions to a running instance over HTTP, read-only: `GET /application`, `/stores`, `/stores/NAME?key=…`,
 * `/stores/NAME/changes`, `/metrics` and `/health`. Throws an OperatorError where it cannot listen.
 */
export async function serveApplication(options: ApplicationServerOptions): Promise<ApplicationServer> {
  const { host = '127.0.0.1', port = 0 } = options
  const closing = new AbortController()
  const isLoopback = host === 'localhost' || host === '::1' || host.startsWith('127.')
  const server = createServer((request, response) => {
    answer(request, response, { ...options, isLoopback, closing: closing.signal }).catch(error =>
      refuse(response, error),
    )
  })
  const { promise: listening, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', error => {
    reject(new OperatorError(`cannot listen on ${host}:${port}: ${error.message}`, { hint: 'choose another --listen' }))
  })
  server.listen(port, host, resolve)
  await listening
  return {
    endpoint: endpointOf(server.address() as AddressInfo),
    close() {
      closing.abort()
      const { promise, resolve: closed } = Promise.withResolvers<void>()
      server.close(() => closed())
      server.closeAllConnections()
      return promise
    },
  }
}

/** All addresses of this machine are no address that others could ask: they get its name. */
function endpointOf({ address, family, port }: AddressInfo): string {
  if (address === '0.0.0.0' || address === '::') return `${hostname()}:${port}`
  return family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`
}

interface Answering extends ApplicationServerOptions {
  readonly isLoopback: boolean
  readonly closing: AbortSignal
}

async function answer(request: IncomingMessage, response: ServerResponse, given: Answering): Promise<void> {
  if (given.isLoopback) checkHost(request)
  if (request.method !== 'GET') throw new HttpError(405, 'only GET is answered: this interface is read-only')
  const url = new URL(request.url ?? '/', 'http://instance')
  const [, first, name, changes] = url.pathname.split('/').map(decodeURIComponent)
  const { running } = given
  if (first === 'metrics') {
    const text = await running.metrics()
    response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(text)
  } else if (first === 'health') await health(response, running)
  else if (first === 'application') sendJson(response, 200, await running.describe())
  else if (first === 'stores' && !name) sendJson(response, 200, (await running.describe()).stores)
  else if (first === 'stores' && changes === undefined) await answerStore(response, running, name!, url.searchParams)
  else if (first === 'stores' && changes === 'changes') await follow(response, given, name!)
  else {
    const paths = '/application, /stores, /stores/NAME, /stores/NAME/changes, /metrics, /health'
    throw new HttpError(404, `there is nothing at ${url.pathname}`, `there is ${paths}`)
  }
}

/** A web page may make a browser ask under a name of its own that leads here: such a request names that host. */
function checkHost(request: IncomingMessage): void {
  const name = (request.headers.host ?? '').replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')
  if (name === 'localhost' || isIP(name) !== 0) return
  throw new HttpError(403, `this is not ${name}`, 'ask by address, or as localhost')
}

async function health(response: ServerResponse, running: RunningApplication): Promise<void> {
  const { state } = await running.describe()
  sendJson(response, state === 'running' ? 200 : 503, { state })
}

async function answerStore(
  response: ServerResponse,
  running: RunningApplication,
  name: string,
  parameters: URLSearchParams,
): Promise<void> {
  const store = knownStore(running, name)
  const answers = await running.answer(name, requestOf(parameters))
  sendJson(response, 200, { store: name, kind: store.kind, answers })
}

function knownStore(running: RunningApplication, name: string): { readonly kind: string } {
  const { name: application, plan } = running.application
  const store = plan.stores.get(name)
  if (store) return store
  const names = [...plan.stores.keys()]
  const meant = nearest(name, names)
  const known = names.length === 0 ? 'it has none' : `its stores: ${names.join(', ')}`
  throw new HttpError(404, `${application} has no store '${name}'`, meant ? `did you mean ${meant}?` : known)
}

function requestOf(parameters: URLSearchParams): StoreRequest {
  const text = (name: string): string | undefined => parameters.get(name) ?? undefined
  const limit = Number(text('limit') ?? limitDefault)
  if (!Number.isSafeInteger(limit) || limit < 1) throw new HttpError(400, 'limit must be a whole number from 1')
  const [, start, end] = /^(\d{1,15})\.\.(\d{1,15})$/.exec(text('window') ?? '') ?? []
  const window = start !== undefined && end !== undefined ? { start: Number(start), end: Number(end) } : undefined
  if (text('window') !== undefined && !window) {
    throw new HttpError(400, 'window must be two times in milliseconds since 1970, as 0..60000')
  }
  const texts = ['key', 'from', 'to', 'after', 'task'].map(name => [name, text(name)])
  return {
    ...Object.fromEntries(texts.filter(([, value]) => value !== undefined)),
    ...(window && { window }),
    limit: Math.min(limit, limitMax),
  }
}

async function follow(response: ServerResponse, given: Answering, name: string): Promise<void> {
  const { cluster, running } = given
  knownStore(running, name)
  if (!cluster) throw new HttpError(404, 'changes are not told here')
  const gone = new AbortController()
  response.on('close', () => gone.abort())
  const send = async (value: unknown): Promise<void> => {
    if (!response.headersSent) response.writeHead(200, { 'content-type': 'application/x-ndjson' })
    if (response.write(`${jsonText(value)}\n`)) return
    const { promise, resolve } = Promise.withResolvers<void>()
    response.once('drain', resolve)
    response.once('close', resolve)
    await promise
  }
  const signal = AbortSignal.any([gone.signal, given.closing])
  // Its fetches wait for news: they must not stand in the way of what the application itself asks.
  const own = cluster.sibling()
  try {
    await followStore(own, { application: running.application, store: name }, send, signal)
  } finally {
    own.close()
  }
  response.end()
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(`${jsonText(value)}\n`)
}

/** Values of scripts may hold 64-bit numbers, but seldom do: looking at each part costs more than all the rest. */
function jsonText(value: unknown): string {
  try {
    return JSON.stringify(value)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    return JSON.stringify(value, (_key, part: unknown) => (typeof part === 'bigint' ? String(part) : part))
  }
}

function refuse(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  const { message, hint } = error as { message: string; hint?: string }
  const status = error instanceof HttpError ? error.status : error instanceof OperatorError ? 400 : 500
  sendJson(response, status, { error: message, ...(hint !== undefined && { hint }) })
}

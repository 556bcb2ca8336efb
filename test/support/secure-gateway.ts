import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'
import type { BrokerAddress } from '../../src/client/address.ts'
import { FrameAssembler } from '../../src/client/frame-assembler.ts'
import { type Api, decodeRequest, type ResponseInput } from '../../src/protocol/codec.ts'
import { decodeResponseFrame, encodeResponseFrame, readRequestHeader } from '../../src/protocol/frame.ts'
import { apiVersionsApi } from '../../src/protocol/messages/api-versions.ts'
import { saslAuthenticateApi } from '../../src/protocol/messages/sasl-authenticate.ts'
import { saslHandshakeApi } from '../../src/protocol/messages/sasl-handshake.ts'

export interface GatewayOptions {
  /** Where requests go that were let in. */
  readonly target: BrokerAddress
  /** TLS towards clients. */
  readonly tls?: TlsOptions
  readonly sasl?: GatewaySasl
}

export interface GatewaySasl {
  readonly mechanisms: readonly string[]
  readonly users: Readonly<Record<string, string>>
  readonly tokens?: readonly string[]
  /** KIP-368: what is not authenticated again by then is cut off. */
  readonly sessionLifetimeMs?: number
  /** Pretends to know the password, as somebody in between would. */
  readonly isImpostor?: boolean
}

/** A door before a broker that does not know TLS and SASL: it ends both, and hands everything else on. */
export interface SecureGateway {
  readonly address: BrokerAddress
  /** Log-ins that succeeded, first ones and repeated ones. */
  readonly authenticated: string[]
  /** Connections that clients opened. */
  readonly connections: () => number
  close(): void
}

export async function secureGateway(
  options: GatewayOptions | ((port: number) => Promise<GatewayOptions>),
): Promise<SecureGateway> {
  const sockets = new Set<Socket>()
  const authenticated: string[] = []
  let connections = 0
  let settings: GatewayOptions | undefined
  const accept = (socket: Socket): void => {
    connections++
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    if (settings) new Visit(socket, settings, authenticated)
  }
  // A port of its own first: who is behind it has to advertise it.
  const probe = createServer()
  await new Promise<void>(resolve => probe.listen(0, '127.0.0.1', resolve))
  const { port } = probe.address() as AddressInfo
  await new Promise(resolve => probe.close(resolve))
  settings = typeof options === 'function' ? await options(port) : options
  const server = settings.tls ? createTlsServer(settings.tls, accept) : createServer(accept)
  server.on('tlsClientError', () => {})
  await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve))
  return {
    address: { host: '127.0.0.1', port },
    authenticated,
    connections: () => connections,
    close() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

class Visit {
  readonly #client: Socket
  readonly #broker: Socket
  readonly #sasl: GatewaySasl | undefined
  readonly #authenticated: string[]
  /** Correlation ids of ApiVersions requests under way, with their versions. */
  readonly #versionRequests = new Map<number, number>()
  #mechanism = ''
  #scram: ScramServer | undefined
  #isIn: boolean

  constructor(client: Socket, { target, sasl }: GatewayOptions, authenticated: string[]) {
    this.#client = client
    this.#sasl = sasl
    this.#isIn = sasl === undefined
    this.#authenticated = authenticated
    this.#broker = connect({ ...target, noDelay: true })
    this.#broker.on('error', () => client.destroy())
    this.#broker.on('close', () => client.destroy())
    client.on('close', () => this.#broker.destroy())
    const fromClient = new FrameAssembler(frame => this.#request(frame))
    const fromBroker = new FrameAssembler(frame => this.#response(frame))
    client.on('data', (chunk: Buffer) => {
      try {
        fromClient.push(chunk)
      } catch {
        client.destroy()
      }
    })
    this.#broker.on('data', (chunk: Buffer) => fromBroker.push(chunk))
  }

  #request(frame: Buffer): void {
    const { apiKey, apiVersion, correlationId, bodyAt } = readRequestHeader(frame)
    if (apiKey === apiVersionsApi.key) this.#versionRequests.set(correlationId, apiVersion)
    else if (apiKey === saslHandshakeApi.key) {
      const { mechanism } = decodeRequest(saslHandshakeApi, apiVersion, frame, bodyAt)
      this.#answer(saslHandshakeApi, apiVersion, correlationId, this.#handshake(mechanism))
      return
    } else if (apiKey === saslAuthenticateApi.key) {
      const { authBytes } = decodeRequest(saslAuthenticateApi, apiVersion, frame, bodyAt)
      this.#answer(saslAuthenticateApi, apiVersion, correlationId, this.#authenticate(authBytes))
      return
    } else if (!this.#isIn) {
      // As Apache Kafka: without a word.
      this.#client.destroy()
      return
    }
    this.#broker.write(withLength(frame))
  }

  #response(frame: Buffer): void {
    const correlationId = frame.readInt32BE(0)
    const version = this.#versionRequests.get(correlationId)
    this.#versionRequests.delete(correlationId)
    if (version === undefined) {
      this.#client.write(withLength(frame))
      return
    }
    const { body } = decodeResponseFrame(apiVersionsApi, version, frame)
    const added = [saslHandshakeApi, saslAuthenticateApi].map(({ key, versions }) => ({
      apiKey: key,
      minVersion: versions[0],
      maxVersion: versions[1],
    }))
    const others = body.apiKeys.filter(({ apiKey }) => !added.some(api => api.apiKey === apiKey))
    this.#answer(apiVersionsApi, version, correlationId, { ...body, apiKeys: [...others, ...added] })
  }

  #answer<A extends Api>(api: A, version: number, correlationId: number, body: ResponseInput<A>): void {
    this.#client.write(Buffer.concat(encodeResponseFrame(api, version, correlationId, body)))
  }

  #handshake(mechanism: string): { errorCode: number; mechanisms: readonly string[] } {
    if (!this.#sasl) return { errorCode: 34, mechanisms: [] }
    this.#mechanism = mechanism
    this.#scram = undefined
    const { mechanisms } = this.#sasl
    return { errorCode: mechanisms.includes(mechanism) ? 0 : 33, mechanisms }
  }

  #authenticate(message: Buffer): ResponseInput<typeof saslAuthenticateApi> {
    const sasl = this.#sasl!
    const refused = { errorCode: 58, errorMessage: 'Authentication failed', authBytes: Buffer.alloc(0) }
    if (this.#mechanism === 'PLAIN') {
      const [, name = '', password] = message.toString().split('\u0000')
      return sasl.users[name] === password ? this.#letIn(name) : refused
    }
    if (this.#mechanism === 'OAUTHBEARER') {
      const [token = ''] = message.toString().split('auth=Bearer ')[1]?.split('\u0001') ?? []
      if (sasl.tokens?.includes(token)) return this.#letIn(token)
      const isFirst = message.length > 1
      return isFirst ? { ...refused, errorCode: 0, authBytes: Buffer.from('{"status":"invalid_token"}') } : refused
    }
    this.#scram ??= new ScramServer(this.#mechanism, sasl)
    const answer = this.#scram.answer(message.toString())
    if (answer === undefined) return refused
    const authBytes = Buffer.from(answer)
    return this.#scram.isDone
      ? { ...this.#letIn(this.#scram.name), authBytes }
      : { errorCode: 0, errorMessage: null, authBytes }
  }

  #letIn(name: string): ResponseInput<typeof saslAuthenticateApi> {
    this.#isIn = true
    this.#authenticated.push(name)
    const sessionLifetimeMs = this.#sasl?.sessionLifetimeMs ?? 0
    return { errorCode: 0, errorMessage: null, authBytes: Buffer.alloc(0), sessionLifetimeMs }
  }
}

/** The server's side of RFC 5802, written apart from the client's. */
class ScramServer {
  name = ''
  isDone = false
  readonly #digest: string
  readonly #sasl: GatewaySasl
  #first = ''
  #serverFirst = ''

  constructor(mechanism: string, sasl: GatewaySasl) {
    this.#digest = mechanism === 'SCRAM-SHA-256' ? 'sha256' : 'sha512'
    this.#sasl = sasl
  }

  answer(message: string): string | undefined {
    if (this.#first === '') {
      this.#first = message.replace(/^n,,/, '')
      this.name = /n=([^,]*)/.exec(message)?.[1] ?? ''
      const nonce = /r=([^,]*)/.exec(message)?.[1]
      this.#serverFirst = `r=${nonce}server,s=${Buffer.from('salt').toString('base64')},i=4096`
      return this.#serverFirst
    }
    const password = this.#sasl.users[this.name] ?? ''
    const size = this.#digest === 'sha256' ? 32 : 64
    const salted = pbkdf2Sync(password, 'salt', 4096, size, this.#digest)
    const mac = (key: Buffer, text: string): Buffer => createHmac(this.#digest, key).update(text).digest()
    const [withoutProof = '', proof = ''] = message.split(',p=')
    const authMessage = `${this.#first},${this.#serverFirst},${withoutProof}`
    const storedKey = createHash(this.#digest).update(mac(salted, 'Client Key')).digest()
    const signature = mac(storedKey, authMessage)
    const clientKey = Buffer.from(proof, 'base64').map((byte, at) => byte ^ signature[at]!)
    const isRight = createHash(this.#digest).update(clientKey).digest().equals(storedKey)
    if (!isRight && !this.#sasl.isImpostor) return undefined
    this.isDone = true
    return `v=${mac(mac(salted, 'Server Key'), authMessage).toString('base64')}`
  }
}

function withLength(frame: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeInt32BE(frame.length)
  return Buffer.concat([length, frame])
}

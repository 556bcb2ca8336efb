import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { Env } from '../../base/env.ts'
import { addressText, type BrokerAddress } from '../../client/address.ts'
import { type AddressFamily, plainDial } from '../../client/tls.ts'

export interface NameAnswer {
  readonly addresses: readonly string[]
  readonly failure?: string
  readonly durationMs: number
}

const nameTimeoutMs = 10_000

/** Asks for the addresses of a name as this machine knows them: by its hosts file, then by DNS. */
export async function resolveName(env: Env, host: string): Promise<NameAnswer> {
  if (isIP(host) !== 0) return { addresses: [host], durationMs: 0 }
  const startMs = env.clock.monotonic()
  const { promise: late, resolve } = Promise.withResolvers<string>()
  const timer = env.clock.after(nameTimeoutMs, () => resolve('the name servers do not answer'))
  const found = lookup(host, { all: true }).then(
    answers => answers.map(({ address }) => address),
    (error: NodeJS.ErrnoException) => reasonOf(error),
  )
  const answer = await Promise.race([found, late]).finally(() => timer.cancel())
  const durationMs = env.clock.monotonic() - startMs
  return typeof answer === 'string' ? { addresses: [], failure: answer, durationMs } : { addresses: answer, durationMs }
}

function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'ENOTFOUND') return 'nobody knows this name'
  if (code === 'EAI_AGAIN') return 'the name servers cannot be asked now'
  return message
}

export interface PortAnswer {
  readonly isOpen: boolean
  readonly failure?: string
  readonly hint?: string
  readonly durationMs: number
}

/** Connects and hangs up. */
export async function knock(
  env: Env,
  address: BrokerAddress,
  { family, timeoutMs }: { readonly family: AddressFamily; readonly timeoutMs: number },
): Promise<PortAnswer> {
  const startMs = env.clock.monotonic()
  const { promise, resolve } = Promise.withResolvers<string | undefined>()
  const socket = plainDial(family)(address)
  const timer = env.clock.after(timeoutMs, () => resolve('ETIMEDOUT'))
  socket.once('connect', () => resolve(undefined))
  socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
  const code = await promise
  timer.cancel()
  socket.destroy()
  const durationMs = env.clock.monotonic() - startMs
  if (code === undefined) return { isOpen: true, durationMs }
  const [failure, hint] = portFailures[code] ?? [code]
  return { isOpen: false, failure, durationMs, ...(hint ? { hint: hint(address) } : {}) }
}

const portFailures: Readonly<Record<string, readonly [failure: string, hint?: (address: BrokerAddress) => string]>> = {
  ECONNREFUSED: [
    'the machine is there, but nobody listens on this port',
    ({ port }) => `is the broker running, and is ${port} its port? In a container: is the port published?`,
  ],
  ETIMEDOUT: [
    'no answer: a firewall drops what is sent there, or the machine is off',
    address => `try from a machine beside the broker: streamctl doctor -b ${addressText(address)}`,
  ],
  EHOSTUNREACH: ['there is no way to this machine', () => 'is a VPN or a route missing?'],
  ENETUNREACH: ['there is no way to this network', () => 'is a VPN or a route missing?'],
}

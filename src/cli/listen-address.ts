import { OperatorError } from '../base/errors.ts'

export interface ListenAddress {
  readonly host: string
  readonly port: number
}

/** Reads `host:port`, `[::1]:port` or `:port` (all addresses). */
export function listenAddress(text: string): ListenAddress {
  const found = /^(?:\[([^\]]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text)
  const port = Number(found?.[3])
  if (!found || port > 65_535) {
    throw new OperatorError(`'${text}' is no address to listen on`, { hint: 'write HOST:PORT, such as 127.0.0.1:9092' })
  }
  return { host: found[1] ?? (found[2] || '0.0.0.0'), port }
}

/** Throws for an address that other machines can reach: nobody has to say who they are yet. */
export function requireLoopback({ host, port }: ListenAddress): void {
  if (host === 'localhost' || host === '::1' || /^127\./.test(host)) return
  throw new OperatorError(`${host}:${port} can be reached from other machines, and anybody could read and write`, {
    hint: 'listen on 127.0.0.1, or add --allow-anonymous if everybody who can connect may do everything',
  })
}

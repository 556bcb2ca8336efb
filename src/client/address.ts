import { OperatorError } from '../base/errors.ts'

/** Where a broker listens. */
export interface BrokerAddress {
  readonly host: string
  readonly port: number
}

export const defaultPort = 9092

/**
 * Reads `host[:port][,host[:port]…]`; an IPv6 address stands in brackets. Throws `OperatorError` for what is not such a list.
 */
export function parseBrokerList(text: string): readonly BrokerAddress[] {
  const parts = text
    .split(',')
    .map(part => part.trim())
    .filter(part => part !== '')
  if (parts.length === 0) throw notAnAddress(text)
  return parts.map(parseAddress)
}

/** `host:port`, as people read and write it. */
export function addressText(address: BrokerAddress): string {
  const host = address.host.includes(':') ? `[${address.host}]` : address.host
  return `${host}:${address.port}`
}

function parseAddress(text: string): BrokerAddress {
  const match = /^(?:\[(?<ipv6>[0-9a-fA-F:.]+)\]|(?<host>[^\s:[\]]+))(?::(?<port>\d{1,5}))?$/.exec(text)
  const host = match?.groups?.ipv6 ?? match?.groups?.host
  const port = match?.groups?.port === undefined ? defaultPort : Number(match.groups.port)
  if (host === undefined || port < 1 || port > 65535) throw notAnAddress(text)
  return { host, port }
}

function notAnAddress(text: string): OperatorError {
  return new OperatorError(`'${text}' is not a broker address`, {
    hint: 'write host:port, several with commas between',
  })
}

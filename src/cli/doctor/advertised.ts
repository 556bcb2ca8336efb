import { isIP } from 'node:net'
import { addressText, type BrokerAddress } from '../../client/address.ts'

export type Place = 'loopback' | 'container' | 'private' | 'public'

/** Where an address is, as far as it can be seen from it. */
export function placeOf(host: string): Place {
  if (host === 'localhost' || host.endsWith('.localhost') || host === '::1' || /^127\./.test(host)) return 'loopback'
  // Docker names a container by the first 12 digits of its id; host.docker.internal is the host seen from inside.
  if (/^[0-9a-f]{12}$/.test(host) || host.endsWith('.docker.internal')) return 'container'
  if (isIP(host) === 0) {
    if (/\.(svc|cluster\.local|internal|local|lan)$/.test(host)) return 'private'
    // A name without a dot is known in its own network only, as the services of docker compose are.
    return host.includes('.') ? 'public' : 'container'
  }
  if (/^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|169\.254\.)/.test(host) || /^f[cde]/i.test(host)) return 'private'
  return 'public'
}

/**
 * Why a broker's advertised address may not be of use here, and what to do: the classic is a broker in a container that
 * tells clients to come to localhost, or to a name that only containers know. Pure.
 */
export function advertisedAdvice(
  advertised: BrokerAddress,
  bootstrap: readonly BrokerAddress[],
  isReachable: boolean,
): { readonly what: string; readonly hint: string } | undefined {
  const place = placeOf(advertised.host)
  const given = bootstrap.map(({ host }) => placeOf(host))
  const text = addressText(advertised)
  const reachedBy = bootstrap[0] ? bootstrap[0].host : 'HOST'
  if (place === 'loopback' && !given.includes('loopback')) {
    return {
      what: `the broker sends clients to ${text}: that is their own machine`,
      hint: `set advertised.listeners of the broker to the address that clients use: PLAINTEXT://${reachedBy}:${advertised.port}`,
    }
  }
  if (isReachable) return undefined
  if (place === 'container' && given.includes('loopback')) {
    return {
      what: `the broker sends clients to ${text}, a name that only its containers know`,
      hint: `give it a second listener for clients outside: advertised.listeners=INSIDE://${text},OUTSIDE://localhost:${bootstrap[0]?.port ?? advertised.port}`,
    }
  }
  if (place === 'loopback') {
    return {
      what: `the broker sends clients to ${text}, where it does not listen`,
      hint: 'in a container: publish this port under the same number (docker run -p N:N), or advertise the one that is published',
    }
  }
  return {
    what: `the broker sends clients to ${text}, which cannot be reached from here`,
    hint: 'advertised.listeners of the broker must be an address that clients can reach; or run this inside its network',
  }
}

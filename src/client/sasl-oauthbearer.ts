import type { SaslExchange } from './sasl.ts'

const separator = '\u0001'

/**
 * OAUTHBEARER (RFC 7628, with Kafka's extensions of KIP-342): one message with the token. A server that refuses it answers
 * with JSON first, which the client has to acknowledge before the exchange fails. Throws an `Error` for a token that
 * cannot be sent.
 */
export function oauthBearerExchange(
  token: () => Promise<string>,
  extensions: Readonly<Record<string, string>>,
): SaslExchange {
  let isDone = false
  return {
    async first() {
      const text = (await token()).trim()
      // RFC 6750, section 2.1: what a bearer token is made of.
      if (!/^[A-Za-z0-9._~+/-]+=*$/.test(text)) throw new Error('the token is empty or not a bearer token')
      const pairs = [['auth', `Bearer ${text}`], ...Object.entries(extensions)]
      return Buffer.from(
        `n,,${separator}${pairs.map(([name, value]) => `${name}=${value}${separator}`).join('')}${separator}`,
      )
    },
    answer(message) {
      if (message.length === 0) {
        isDone = true
        return undefined
      }
      return Buffer.from(separator)
    },
    get isDone() {
      return isDone
    },
  }
}

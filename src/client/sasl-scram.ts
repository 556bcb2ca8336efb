import { createHash, createHmac, pbkdf2Sync, timingSafeEqual } from 'node:crypto'
import type { SaslExchange } from './sasl.ts'

export type ScramMechanism = 'SCRAM-SHA-256' | 'SCRAM-SHA-512'

/** KIP-84 asks for at least 4096; a server that wants millions wants our time. */
const iterationsMin = 4096
const iterationsMax = 1_000_000

/** No channel binding (RFC 5802, section 7: gs2-cbind-flag "n"), no other identity. */
const gs2Header = 'n,,'

/**
 * The client's side of SCRAM (RFC 5802, with SHA-256 by RFC 7677): the password never goes over the wire, and the server
 * has to prove that it knows it, too. `nonce` is printable text without commas, new for each exchange. As Kafka's own, it
 * takes names and passwords as they are, in UTF-8, without SASLprep. Throws an `Error` for a server that does not keep
 * to the rules.
 */
export function scramExchange(
  mechanism: ScramMechanism,
  { username, password, nonce }: { readonly username: string; readonly password: string; readonly nonce: string },
): SaslExchange {
  const digest = mechanism === 'SCRAM-SHA-256' ? 'sha256' : 'sha512'
  const clientFirstBare = `n=${saslName(username)},r=${nonce}`
  let serverSignature: Buffer | undefined
  let isDone = false

  const proof = (serverFirst: string): Buffer => {
    const { salt, iterations, fullNonce } = readServerFirst(serverFirst, nonce)
    const keyBytes = digest === 'sha256' ? 32 : 64
    const saltedPassword = pbkdf2Sync(password, salt, iterations, keyBytes, digest)
    const clientKey = hmac(digest, saltedPassword, 'Client Key')
    const storedKey = createHash(digest).update(clientKey).digest()
    const withoutProof = `c=${Buffer.from(gs2Header).toString('base64')},r=${fullNonce}`
    const authMessage = `${clientFirstBare},${serverFirst},${withoutProof}`
    const clientSignature = hmac(digest, storedKey, authMessage)
    serverSignature = hmac(digest, hmac(digest, saltedPassword, 'Server Key'), authMessage)
    const clientProof = Buffer.from(clientKey.map((byte, at) => byte ^ clientSignature[at]!))
    return Buffer.from(`${withoutProof},p=${clientProof.toString('base64')}`)
  }

  return {
    first: async () => Buffer.from(gs2Header + clientFirstBare),
    answer(message) {
      const text = message.toString()
      if (!serverSignature) return proof(text)
      checkSignature(text, serverSignature)
      isDone = true
      return undefined
    },
    get isDone() {
      return isDone
    },
  }
}

/** RFC 5802, section 5.1: `,` and `=` mean something in the messages. */
function saslName(name: string): string {
  return name.replaceAll('=', '=3D').replaceAll(',', '=2C')
}

function readServerFirst(
  text: string,
  nonce: string,
): { readonly salt: Buffer; readonly iterations: number; readonly fullNonce: string } {
  const refusal = /^e=([^,]*)/.exec(text)
  if (refusal) throw new Error(`the broker refuses: ${refusal[1]}`)
  const match = /^r=([\x21-\x2b\x2d-\x7e]+),s=([A-Za-z0-9+/]+={0,2}),i=(\d{1,9})(?:,.*)?$/s.exec(text)
  if (!match) throw new Error('the first answer of the broker is not SCRAM')
  const [, fullNonce = '', salt = '', count = ''] = match
  // Whoever repeats an old conversation does not know our nonce.
  if (!fullNonce.startsWith(nonce) || fullNonce.length === nonce.length) {
    throw new Error('the broker does not answer to our nonce')
  }
  const iterations = Number(count)
  if (iterations < iterationsMin || iterations > iterationsMax) {
    throw new Error(`the broker asks for ${count} iterations; ${iterationsMin} to ${iterationsMax} are taken`)
  }
  return { salt: Buffer.from(salt, 'base64'), iterations, fullNonce }
}

function checkSignature(text: string, expected: Buffer): void {
  const refusal = /^e=([^,]*)/.exec(text)
  if (refusal) throw new Error(`the broker refuses: ${refusal[1]}`)
  const [, signature] = /^v=([A-Za-z0-9+/]+={0,2})(?:,.*)?$/s.exec(text) ?? []
  const given = Buffer.from(signature ?? '', 'base64')
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw new Error('the broker does not know the password either: it is not the one it says it is')
  }
}

function hmac(digest: string, key: Buffer, text: string): Buffer {
  return createHmac(digest, key).update(text).digest()
}

import type { Env } from '../base/env.ts'
import { ExitCode, OperatorError } from '../base/errors.ts'
import type { Api, RequestInput, ResponseOf } from '../protocol/codec.ts'
import { ErrorCode, errorName, errorPhrase } from '../protocol/errors.ts'
import { saslAuthenticateApi } from '../protocol/messages/sasl-authenticate.ts'
import { saslHandshakeApi } from '../protocol/messages/sasl-handshake.ts'
import { addressText, type BrokerAddress } from './address.ts'
import { RequestError, SecurityError } from './failures.ts'
import { oauthBearerExchange } from './sasl-oauthbearer.ts'
import { type ScramMechanism, scramExchange } from './sasl-scram.ts'

/** Who we are and how we prove it. */
export type SaslSettings =
  | { readonly mechanism: 'PLAIN' | ScramMechanism; readonly username: string; readonly password: string }
  | {
      readonly mechanism: 'OAUTHBEARER'
      /** A token that is valid now; asked for each time that one is needed. */
      readonly token: () => Promise<string>
      /** Names and values that go with it (KIP-342). */
      readonly extensions: Readonly<Record<string, string>>
    }

export const saslMechanisms = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER'] as const

/** The client's side of a mechanism: messages go back and forth until both are content. */
export interface SaslExchange {
  first(): Promise<Buffer>
  /** What to say to the broker's message; nothing when there is no more to say. Throws if it cannot be believed. */
  answer(message: Buffer): Buffer | undefined
  /** We have what we need of the broker, its proof included. */
  readonly isDone: boolean
}

/** Sends a request on the connection that is to be authenticated. */
export type AskDirectly = <A extends Api>(api: A, body: RequestInput<A>) => Promise<ResponseOf<A>>

/** A broker that goes on asking has no mechanism that we know. */
const messagesMax = 10

/**
 * Authenticates a connection, for the first time or again (KIP-368). Resolves with the time in milliseconds after which
 * the broker wants it again, 0 for never. Rejects with `SecurityError`: exit code 3 for what is refused.
 */
export async function authenticate(
  ask: AskDirectly,
  settings: SaslSettings,
  { env, address }: { readonly env: Env; readonly address: BrokerAddress },
): Promise<number> {
  const { mechanism } = settings
  const handshake = await ask(saslHandshakeApi, { mechanism }).catch(error => {
    // A broker that has never heard of SASL.
    if (error instanceof RequestError) return { errorCode: ErrorCode.illegalSaslState, mechanisms: [] }
    throw error
  })
  checkHandshake(handshake, mechanism, address)
  const exchange = exchangeOf(settings, env)
  try {
    let message: Buffer | undefined = await exchange.first()
    for (let count = 0; count < messagesMax && message; count++) {
      const answer: ResponseOf<typeof saslAuthenticateApi> = await ask(saslAuthenticateApi, { authBytes: message })
      if (answer.errorCode !== ErrorCode.none) throw refused(answer)
      message = exchange.answer(answer.authBytes)
      if (exchange.isDone) return answer.sessionLifetimeMs
    }
    throw new Error('the broker does not come to an end')
  } catch (error) {
    if (error instanceof OperatorError) throw error
    throw new SecurityError(`${addressText(address)}: ${mechanism}: ${(error as Error).message}`, {
      hint: credentialsHint(settings),
      cause: error,
    })
  }
}

function checkHandshake(
  { errorCode, mechanisms }: ResponseOf<typeof saslHandshakeApi>,
  mechanism: string,
  address: BrokerAddress,
): void {
  if (errorCode === ErrorCode.none) return
  const where = addressText(address)
  if (errorCode === ErrorCode.illegalSaslState) {
    throw new SecurityError(`${where}: the broker wants no SASL on this port`, {
      hint: 'security.protocol=PLAINTEXT, or SSL; or another port',
      exitCode: ExitCode.usage,
    })
  }
  if (errorCode === ErrorCode.unsupportedSaslMechanism) {
    throw new SecurityError(`${where}: the broker does not offer ${mechanism}`, {
      hint: `it offers ${mechanisms.join(', ') || 'nothing'}: sasl.mechanism=${mechanisms[0] ?? '…'}`,
    })
  }
  throw new SecurityError(`${where}: ${mechanism}: ${errorPhrase(errorCode)} (${errorName(errorCode)})`)
}

/** What the broker says is for people already; its code says the rest. */
function refused({ errorCode, errorMessage }: { errorCode: number; errorMessage: string | null }): Error {
  return new Error(`${errorMessage || errorPhrase(errorCode)} (${errorName(errorCode)})`)
}

function credentialsHint(settings: SaslSettings): string {
  if (settings.mechanism === 'OAUTHBEARER') return 'is the token for this cluster, and still valid?'
  return `are user name and password right? The name is '${settings.username}'; streamctl config print shows where both come from`
}

function exchangeOf(settings: SaslSettings, env: Env): SaslExchange {
  switch (settings.mechanism) {
    case 'PLAIN':
      return plainExchange(settings.username, settings.password)
    case 'SCRAM-SHA-256':
    case 'SCRAM-SHA-512':
      return scramExchange(settings.mechanism, { ...settings, nonce: env.random.bytes(24).toString('base64') })
    case 'OAUTHBEARER':
      return oauthBearerExchange(settings.token, settings.extensions)
  }
}

/** RFC 4616: no identity to act as, the name, the password. */
function plainExchange(username: string, password: string): SaslExchange {
  let isDone = false
  return {
    first: async () => Buffer.from(`\u0000${username}\u0000${password}`),
    answer() {
      isDone = true
      return undefined
    },
    get isDone() {
      return isDone
    },
  }
}

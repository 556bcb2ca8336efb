import { readFileSync } from 'node:fs'
import { ExitCode, OperatorError } from '../../base/errors.ts'
import type { ResolvedProperty } from './layers.ts'
import { readSecret, type SecretPlaces } from './secrets.ts'

/** Where tokens for OAUTHBEARER come from: a token itself, or a server that gives one for a client id and its secret. */
export interface TokenPlaces {
  readonly token: ResolvedProperty | undefined
  readonly endpoint: string | undefined
  readonly clientId: string | undefined
  readonly clientSecret: () => string | undefined
  readonly scope: string | undefined
  readonly places: SecretPlaces
}

const endpointTimeoutMs = 15_000

/** Asks for a token each time: for the first connection, for others, and when a session has to be authenticated again. */
export function tokenSource(from: TokenPlaces): () => Promise<string> {
  const { token, endpoint } = from
  if (token) return async () => readSecret(token, from.places)
  if (endpoint === undefined) {
    throw new OperatorError('OAUTHBEARER needs a token', {
      hint: 'sasl.oauthbearer.token.command=…, or sasl.oauthbearer.token.endpoint.url with sasl.oauthbearer.client.id and .secret',
    })
  }
  const url = parsedUrl(endpoint)
  if (url.protocol === 'file:') return async () => tokenFile(url)
  const clientSecret = from.clientSecret()
  const { clientId, scope } = from
  if (clientId === undefined || clientSecret === undefined) {
    throw new OperatorError('the token endpoint needs sasl.oauthbearer.client.id and sasl.oauthbearer.client.secret')
  }
  return () => askForToken(url, { clientId, clientSecret, scope })
}

function parsedUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url && ['https:', 'http:', 'file:'].includes(url.protocol)) return url
  throw new OperatorError(`sasl.oauthbearer.token.endpoint.url must be a URL of https, http or file, not '${text}'`)
}

function tokenFile(url: URL): string {
  try {
    return readFileSync(url, 'utf8').trim()
  } catch (error) {
    throw new OperatorError(`cannot read the token of ${url}: ${(error as Error).message}`, { cause: error })
  }
}

/** RFC 6749, section 4.4. */
async function askForToken(
  url: URL,
  { clientId, clientSecret, scope }: { clientId: string; clientSecret: string; scope: string | undefined },
): Promise<string> {
  const where = `${url.origin}${url.pathname}`
  const credentials = [clientId, clientSecret].map(encodeURIComponent).join(':')
  let response: Response
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(credentials).toString('base64')}`,
        accept: 'application/json',
      },
      body: new URLSearchParams({ grant_type: 'client_credentials', ...(scope ? { scope } : {}) }),
      signal: AbortSignal.timeout(endpointTimeoutMs),
    })
  } catch (error) {
    const cause = (error as Error).cause instanceof Error ? ((error as Error).cause as Error) : (error as Error)
    throw new OperatorError(`${where} gives no token: ${cause.message}`, {
      exitCode: ExitCode.unreachable,
      cause: error,
    })
  }
  const answer: unknown = await response.json().catch(() => undefined)
  const { access_token: token, error, error_description: detail } = (answer ?? {}) as Record<string, unknown>
  if (response.ok && typeof token === 'string' && token !== '') return token
  const said = [error, detail].filter(part => typeof part === 'string').join(': ')
  throw new OperatorError(`${where} gives no token: ${said || `HTTP status ${response.status}`}`, {
    hint: 'are sasl.oauthbearer.client.id and sasl.oauthbearer.client.secret right?',
    exitCode: ExitCode.unauthorized,
  })
}

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { tokenSource } from '../../../src/cli/profile/token-source.ts'

/** A server for tokens (RFC 6749, section 4.4) that knows one client. */
async function tokenServer(): Promise<string> {
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const known = `Basic ${Buffer.from('ann:hush%20hush').toString('base64')}`
    const isRight = request.headers.authorization === known && body === 'grant_type=client_credentials&scope=kafka'
    response.statusCode = isRight ? 200 : 401
    response.end(JSON.stringify(isRight ? { access_token: 'a.b.c' } : { error: 'invalid_client' }))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`
}

const source = (endpoint: string, secret: string) =>
  tokenSource({
    token: undefined,
    endpoint,
    clientId: 'ann',
    clientSecret: () => secret,
    scope: 'kafka',
    places: { variables: {} },
  })

test('a client gets a token for its id and secret', async () => {
  expect(await source(await tokenServer(), 'hush hush')()).toBe('a.b.c')
})

test('a client that is refused is told so, without its secret', async () => {
  const failure = await source(await tokenServer(), 'wrong')().catch(error => error)
  expect(failure).toMatchObject({ exitCode: 3 })
  expect(failure.message).toMatch(/\/token gives no token: invalid_client$/)
})

test('a server that is not there is unreachable', async () => {
  const failure = await source('http://127.0.0.1:1/token', 'x')().catch(error => error)
  expect(failure).toMatchObject({ exitCode: 4, message: expect.stringMatching(/ECONNREFUSED|bad port/) })
})

test('an address that is none is refused', () => {
  expect(() => source('ftp://tokens', 'x')).toThrow(/must be a URL of https, http or file/)
})

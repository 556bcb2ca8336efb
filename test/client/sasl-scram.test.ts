import { describe, expect, test } from 'vitest'
import { scramExchange } from '../../src/client/sasl-scram.ts'

/** RFC 7677, section 3: user `user`, password `pencil`. */
const rfc7677 = {
  nonce: 'rOprNGfwEbeRWgbNEkqO',
  clientFirst: 'n,,n=user,r=rOprNGfwEbeRWgbNEkqO',
  serverFirst: 'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
  clientFinal:
    'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
  serverFinal: 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=',
} as const

function exchange(changes: Partial<Parameters<typeof scramExchange>[1]> = {}) {
  return scramExchange('SCRAM-SHA-256', { username: 'user', password: 'pencil', nonce: rfc7677.nonce, ...changes })
}

const answer = (to: ReturnType<typeof exchange>, message: string) => to.answer(Buffer.from(message))?.toString()

test('the conversation of RFC 7677 comes out byte for byte', async () => {
  const scram = exchange()
  expect((await scram.first()).toString()).toBe(rfc7677.clientFirst)
  expect(answer(scram, rfc7677.serverFirst)).toBe(rfc7677.clientFinal)
  expect(scram.isDone).toBe(false)
  expect(answer(scram, rfc7677.serverFinal)).toBeUndefined()
  expect(scram.isDone).toBe(true)
})

test('a name with commas and equals signs is escaped', async () => {
  expect((await exchange({ username: 'a=b,c' }).first()).toString()).toContain('n=a=3Db=2Cc,')
})

describe('a broker is not believed', () => {
  test.each([
    ['whose signature is wrong', `v=${Buffer.alloc(32).toString('base64')}`, /does not know the password/],
    ['that sends no signature', 'nonsense', /does not know the password/],
    ['that refuses at the end', 'e=invalid-proof', /refuses: invalid-proof/],
  ])('%s', (_, message, expected) => {
    const scram = exchange()
    answer(scram, rfc7677.serverFirst)
    expect(() => answer(scram, message)).toThrow(expected)
    expect(scram.isDone).toBe(false)
  })

  test.each([
    ['that answers to another nonce', 'r=other,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096', /nonce/],
    ['that adds nothing to our nonce', `r=${rfc7677.nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`, /nonce/],
    ['that asks for few iterations', rfc7677.serverFirst.replace('4096', '1'), /iterations/],
    ['that asks for millions', rfc7677.serverFirst.replace('4096', '900000000'), /iterations/],
    ['that sends something else', '\u0000\u0001', /not SCRAM/],
    ['that refuses at once', 'e=unknown-user', /refuses: unknown-user/],
  ])('%s', (_, message, expected) => {
    expect(() => answer(exchange(), message)).toThrow(expected)
  })
})

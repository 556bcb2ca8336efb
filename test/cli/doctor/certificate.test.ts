import { expect, test } from 'vitest'
import { judge, type SeenCertificate } from '../../../src/cli/doctor/certificate.ts'

const day = 86_400_000
const nowMs = Date.parse('2026-11-22T08:00:00Z')
const own: SeenCertificate = {
  subject: 'broker',
  issuer: 'authority',
  validFromMs: nowMs - day,
  validToMs: nowMs + 90 * day,
  names: 'DNS:kafka.example.com',
}
const authority: SeenCertificate = { ...own, subject: 'authority', names: '' }
const address = { host: 'kafka', port: 9093 }
const fine = { nowMs, trustFailure: null, nameFailure: undefined, address }

test.each([
  ['a good one', [own, authority], {}, 'ok', /'broker', signed by 'authority'; valid until 2027-02-20/],
  ['one that ends soon', [{ ...own, validToMs: nowMs + 5 * day }], {}, 'warning', /valid until 2026-11-27/],
  ['one whose authority ends soon', [own, { ...authority, validToMs: nowMs + day }], {}, 'warning', /2026-11-23/],
  ['one that has ended', [{ ...own, validToMs: nowMs - day }], {}, 'failed', /'broker' expired on 2026-11-21/],
  ['one of tomorrow', [{ ...own, validFromMs: nowMs + day }], {}, 'failed', /not valid before 2026-11-23/],
  ['one of a stranger', [own], { trustFailure: 'SELF_SIGNED_CERT_IN_CHAIN' }, 'failed', /not trusted: 'broker'/],
  ['one of another name', [own], { nameFailure: 'no' }, 'failed', /not for kafka, but for DNS:kafka\.example\.com/],
  ['none', [], {}, 'failed', /shows no certificate/],
] as const)('%s', (_, chain, changes, outcome, detail) => {
  const judged = judge(chain, { ...fine, ...changes })
  expect(judged.outcome).toBe(outcome)
  expect(judged.detail).toMatch(detail)
  if (outcome === 'failed') expect(judged.exitCode).toBe(3)
})

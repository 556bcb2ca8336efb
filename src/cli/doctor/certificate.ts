import type { Socket } from 'node:net'
import { checkServerIdentity, type DetailedPeerCertificate, type TLSSocket } from 'node:tls'
import type { Env } from '../../base/env.ts'
import type { BrokerAddress } from '../../client/address.ts'
import { type TlsSettings, tlsDial, tlsFailure } from '../../client/tls.ts'
import type { Finding } from './journal.ts'

const day = 86_400_000
/** From here on people should think of a new one. */
const warnBeforeMs = 30 * day

/** What of a certificate is looked at. */
export interface SeenCertificate {
  readonly subject: string
  readonly issuer: string
  readonly validFromMs: number
  readonly validToMs: number
  /** `DNS:…` and `IP Address:…`, as the certificate has them. */
  readonly names: string
}

/** Shakes hands, whatever certificate is shown, and looks at it. */
export async function examineTls(
  env: Env,
  address: BrokerAddress,
  settings: TlsSettings,
  timeoutMs: number,
): Promise<Omit<Finding, 'step' | 'subject'>> {
  const startMs = env.clock.monotonic()
  const socket = tlsDial({ ...settings, verifies: false })(address) as TLSSocket
  const error = await shaken(env, socket, timeoutMs)
  const durationMs = env.clock.monotonic() - startMs
  try {
    if (error) {
      const known = tlsFailure(address, error)
      const detail = known?.message.replace(/^\S+: /, '') ?? 'the connection was closed while TLS was negotiated'
      const hint = known?.hint ?? 'does this port speak TLS? If not: security.protocol=PLAINTEXT or SASL_PLAINTEXT'
      return { outcome: 'failed', detail, hint, durationMs, exitCode: known?.exitCode ?? 4 }
    }
    const chain = chainOf(socket.getPeerCertificate(true))
    const spoken = `${socket.getProtocol()}, ${socket.getCipher().standardName}`
    const judged = judge(chain, {
      nowMs: env.clock.now(),
      trustFailure: settings.verifies ? (socket.authorizationError as unknown as string | null) : null,
      nameFailure: settings.verifies && settings.checksName ? nameFailure(address.host, socket) : undefined,
      address,
    })
    return { ...judged, detail: `${judged.detail}; ${spoken}`, durationMs }
  } finally {
    socket.destroy()
  }
}

function shaken(env: Env, socket: Socket, timeoutMs: number): Promise<NodeJS.ErrnoException | undefined> {
  const { promise, resolve } = Promise.withResolvers<NodeJS.ErrnoException | undefined>()
  const timer = env.clock.after(timeoutMs, () => resolve(new Error('no answer in time')))
  socket.once('secureConnect', () => resolve(undefined))
  socket.on('error', error => resolve(error))
  socket.once('close', () => resolve(new Error('closed')))
  return promise.finally(() => timer.cancel())
}

function chainOf(certificate: DetailedPeerCertificate): SeenCertificate[] {
  const chain: SeenCertificate[] = []
  const seen = new Set<string>()
  for (let at: DetailedPeerCertificate | undefined = certificate; at?.subject; at = at.issuerCertificate) {
    if (seen.has(at.fingerprint256)) break
    seen.add(at.fingerprint256)
    chain.push({
      subject: nameOf(at.subject),
      issuer: nameOf(at.issuer),
      validFromMs: Date.parse(at.valid_from),
      validToMs: Date.parse(at.valid_to),
      names: at.subjectaltname ?? '',
    })
  }
  return chain
}

function nameOf(subject: { readonly CN?: string | string[]; readonly O?: string | string[] }): string {
  return [subject.CN, subject.O].flat().find(name => name) ?? 'nameless'
}

function nameFailure(host: string, socket: TLSSocket): string | undefined {
  const error = checkServerIdentity(host, socket.getPeerCertificate()) as (Error & { reason?: string }) | undefined
  return error && (error.reason ?? error.message)
}

/** Says what is wrong with a chain of certificates, the broker's first; the worst thing counts. Pure. */
export function judge(
  chain: readonly SeenCertificate[],
  seen: {
    readonly nowMs: number
    /** OpenSSL's code, if it trusts nobody of the chain. */
    readonly trustFailure: string | null
    readonly nameFailure: string | undefined
    readonly address: BrokerAddress
  },
): Pick<Finding, 'outcome' | 'detail' | 'hint' | 'exitCode'> {
  const [own] = chain
  if (!own) return { outcome: 'failed', detail: 'the broker shows no certificate', exitCode: 3 }
  const path = chain.map(({ subject }) => `'${subject}'`).join(', signed by ')
  const about = `${path}${chain.length === 1 && own.issuer !== own.subject ? `, signed by '${own.issuer}'` : ''}`
  const early = chain.find(({ validFromMs }) => validFromMs > seen.nowMs)
  if (early) {
    const detail = `the certificate of '${early.subject}' is not valid before ${dateText(early.validFromMs)}`
    return { outcome: 'failed', detail, hint: 'is the clock of this machine right?', exitCode: 3 }
  }
  const late = chain.find(({ validToMs }) => validToMs < seen.nowMs)
  if (late) {
    const detail = `the certificate of '${late.subject}' expired on ${dateText(late.validToMs)}`
    return { outcome: 'failed', detail, hint: 'it has to be renewed on the broker', exitCode: 3 }
  }
  if (seen.trustFailure) {
    const known = tlsFailure(seen.address, Object.assign(new Error(seen.trustFailure), { code: seen.trustFailure }))
    const reason = known?.message.replace(/^\S+: /, '') ?? seen.trustFailure
    return { outcome: 'failed', detail: `${reason}: ${about}`, hint: known?.hint, exitCode: 3 }
  }
  if (seen.nameFailure) {
    return {
      outcome: 'failed',
      detail: `the certificate is not for ${seen.address.host}, but for ${own.names || own.subject}`,
      hint: 'connect by one of its names, or add this one to the certificate; or, with care: ssl.endpoint.identification.algorithm=none',
      exitCode: 3,
    }
  }
  const soonest = chain.toSorted((a, b) => a.validToMs - b.validToMs)[0]!
  const leftDays = Math.floor((soonest.validToMs - seen.nowMs) / day)
  const detail = `${about}; valid until ${dateText(soonest.validToMs)}`
  if (soonest.validToMs - seen.nowMs > warnBeforeMs) return { outcome: 'ok', detail }
  return { outcome: 'warning', detail, hint: `the certificate of '${soonest.subject}' expires in ${leftDays} days` }
}

function dateText(timeMs: number): string {
  return Number.isNaN(timeMs) ? 'an unknown date' : new Date(timeMs).toISOString().slice(0, 10)
}

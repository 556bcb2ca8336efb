import { connect as connectPlain, type Socket } from 'node:net'
import {
  type ConnectionOptions,
  connect,
  createSecureContext,
  getCACertificates,
  type SecureContext,
  type SecureVersion,
} from 'node:tls'
import { ExitCode, OperatorError } from '../base/errors.ts'
import { addressText, type BrokerAddress } from './address.ts'
import { SecurityError } from './failures.ts'

/** Whom to trust and how to prove who we are. Certificates and keys as text (PEM), read already. */
export interface TlsSettings {
  /** Certificates that may sign a broker's; the system's and Mozilla's where there is none. */
  readonly authorities?: string
  /** Our certificate, with those between it and the authority behind it. */
  readonly certificate?: string
  readonly key?: string
  /** A PKCS #12 file with certificate and key, instead of the two. */
  readonly keyStore?: Buffer
  readonly keyPassword?: string
  /** False takes any certificate: the bytes are secret, but from whom nobody knows. */
  readonly verifies: boolean
  /** False takes a certificate for any name, if an authority has signed it. */
  readonly checksName: boolean
  readonly versionMin?: SecureVersion
  readonly versionMax?: SecureVersion
  /** In OpenSSL's words. */
  readonly ciphers?: string
}

export type AddressFamily = 'v4' | 'v6' | 'any'

const familyNumbers: Record<AddressFamily, 0 | 4 | 6> = { any: 0, v4: 4, v6: 6 }
const keepAliveDelayMs = 60_000

/** Opens plain TCP connections, which tell within minutes when the other side is gone without a word. */
export function plainDial(family: AddressFamily = 'any'): (address: BrokerAddress) => Socket {
  return ({ host, port }) =>
    connectPlain({
      host,
      port,
      family: familyNumbers[family],
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: keepAliveDelayMs,
    })
}

/**
 * Opens TLS connections. Certificates and keys are read once, at the first call. Throws `OperatorError` for what cannot
 * be used.
 */
export function tlsDial(
  settings: TlsSettings,
  family: AddressFamily = 'any',
): (address: BrokerAddress) => ReturnType<typeof connect> {
  let context: SecureContext | undefined
  return ({ host, port }) => {
    context ??= secureContext(settings)
    const { verifies, checksName } = settings
    const socket = connect({
      host,
      port,
      family: familyNumbers[family],
      secureContext: context,
      rejectUnauthorized: verifies,
      ...(verifies && checksName ? {} : { checkServerIdentity: () => undefined }),
    } as ConnectionOptions)
    return socket.setNoDelay(true).setKeepAlive(true, keepAliveDelayMs)
  }
}

function secureContext(settings: TlsSettings): SecureContext {
  try {
    return createSecureContext({
      ca: settings.authorities ?? everydayAuthorities(),
      cert: settings.certificate,
      key: settings.key,
      pfx: settings.keyStore,
      passphrase: settings.keyPassword,
      minVersion: settings.versionMin ?? 'TLSv1.2',
      maxVersion: settings.versionMax,
      ciphers: settings.ciphers,
    })
  } catch (error) {
    throw unusable(error as NodeJS.ErrnoException)
  }
}

/** A company's own authorities are in the system's store, which Node does not ask by itself. */
function everydayAuthorities(): string[] {
  return [...new Set([...getCACertificates('default'), ...getCACertificates('system')])]
}

function unusable(error: NodeJS.ErrnoException): OperatorError {
  const [, reason, hint] = contextFailures.find(([pattern]) => pattern.test(`${error.code} ${error.message}`)) ?? []
  return new OperatorError(`the certificate or key for TLS cannot be used: ${reason ?? error.message}`, {
    hint,
    cause: error,
  })
}

const contextFailures: readonly (readonly [pattern: RegExp, reason: string, hint: string])[] = [
  [
    /BAD_DECRYPT|MAC_VERIFY_FAILURE|mac verify/i,
    'the password of the key is wrong or missing',
    'ssl.key.password, or ssl.keystore.password for a PKCS #12 file',
  ],
  [
    /PASSPHRASE|INTERRUPTED_OR_CANCELLED|processing error|empty password/i,
    'the key is encrypted, and no password is given',
    'ssl.key.password, or ssl.key.password.command',
  ],
  [
    /KEY_VALUES_MISMATCH|KEY_TYPE_MISMATCH/,
    'the key is not that of the certificate',
    'ssl.certificate.location and ssl.key.location must be a pair',
  ],
  [
    /NO_START_LINE|BAD_END_LINE|BAD_BASE64|ASN1|not enough data|unsupported/i,
    'it is not PEM that OpenSSL can read',
    'it begins with -----BEGIN; convert other forms with openssl',
  ],
]

/**
 * What went wrong while TLS was negotiated, in words: nothing for errors that have to do with the network alone. Wrong
 * certificates end with exit code 3, a broker that speaks something else with 2.
 */
export function tlsFailure(address: BrokerAddress, error: NodeJS.ErrnoException): SecurityError | undefined {
  const code = error.code ?? ''
  const known = handshakeFailures.find(([pattern]) => pattern.test(code) || pattern.test(error.message))
  if (known) {
    const [, reason, hint, exitCode = ExitCode.unauthorized] = known
    return new SecurityError(`${addressText(address)}: ${reason(error)}`, { hint, exitCode, cause: error })
  }
  if (!/^ERR_SSL|^ERR_TLS|^ERR_OSSL|^EPROTO|CERT/.test(code)) return undefined
  return new SecurityError(`${addressText(address)}: TLS failed: ${error.message}`, { cause: error })
}

const authorityHint = "give the authority's certificate: ssl.ca.location=ca.pem"

type HandshakeFailure = readonly [
  pattern: RegExp,
  reason: (error: Error) => string,
  hint: string | undefined,
  exitCode?: number,
]

const handshakeFailures: readonly HandshakeFailure[] = [
  [
    /^CERT_HAS_EXPIRED$/,
    () => "the broker's certificate has expired",
    'the broker needs a new one; streamctl doctor shows the dates',
  ],
  [
    /^CERT_NOT_YET_VALID$/,
    () => "the broker's certificate is not valid yet",
    'is the clock of this machine right? streamctl doctor shows the dates',
  ],
  [
    /^DEPTH_ZERO_SELF_SIGNED_CERT$/,
    () => "the broker's certificate is signed by itself and not among those trusted",
    'trust it: ssl.ca.location=broker.pem',
  ],
  [
    /^SELF_SIGNED_CERT_IN_CHAIN$/,
    () => "the authority that signed the broker's certificate is not trusted",
    authorityHint,
  ],
  [
    /^UNABLE_TO_(GET_ISSUER_CERT(_LOCALLY)?|VERIFY_LEAF_SIGNATURE)$|^CERT_UNTRUSTED$/,
    () => "nobody who is trusted has signed the broker's certificate",
    authorityHint,
  ],
  [/^CERT_REVOKED$/, () => "the broker's certificate has been revoked", undefined],
  [
    /^CERT_SIGNATURE_FAILURE$/,
    () => "the signature of the broker's certificate is wrong: another authority of the same name",
    authorityHint,
  ],
  [
    /^ERR_TLS_CERT_ALTNAME_INVALID$/,
    error => `the broker's certificate is for another name: ${namesOf(error)}`,
    'connect by a name that is in it, or, where that cannot be, ssl.endpoint.identification.algorithm=none',
  ],
  [
    /CERTIFICATE_REQUIRED|ALERT_HANDSHAKE_FAILURE|PEER_DID_NOT_RETURN/,
    () => 'the broker broke TLS off; it may want a certificate of ours',
    'ssl.certificate.location and ssl.key.location, or ssl.keystore.location; or there is no cipher or version that both know',
  ],
  [
    /ALERT_(UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE_UNKNOWN|CERTIFICATE_EXPIRED|CERTIFICATE_REVOKED|ACCESS_DENIED)/,
    () => 'the broker wants a certificate that it trusts, and does not get one',
    'ssl.certificate.location and ssl.key.location, or ssl.keystore.location: not expired, of an authority that the broker knows',
  ],
  [
    /ALERT_PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|VERSION_TOO_LOW/,
    () => 'the broker and this client have no version of TLS in common',
    'ssl.enabled.protocols says which this client may use',
  ],
  [
    /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|UNKNOWN_PROTOCOL|HTTP_REQUEST|RECORD_LAYER|UNEXPECTED_MESSAGE/,
    () => 'what answers there does not speak TLS',
    'security.protocol=PLAINTEXT, or SASL_PLAINTEXT; or another port',
    ExitCode.usage,
  ],
]

function namesOf(error: Error): string {
  const { host, cert } = error as { host?: string; cert?: { subjectaltname?: string } }
  return `${host} is not among ${cert?.subjectaltname ?? 'its names'}`
}

import { readFileSync } from 'node:fs'
import { OperatorError } from '../../base/errors.ts'
import { type BrokerAddress, parseBrokerList } from '../../client/address.ts'
import type { PropertyName } from '../../client/properties.ts'
import type { SaslSettings } from '../../client/sasl.ts'
import type { SecuritySettings } from '../../client/security.ts'
import type { AddressFamily, TlsSettings } from '../../client/tls.ts'
import { parseJaas } from './jaas.ts'
import type { Resolution, ResolvedProperty } from './layers.ts'
import { readSecret, type SecretPlaces } from './secrets.ts'
import { tokenSource } from './token-source.ts'

/** All that a `Cluster` is told by properties. */
export interface ClientSettings {
  readonly brokers: readonly BrokerAddress[]
  readonly clientId: string
  readonly security: SecuritySettings
  readonly addressFamily: AddressFamily
  readonly connectTimeoutMs: number
  readonly requestTimeoutMs: number
  readonly retryForMs: number
}

/** Reads secrets and files and puts the settings together. Throws `OperatorError` for what is missing or does not fit. */
export function clientSettings({ values }: Resolution, places: SecretPlaces): ClientSettings {
  const found = new Found(values, places)
  return {
    brokers: parseBrokerList(found.text('bootstrap.servers') ?? ''),
    clientId: found.text('client.id') ?? 'streamctl',
    security: security(found),
    addressFamily: (found.text('broker.address.family') ?? 'any') as AddressFamily,
    connectTimeoutMs: Number(found.text('socket.connection.setup.timeout.ms')),
    requestTimeoutMs: Number(found.text('request.timeout.ms')),
    retryForMs: Number(found.text('default.api.timeout.ms')),
  }
}

/** Properties with what stands in the files that they name. */
class Found {
  readonly #values: ReadonlyMap<PropertyName, ResolvedProperty>
  readonly places: SecretPlaces

  constructor(values: ReadonlyMap<PropertyName, ResolvedProperty>, places: SecretPlaces) {
    this.#values = values
    this.places = places
  }

  property(name: PropertyName): ResolvedProperty | undefined {
    return this.#values.get(name)
  }

  text(name: PropertyName): string | undefined {
    return this.#values.get(name)?.value
  }

  secret(name: PropertyName): string | undefined {
    const property = this.#values.get(name)
    return property && readSecret(property, this.places)
  }

  file(name: PropertyName): Buffer | undefined {
    const property = this.#values.get(name)
    if (!property || property.value === '') return undefined
    try {
      return readFileSync(property.value)
    } catch (error) {
      throw new OperatorError(`${name} (${property.source}): ${(error as Error).message}`, { cause: error })
    }
  }

  /** Names that are set and begin so, without defaults. */
  startingWith(prefix: string): readonly PropertyName[] {
    return [...this.#values.values()]
      .filter(({ name, source }) => name.startsWith(prefix) && source !== 'default')
      .map(({ name }) => name)
  }
}

function security(found: Found): SecuritySettings {
  const protocol = found.text('security.protocol') ?? impliedProtocol(found)
  return {
    ...(protocol.endsWith('SSL') ? { tls: tlsSettings(found) } : {}),
    ...(protocol.startsWith('SASL') ? { sasl: saslSettings(found) } : {}),
  }
}

/** To encrypt where somebody spoke of certificates is safe. To send a password in the clear has to be asked for. */
function impliedProtocol(found: Found): string {
  const sasl = found.startingWith('sasl.')
  if (found.startingWith('ssl.').length > 0) return sasl.length > 0 ? 'SASL_SSL' : 'SSL'
  if (sasl.length === 0) return 'PLAINTEXT'
  throw new OperatorError(`${sasl[0]} is set, but not security.protocol`, {
    hint: 'security.protocol=SASL_SSL; or SASL_PLAINTEXT, where the network may read along',
  })
}

function tlsSettings(found: Found): TlsSettings {
  const keyStore = found.file('ssl.keystore.location')
  const isPem = keyStore === undefined || isPemText(keyStore)
  if (keyStore && !isPem) refuseJks(keyStore, 'ssl.keystore.location')
  const pemStore = isPem ? keyStore?.toString() : undefined
  const authorities =
    found.text('ssl.ca.pem') ?? pemFile(found, 'ssl.ca.location') ?? pemFile(found, 'ssl.truststore.location')
  const certificate = found.text('ssl.certificate.pem') ?? pemFile(found, 'ssl.certificate.location') ?? pemStore
  const key = found.secret('ssl.key.pem') ?? pemFile(found, 'ssl.key.location') ?? pemStore
  if ((certificate === undefined) !== (key === undefined)) {
    throw new OperatorError(
      `there is a ${key === undefined ? 'certificate without its key' : 'key without its certificate'}`,
      {
        hint: 'ssl.certificate.location and ssl.key.location belong together; or ssl.keystore.location for both',
      },
    )
  }
  const password = found.secret('ssl.key.password') ?? found.secret('ssl.keystore.password')
  return {
    ...(authorities === undefined ? {} : { authorities }),
    ...(certificate === undefined ? {} : { certificate }),
    ...(key === undefined ? {} : { key }),
    ...(isPem ? {} : { keyStore }),
    ...(password === undefined ? {} : { keyPassword: password }),
    verifies: found.text('enable.ssl.certificate.verification') !== 'false',
    checksName: found.text('ssl.endpoint.identification.algorithm') !== 'none',
    ...versions(found.text('ssl.enabled.protocols') ?? ''),
    ...(found.text('ssl.cipher.suites') ? { ciphers: found.text('ssl.cipher.suites') } : {}),
  }
}

const tlsVersions = ['TLSv1.2', 'TLSv1.3'] as const

function versions(text: string): Pick<TlsSettings, 'versionMin' | 'versionMax'> {
  const wanted = text.split(',').map(part => part.trim())
  const known = tlsVersions.filter(version => wanted.includes(version))
  if (known.length === 0)
    throw new OperatorError(`ssl.enabled.protocols must name ${tlsVersions.join(' or ')}, not '${text}'`)
  return { versionMin: known[0]!, versionMax: known.at(-1)! }
}

function pemFile(found: Found, name: PropertyName): string | undefined {
  const bytes = found.file(name)
  if (bytes === undefined) return undefined
  if (!isPemText(bytes)) {
    refuseJks(bytes, name)
    throw new OperatorError(`${name}: ${found.text(name)} is not PEM`, {
      hint: 'PEM begins with -----BEGIN; convert with: openssl x509 -inform der, or openssl pkcs12 -nokeys',
    })
  }
  return bytes.toString()
}

function isPemText(bytes: Buffer): boolean {
  return bytes.includes('-----BEGIN ')
}

function refuseJks(bytes: Buffer, name: string): void {
  if (bytes.length < 4 || bytes.readUInt32BE(0) !== 0xfeedfeed) return
  throw new OperatorError(`${name}: a Java key store (JKS) cannot be read`, {
    hint: 'keytool -importkeystore -srckeystore FILE -destkeystore FILE.p12 -deststoretype PKCS12, then openssl pkcs12 -in FILE.p12 -out FILE.pem',
  })
}

function saslSettings(found: Found): SaslSettings {
  const jaasText = found.secret('sasl.jaas.config')
  const jaas = jaasText === undefined ? undefined : parseJaas(jaasText, found.property('sasl.jaas.config')!.source)
  const mechanism = found.text('sasl.mechanism') ?? (jaas?.module === 'plain' ? 'PLAIN' : undefined)
  if (mechanism === undefined) {
    throw new OperatorError('sasl.mechanism is not set', {
      hint: 'PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER; streamctl doctor shows what the broker offers',
    })
  }
  if (mechanism === 'OAUTHBEARER') {
    return {
      mechanism,
      token: tokenSource({
        token: found.property('sasl.oauthbearer.token'),
        endpoint: found.text('sasl.oauthbearer.token.endpoint.url'),
        clientId: found.text('sasl.oauthbearer.client.id') ?? jaas?.options.clientId,
        clientSecret: () => found.secret('sasl.oauthbearer.client.secret') ?? jaas?.options.clientSecret,
        scope: found.text('sasl.oauthbearer.scope') ?? jaas?.options.scope,
        places: found.places,
      }),
      extensions: extensions(found.text('sasl.oauthbearer.extensions') ?? '', jaas?.options ?? {}),
    }
  }
  const username = found.text('sasl.username') ?? jaas?.options.username
  const password = found.secret('sasl.password') ?? jaas?.options.password
  if (username === undefined) throw new OperatorError(`${mechanism} needs a name`, { hint: 'sasl.username=…' })
  if (password === undefined) {
    throw new OperatorError(`${mechanism} needs a password`, {
      hint: "sasl.password.command='pass show kafka', sasl.password.env=NAME, sasl.password.file=FILE or sasl.password=…",
    })
  }
  return { mechanism: mechanism as 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512', username, password }
}

/** KIP-342: names are letters, values printable; `auth` is the token's own. In JAAS they begin with `extension_`. */
function extensions(text: string, jaas: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const pairs = text
    .split(',')
    .filter(part => part.trim() !== '')
    .map(part => [part.slice(0, part.indexOf('=')).trim(), part.slice(part.indexOf('=') + 1).trim()] as const)
  const fromJaas = Object.entries(jaas)
    .filter(([name]) => name.startsWith('extension_'))
    .map(([name, value]) => [name.slice('extension_'.length), value] as const)
  for (const [name, value] of [...pairs, ...fromJaas]) {
    if (!/^[A-Za-z]+$/.test(name) || name === 'auth' || !/^[\x20-\x7e\t\r\n]*$/.test(value)) {
      throw new OperatorError('sasl.oauthbearer.extensions must be name=value, with commas between; names are letters')
    }
  }
  return Object.fromEntries([...fromJaas, ...pairs])
}

import { dataProperties } from './data-properties.ts'

/**
 * The names that people know from Java's clients and from librdkafka, as data: what each means here. A property is read
 * wherever it comes from (`-X`, environment, project file, profile) by this table alone.
 */

/** What the text of a property must be. */
export type PropertyKind = 'text' | 'secret' | 'file' | 'whole' | 'switch' | 'brokers' | 'choice'

export interface PropertySpec {
  readonly name: string
  readonly kind: PropertyKind
  /** Names under which other clients know it. */
  readonly aliases?: readonly string[]
  readonly choices?: readonly string[]
  /** Choices and switches that others write differently. */
  readonly synonyms?: Readonly<Record<string, string>>
  readonly default?: string
  readonly doc: string
}

/**
 * A secret may be given by itself, or by where it is found: NAME.env (an environment variable), NAME.file (the first
 * line of a file), NAME.command (what a command prints).
 */
export const secretSources = ['env', 'file', 'command'] as const
export type SecretSource = (typeof secretSources)[number]

const protocols = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'] as const

export const clientProperties = [
  {
    name: 'bootstrap.servers',
    aliases: ['metadata.broker.list', 'brokers'],
    kind: 'brokers',
    default: '127.0.0.1:9092',
    doc: 'Where to connect first: host:port, several with commas between.',
  },
  {
    name: 'client.id',
    kind: 'text',
    default: 'streamctl',
    doc: 'The name of this client in the logs and quotas of brokers.',
  },
  {
    name: 'security.protocol',
    kind: 'choice',
    choices: protocols,
    doc: 'PLAINTEXT, SSL (that is TLS), SASL_PLAINTEXT or SASL_SSL. Where only ssl. properties are set: with TLS.',
  },
  {
    name: 'sasl.mechanism',
    aliases: ['sasl.mechanisms'],
    kind: 'choice',
    choices: ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER'],
    doc: 'How to log in.',
  },
  { name: 'sasl.username', kind: 'text', doc: 'The name for PLAIN and SCRAM.' },
  { name: 'sasl.password', kind: 'secret', doc: 'The password for PLAIN and SCRAM.' },
  {
    name: 'sasl.jaas.config',
    kind: 'secret',
    doc: 'Java\'s way to give name and password, or client id and secret: `…LoginModule required username="…" password="…";`',
  },
  {
    name: 'sasl.oauthbearer.token',
    kind: 'secret',
    doc: 'A token for OAUTHBEARER. A command is asked for a new one when it is needed.',
  },
  {
    name: 'sasl.oauthbearer.token.endpoint.url',
    kind: 'text',
    doc: 'Where to get a token for a client id and secret (OAuth 2 client credentials), or a file:// URL that holds one.',
  },
  {
    name: 'sasl.oauthbearer.client.id',
    aliases: ['sasl.oauthbearer.client.credentials.client.id'],
    kind: 'text',
    doc: 'The client id for the token endpoint.',
  },
  {
    name: 'sasl.oauthbearer.client.secret',
    aliases: ['sasl.oauthbearer.client.credentials.client.secret'],
    kind: 'secret',
    doc: 'The client secret for the token endpoint.',
  },
  { name: 'sasl.oauthbearer.scope', kind: 'text', doc: 'What the token shall be for.' },
  {
    name: 'sasl.oauthbearer.extensions',
    kind: 'text',
    doc: 'Names and values that go with the token (KIP-342): name=value, with commas between.',
  },
  {
    name: 'ssl.ca.location',
    kind: 'file',
    doc: "Certificates (PEM) of the authorities to trust. Without it: the system's and Mozilla's.",
  },
  { name: 'ssl.truststore.location', kind: 'file', doc: "The same, by Java's name; PEM only." },
  {
    name: 'ssl.ca.pem',
    aliases: ['ssl.truststore.certificates'],
    kind: 'text',
    doc: 'The same, as text instead of a file.',
  },
  { name: 'ssl.certificate.location', kind: 'file', doc: 'Our certificate (PEM), for brokers that want one.' },
  { name: 'ssl.certificate.pem', aliases: ['ssl.keystore.certificate.chain'], kind: 'text', doc: 'The same, as text.' },
  { name: 'ssl.key.location', kind: 'file', doc: 'The key of our certificate (PEM).' },
  { name: 'ssl.key.pem', aliases: ['ssl.keystore.key'], kind: 'secret', doc: 'The same, as text.' },
  { name: 'ssl.keystore.location', kind: 'file', doc: 'Certificate and key in one file: PEM or PKCS #12.' },
  { name: 'ssl.key.password', kind: 'secret', doc: 'The password of the key.' },
  { name: 'ssl.keystore.password', kind: 'secret', doc: 'The password of a PKCS #12 file.' },
  {
    name: 'ssl.endpoint.identification.algorithm',
    kind: 'choice',
    choices: ['https', 'none'],
    synonyms: { '': 'none' },
    default: 'https',
    doc: "https: the broker's certificate must be for the name that we connect to. none, or nothing: for any.",
  },
  {
    name: 'enable.ssl.certificate.verification',
    kind: 'switch',
    default: 'true',
    doc: 'false takes any certificate: whoever sits between can read along.',
  },
  {
    name: 'ssl.enabled.protocols',
    aliases: ['ssl.protocol'],
    kind: 'text',
    default: 'TLSv1.2,TLSv1.3',
    doc: 'The versions of TLS to use, with commas between.',
  },
  { name: 'ssl.cipher.suites', kind: 'text', doc: "The ciphers of TLS to offer, in OpenSSL's words." },
  {
    name: 'request.timeout.ms',
    aliases: ['socket.timeout.ms'],
    kind: 'whole',
    default: '30000',
    doc: 'How long any answer may take, besides the time that a broker waits on purpose.',
  },
  {
    name: 'socket.connection.setup.timeout.ms',
    kind: 'whole',
    default: '5000',
    doc: 'How long a connection may take, TLS included.',
  },
  {
    name: 'default.api.timeout.ms',
    kind: 'whole',
    default: '15000',
    doc: 'How long requests that can be repeated are tried again.',
  },
  {
    name: 'broker.address.family',
    kind: 'choice',
    choices: ['any', 'v4', 'v6'],
    default: 'any',
    doc: 'Which addresses of a name to connect to.',
  },
] as const satisfies readonly PropertySpec[]

/** The name of a property of connections. */
export type PropertyName = (typeof clientProperties)[number]['name']

const byName: ReadonlyMap<string, PropertySpec> = new Map<string, PropertySpec>(
  (clientProperties as readonly PropertySpec[]).flatMap(spec =>
    [spec.name, ...(spec.aliases ?? [])].map(name => [name, spec] as const),
  ),
)

/** What is done with a name: it means something, is taken and changes nothing, or is refused; or nobody knows it. */
export type PropertyMeaning =
  | { readonly kind: 'known'; readonly spec: PropertySpec; readonly source?: SecretSource }
  | { readonly kind: 'ignored'; readonly reason: string; readonly isForCommands?: boolean }
  | { readonly kind: 'refused'; readonly reason: string; readonly hint?: string }
  | { readonly kind: 'unknown' }

/** Looks a name up that a user wrote. */
export function meaningOf(name: string): PropertyMeaning {
  // librdkafka reads properties of topics with and without this prefix.
  const bare = name.replace(/^topic\./, '')
  const spec = byName.get(bare)
  if (spec) return { kind: 'known', spec }
  const source = secretSources.find(ending => bare.endsWith(`.${ending}`))
  const secret = source && byName.get(bare.slice(0, -source.length - 1))
  if (secret?.kind === 'secret') return { kind: 'known', spec: secret, source }
  const refused = refusedProperties[bare]
  if (refused) return { kind: 'refused', ...refused }
  const ignored = ignoredProperties.find(({ names }) => names.includes(bare))
  if (ignored) return { kind: 'ignored', reason: ignored.reason }
  const data = dataProperties.find(({ names }) => names.includes(bare))
  if (data) return { kind: 'ignored', reason: data.reason, isForCommands: true }
  return { kind: 'unknown' }
}

/** All names that are taken, for suggestions and completion. */
export function propertyNames(): readonly string[] {
  return [...byName.keys(), ...[...ignoredProperties, ...dataProperties].flatMap(({ names }) => names)]
}

const refusedProperties: Readonly<Record<string, { readonly reason: string; readonly hint?: string }>> = {
  'sasl.kerberos.service.name': {
    reason: 'Kerberos (GSSAPI) is not built in',
    hint: 'sasl.mechanism=SCRAM-SHA-512, PLAIN or OAUTHBEARER',
  },
  'sasl.kerberos.principal': { reason: 'Kerberos (GSSAPI) is not built in' },
  'sasl.kerberos.keytab': { reason: 'Kerberos (GSSAPI) is not built in' },
  'sasl.login.callback.handler.class': {
    reason: 'Java classes cannot be loaded',
    hint: 'sasl.oauthbearer.token.command runs a program that prints a token',
  },
  'sasl.client.callback.handler.class': { reason: 'Java classes cannot be loaded' },
  'ssl.engine.factory.class': { reason: 'Java classes cannot be loaded' },
  'ssl.truststore.password': {
    reason: 'a trust store with a password is JKS or PKCS #12, and only PEM can be read',
    hint: 'keytool -exportcert -rfc -keystore FILE -alias NAME > ca.pem, then ssl.ca.location=ca.pem',
  },
  'interceptor.classes': { reason: 'Java classes cannot be loaded' },
  'plugin.library.paths': { reason: "librdkafka's plug-ins cannot be loaded" },
  'ssl.engine.location': { reason: "OpenSSL's engines cannot be loaded" },
  'ssl.providers': { reason: "OpenSSL's providers cannot be chosen" },
  'message.format.version': { reason: 'brokers since 4.0 know record format v2 only' },
}

const ignoredProperties: readonly { readonly reason: string; readonly names: readonly string[] }[] = [
  {
    reason: 'connections live as long as the command needs them, and are opened again when a broker closes them',
    names: [
      'connections.max.idle.ms',
      'socket.max.fails',
      'log.connection.close',
      'socket.keepalive.enable',
      'socket.nagle.disable',
    ],
  },
  {
    reason: 'pauses between attempts grow from 50 ms to 2 s',
    names: [
      'reconnect.backoff.ms',
      'reconnect.backoff.max.ms',
      'retry.backoff.ms',
      'retry.backoff.max.ms',
      'socket.connection.setup.timeout.max.ms',
      'reconnect.backoff.jitter.ms',
      'metadata.recovery.strategy',
      'metadata.recovery.rebootstrap.trigger.ms',
    ],
  },
  {
    reason: 'metadata is asked for when it is needed',
    names: [
      'metadata.max.age.ms',
      'metadata.max.idle.ms',
      'topic.metadata.refresh.interval.ms',
      'topic.metadata.refresh.fast.interval.ms',
      'topic.metadata.refresh.sparse',
      'topic.metadata.propagation.max.ms',
      'client.dns.lookup',
      'broker.address.ttl',
    ],
  },
  {
    reason: 'the versions that a broker speaks are always asked for',
    names: [
      'api.version.request',
      'api.version.request.timeout.ms',
      'api.version.fallback.ms',
      'broker.version.fallback',
    ],
  },
  {
    reason: 'the form of a key or certificate is seen from its content',
    names: [
      'ssl.truststore.type',
      'ssl.keystore.type',
      'ssl.provider',
      'ssl.keymanager.algorithm',
      'ssl.trustmanager.algorithm',
      'ssl.secure.random.implementation',
    ],
  },
  {
    reason: 'the buffers of sockets are those of the system',
    names: [
      'send.buffer.bytes',
      'receive.buffer.bytes',
      'socket.send.buffer.bytes',
      'socket.receive.buffer.bytes',
      'socket.blocking.max.ms',
    ],
  },
  {
    reason: 'nothing is measured or logged for others',
    names: [
      'metric.reporters',
      'metrics.num.samples',
      'metrics.recording.level',
      'metrics.sample.window.ms',
      'auto.include.jmx.reporter',
      'enable.metrics.push',
      'statistics.interval.ms',
      'debug',
      'log_level',
      'log.queue',
      'log.thread.name',
      'client.rack',
      'internal.termination.signal',
    ],
  },
  {
    reason: 'a token is asked for when it is needed',
    names: [
      'sasl.oauthbearer.method',
      'sasl.login.refresh.buffer.seconds',
      'sasl.login.refresh.min.period.seconds',
      'sasl.login.refresh.window.factor',
      'sasl.login.refresh.window.jitter',
      'sasl.login.connect.timeout.ms',
      'sasl.login.read.timeout.ms',
      'sasl.login.retry.backoff.ms',
      'sasl.login.retry.backoff.max.ms',
      'sasl.login.class',
    ],
  },
  {
    reason: 'records are bytes here',
    names: ['key.serializer', 'value.serializer', 'key.deserializer', 'value.deserializer'],
  },
]

import { readFileSync } from 'node:fs'
import path from 'node:path'
import { parseBrokerList } from '../../client/address.ts'
import { clientProperties } from '../../client/properties.ts'
import type { BrokerOptions } from '../options.ts'
import { KcatError } from './kcat-error.ts'
import type { KcatOptions } from './kcat-options.ts'

/** Properties of librdkafka that mean something to the applet itself, with librdkafka's defaults. */
const own = {
  'auto.offset.reset': 'largest',
  acks: '-1',
  'compression.codec': 'none',
  'enable.idempotence': 'false',
  'isolation.level': 'read_committed',
  partitioner: 'consistent_random',
  'transactional.id': '',
  'transaction.timeout.ms': '60000',
  'message.max.bytes': '1000000',
  'message.timeout.ms': '300000',
  'allow.auto.create.topics': '',
  'group.id': '',
  'session.timeout.ms': '45000',
  'heartbeat.interval.ms': '3000',
} as const

export type KcatProperty = keyof typeof own

const aliases: Readonly<Record<string, KcatProperty>> = {
  'request.required.acks': 'acks',
  'compression.type': 'compression.codec',
  'delivery.timeout.ms': 'message.timeout.ms',
}

/**
 * Names of librdkafka for how it works inside: buffers, timings, statistics. They are taken and have no effect; what comes
 * out is the same.
 */
const inner =
  /^(queue|queued|fetch|batch|statistics|socket|topic\.metadata|metadata|reconnect|retry|retries|log|debug|api\.version|broker\.version|broker\.address|offset|auto\.commit|enable\.|linger|max|message|receive|connections|request|builtin|client\.(rack|software)|coordinator|group\.(instance|protocol)|check|consume|delivery|compression|partition|sticky|internal|open|interceptors|plugin|msg_order|produce|sasl|ssl|security|allow|test|default|background|error|throttle|receive|topic\.blacklist|isolation|enabled)/

/** What `-X`, `-F`, `-b`, `-z` and the configuration files say, together. */
export interface KcatSettings {
  readonly broker: BrokerOptions
  readonly get: (name: KcatProperty) => string
  /** Some property says where the brokers are. */
  readonly hasBrokers: boolean
}

/** Puts the settings together; the command line is stronger than files. Throws `KcatError` for names that do not exist. */
export function kcatSettings(
  options: KcatOptions,
  variables: Readonly<Record<string, string | undefined>>,
): KcatSettings {
  const values = new Map<string, string>()
  const connection: { name: string; value: string }[] = []
  const given = [...fileProperties(options, variables), ...options.properties]
  if (options.compression !== undefined) given.push(['compression.codec', options.compression])
  for (const [givenName, value] of given) {
    const name = givenName.replace(/^topic\.(?!metadata|blacklist)/, '')
    const known = aliases[name] ?? name
    if (Object.hasOwn(own, known)) values.set(known, value)
    else if (isConnectionProperty(name)) connection.push({ name, value })
    else if (!inner.test(name)) throw new KcatError('fatal', `No such configuration property: "${givenName}"`)
  }
  return {
    broker: {
      ...(options.brokers !== undefined && { brokers: parseBrokerList(options.brokers) }),
      property: [[{ name: 'client.id', value: 'rdkafka' }, ...connection]],
    },
    get: name => values.get(name) ?? own[name],
    hasBrokers: connection.some(({ name }) => brokerNames.has(name)),
  }
}

const brokerNames: ReadonlySet<string> = new Set(['bootstrap.servers', 'metadata.broker.list', 'brokers'])

/** The names for `-X list`. */
export function knownProperties(): readonly string[] {
  return [...clientProperties.map(({ name }) => name), ...Object.keys(own)].toSorted()
}

function isConnectionProperty(name: string): boolean {
  return clientProperties.some(
    spec => spec.name === name || ('aliases' in spec && spec.aliases.some(alias => alias === name)),
  )
}

/** `-F FILE`, else KCAT_CONFIG, else the file in the home directory: the first that there is. */
function fileProperties(
  { configFile }: KcatOptions,
  variables: Readonly<Record<string, string | undefined>>,
): [name: string, value: string][] {
  if (configFile === '-' || configFile === 'none') return []
  const named = configFile ?? (variables.KCAT_CONFIG || variables.KAFKACAT_CONFIG || undefined)
  if (named !== undefined) return readProperties(named, true)
  return variables.HOME ? readProperties(path.join(variables.HOME, '.config', 'kcat.conf'), false) : []
}

function readProperties(file: string, mustExist: boolean): [name: string, value: string][] {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if (!mustExist) return []
    throw new KcatError('fatal', `Failed to open ${file}: ${(error as Error).message}`, { cause: error })
  }
  return text.split('\n').flatMap((line, at): [string, string][] => {
    const trimmed = line.trim()
    if (trimmed === '' || trimmed.startsWith('#')) return []
    const equals = trimmed.indexOf('=')
    if (equals < 1) throw new KcatError('fatal', `${file}:${at + 1}: Expected name=value`)
    return [[trimmed.slice(0, equals), trimmed.slice(equals + 1)]]
  })
}

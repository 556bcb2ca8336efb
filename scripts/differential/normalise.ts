import { errorName } from '../../src/protocol/errors.ts'
import { batchesIn, readBatchHeader } from '../../src/protocol/records/batch.ts'

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }

/** Fields that say who answers or how busy it is, not what it decided. */
const ignoredFields: ReadonlySet<string> = new Set([
  'throttleTimeMs',
  'host',
  'port',
  'clusterId',
  'nodeId',
  'brokerId',
  'leaderId',
  'leader',
  'controllerId',
  'replicaNodes',
  'isrNodes',
  'offlineReplicas',
  'eligibleLeaderReplicas',
  'lastKnownElr',
])

/** What tells the items of a list apart; brokers may answer them in any order. */
const identityFields = [
  'name',
  'topic',
  'topicName',
  'entityType',
  'resourceType',
  'resourceName',
  'groupId',
  'memberId',
  'transactionalId',
  'producerId',
  'apiKey',
  'feature',
  'partitionIndex',
  'partition',
  'index',
] as const

const dayMs = 86_400_000

/** Makes answers of two brokers comparable: names for what each chose itself, error names, batches as their headers. */
export class Normaliser {
  readonly baseTimestamp: number
  readonly #nowMs: number
  readonly #scope: string
  readonly #symbols = new Map<number | string, string>()

  constructor(options: { readonly nowMs: number; readonly scope: string }) {
    this.#nowMs = options.nowMs
    this.#scope = options.scope
    this.baseTimestamp = options.nowMs - 2 * dayMs
  }

  learn(symbol: string, value: number | string): void {
    if (!this.#symbols.has(value)) this.#symbols.set(value, `<${symbol}>`)
  }

  normalise(value: unknown, field = ''): Json {
    if (value === null || value === undefined || typeof value === 'boolean') return value ?? null
    if (typeof value === 'number') return this.#number(value, field)
    // The sentences are ours; that there is one is compared.
    if (typeof value === 'string') return /message$/i.test(field) ? '<message>' : this.#text(value)
    if (Buffer.isBuffer(value)) return field === 'records' ? batchesOf(value, this) : value.toString('hex')
    if (Array.isArray(value)) return byIdentity(value.map(item => this.normalise(item, field)))
    // Beside a success some answers have the name of that code as their message, others none.
    const isSuccess = (value as { errorCode?: unknown }).errorCode === 0
    const fields = Object.entries(value).filter(
      ([name]) => !ignoredFields.has(name) && !(isSuccess && name === 'errorMessage'),
    )
    return Object.fromEntries(fields.map(([name, inner]) => [name, this.normalise(inner, name)]))
  }

  #number(value: number, field: string): Json {
    if (/errorCode$/i.test(field)) return errorName(value)
    // Other numbers, such as offsets, may happen to be the same.
    if (/producerId$/i.test(field)) return this.#symbols.get(value) ?? value
    if (Math.abs(value - this.baseTimestamp) < dayMs) return `base+${value - this.baseTimestamp}`
    if (Math.abs(value - this.#nowMs) < dayMs) return '<now>'
    return value
  }

  #text(text: string): string {
    const symbol = this.#symbols.get(text)
    return symbol ?? text.replaceAll(`-${this.#scope}`, '')
  }
}

function batchesOf(records: Buffer, normaliser: Normaliser): Json {
  return [...batchesIn(records)].map(at => {
    const { baseOffset, recordCount, attributes, producerId, producerEpoch, baseSequence } = readBatchHeader(
      records,
      at,
    )
    return normaliser.normalise({ baseOffset, recordCount, attributes, producerId, producerEpoch, baseSequence })
  })
}

/** A list whose items have names becomes fields of these names, so that each is compared with its like. */
function byIdentity(items: readonly Json[]): Json {
  if (items.every(item => typeof item === 'number')) return [...items].sort((one, other) => one - other)
  const identities = items.map(identityOf)
  const isNamed = identities.every(name => name !== undefined) && new Set(identities).size === items.length
  if (!isNamed || items.length === 0) return [...items].sort((one, other) => (textOf(one) < textOf(other) ? -1 : 1))
  return Object.fromEntries(items.map((item, at) => [`[${identities[at]}]`, item] as const).sort())
}

function textOf(item: Json): string {
  return JSON.stringify(item)
}

function identityOf(item: Json): string | undefined {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) return undefined
  const fields = item as { readonly [name: string]: Json }
  const parts = identityFields.filter(name => name in fields).map(name => String(fields[name]))
  return parts.length > 0 ? parts.join(' ') : undefined
}

import { isIP } from 'node:net'
import { InvalidSetting, intMax } from './kinds.ts'

/** Kafka's names of what a quota may be for, as they stand in requests. */
export const quotaEntityTypes = ['user', 'client-id', 'ip'] as const
export type QuotaEntityType = (typeof quotaEntityTypes)[number]

/** Whom a quota is for: one or two names. null is the default of all that have none of their own. */
export type QuotaEntity = { readonly [Type in QuotaEntityType]?: string | null }

interface Quota {
  readonly of: 'client' | 'ip'
  readonly whole: boolean
  readonly max: number
}

/**
 * Every quota (KIP-13, KIP-124, KIP-599, KIP-612): bytes a second, time on the processor in percent of one, partitions
 * that are created or deleted a second, connections a second.
 */
const quotas = {
  producer_byte_rate: { of: 'client', whole: true, max: Infinity },
  consumer_byte_rate: { of: 'client', whole: true, max: Infinity },
  request_percentage: { of: 'client', whole: false, max: Infinity },
  controller_mutation_rate: { of: 'client', whole: false, max: Infinity },
  connection_creation_rate: { of: 'ip', whole: true, max: intMax },
} as const satisfies Record<string, Quota>

export type QuotaName = keyof typeof quotas
export type QuotaValues = ReadonlyMap<QuotaName, number>

/** One operation of AlterClientQuotas; null removes. */
export interface QuotaAlteration {
  readonly name: string
  readonly value: number | null
}

export interface QuotaEntry {
  readonly entity: QuotaEntity
  readonly values: QuotaValues
}

/** Who asks: '' where a client has no client id, to which no quota of client ids applies. */
export interface QuotaClient {
  readonly user: string
  readonly clientId: string
}

export interface QuotaLimit {
  readonly limit: number
  /** All with the same one share the limit. */
  readonly sharedBy: string
}

const rememberedMax = 10_000

/** The limits that were set for clients. What has been used of them is kept elsewhere. */
export class ClientQuotas {
  readonly #entries = new Map<string, QuotaEntry>()
  readonly #counts = new Map<QuotaName, number>()
  /** What was found for clients, because it is looked for with every request; null is no limit. */
  readonly #found = new Map<string, QuotaLimit | null>()

  get size(): number {
    return this.#entries.size
  }

  /** Whether the quota is set for anybody. */
  isSet(name: QuotaName): boolean {
    return (this.#counts.get(name) ?? 0) > 0
  }

  /** Everything that is set, ordered by entity. */
  entries(): readonly QuotaEntry[] {
    return [...this.#entries].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry)
  }

  /** What the entity has after the alterations, each checked. Changes nothing. Throws `InvalidSetting`. */
  altered(entity: QuotaEntity, alterations: readonly QuotaAlteration[]): QuotaValues {
    checkEntity(entity)
    const kind = entity.ip === undefined ? 'client' : 'ip'
    const values = new Map(this.#entries.get(quotaKey(entity))?.values)
    const seen = new Set<string>()
    for (const { name, value } of alterations) {
      if (seen.has(name)) throw refused(`the quota '${name}' is named twice`)
      seen.add(name)
      // What is not known (any more) may still be removed.
      if (value === null) values.delete(name as QuotaName)
      else values.set(checkedName(name, kind), checkedValue(name, value))
    }
    return values
  }

  /** Sets what was `altered`. It holds at once. Returns what to store for `restore`; null where a quota was removed. */
  set(entity: QuotaEntity, values: QuotaValues): Readonly<Record<string, string | null>> {
    const key = quotaKey(entity)
    this.#found.clear()
    const before: QuotaValues = this.#entries.get(key)?.values ?? new Map()
    const changes: Record<string, string | null> = {}
    for (const name of before.keys()) {
      this.#counts.set(name, (this.#counts.get(name) ?? 0) - 1)
      if (!values.has(name)) changes[name] = null
    }
    for (const [name, value] of values) {
      this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1)
      if (before.get(name) !== value) changes[name] = String(value)
    }
    if (values.size > 0) this.#entries.set(key, { entity, values })
    else this.#entries.delete(key)
    return changes
  }

  /** Takes over what was stored, by `quotaKey`. Returns the keys that this version does not take: they are passed over. */
  restore(stored: ReadonlyMap<string, Readonly<Record<string, string>>>): readonly string[] {
    const passedOver: string[] = []
    for (const [key, texts] of stored) {
      try {
        const entity = JSON.parse(key) as QuotaEntity
        const alterations = Object.entries(texts).map(([name, text]) => ({ name, value: Number(text) }))
        this.set(entity, this.altered(entity, alterations))
      } catch (error) {
        if (!(error instanceof InvalidSetting)) throw error
        passedOver.push(key)
      }
    }
    return passedOver
  }

  /**
   * What holds for a client, or undefined without a limit. The most precise one that is set, in Kafka's order (KIP-55):
   * a user's client id, the user, the same for the default of users, the client id alone, the default of client ids.
   */
  limitFor(name: QuotaName, client: QuotaClient): QuotaLimit | undefined {
    const key = `${name}\0${client.user}\0${client.clientId}`
    const known = this.#found.get(key)
    if (known !== undefined) return known ?? undefined
    if (this.#found.size >= rememberedMax) this.#found.clear()
    const limit = this.#find(name, client)
    this.#found.set(key, limit ?? null)
    return limit
  }

  /** What holds for connections from an address. */
  limitForAddress(name: QuotaName, ip: string): QuotaLimit | undefined {
    return this.#limit(name, { ip }, ip) ?? this.#limit(name, { ip: null }, ip)
  }

  #find(name: QuotaName, { user, clientId }: QuotaClient): QuotaLimit | undefined {
    const both = JSON.stringify([user, clientId])
    const ofUser = JSON.stringify([user])
    const ofClientId = JSON.stringify([null, clientId])
    const withClientId = clientId !== ''
    return (
      (withClientId && this.#limit(name, { user, 'client-id': clientId }, both)) ||
      (withClientId && this.#limit(name, { user, 'client-id': null }, both)) ||
      this.#limit(name, { user }, ofUser) ||
      (withClientId && this.#limit(name, { user: null, 'client-id': clientId }, both)) ||
      (withClientId && this.#limit(name, { user: null, 'client-id': null }, both)) ||
      this.#limit(name, { user: null }, ofUser) ||
      (withClientId && this.#limit(name, { 'client-id': clientId }, ofClientId)) ||
      (withClientId && this.#limit(name, { 'client-id': null }, ofClientId)) ||
      undefined
    )
  }

  #limit(name: QuotaName, entity: QuotaEntity, sharedBy: string): QuotaLimit | undefined {
    const limit = this.#entries.get(quotaKey(entity))?.values.get(name)
    return limit === undefined ? undefined : { limit, sharedBy }
  }
}

/** The same text for the same entity, which `restore` can read. */
export function quotaKey(entity: QuotaEntity): string {
  return JSON.stringify(entity, [...quotaEntityTypes])
}

/** The entity of these names. Throws `InvalidSetting` for a type that is unknown or comes twice. */
export function quotaEntity(names: readonly { readonly type: string; readonly name: string | null }[]): QuotaEntity {
  const entity: { [Type in QuotaEntityType]?: string | null } = {}
  for (const { type, name } of names) {
    const known = quotaEntityTypes.find(one => one === type)
    if (known === undefined) throw refused(`there are no quotas of '${type}'`)
    if (known in entity) throw refused(`'${type}' is named twice`)
    entity[known] = name
  }
  return entity
}

function checkEntity(entity: QuotaEntity): void {
  const names = Object.entries(entity)
  if (names.length === 0) throw refused('a quota must be for somebody')
  for (const [type, name] of names) if (name === '') throw refused(`the name of the ${type} is empty`)
  const { ip } = entity
  if (ip === undefined) return
  if (names.length > 1) throw refused('a quota is for an ip, or for a user and a client-id')
  if (ip !== null && isIP(ip) === 0) throw refused(`'${ip}' is no ip address`)
}

function checkedName(name: string, kind: 'client' | 'ip'): QuotaName {
  const quota: Quota | undefined = Object.hasOwn(quotas, name) ? quotas[name as QuotaName] : undefined
  if (quota?.of !== kind) throw refused(`there is no quota '${name}' for ${kind === 'ip' ? 'an ip' : 'clients'}`)
  return name as QuotaName
}

function checkedValue(name: string, value: number): number {
  const { whole, max }: Quota = quotas[name as QuotaName]
  if (!(value > 0)) throw refused(`${name} must be above 0`)
  // Kafka allows for what a double makes of a whole number.
  if (whole && value % 1 > 1e-6) throw refused(`${name} must be a whole number`)
  if (value > max) throw refused(`${name} must be at most ${max}`)
  return value
}

function refused(message: string): InvalidSetting {
  return new InvalidSetting(message, 'request')
}

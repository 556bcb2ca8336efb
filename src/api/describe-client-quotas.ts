import { type QuotaEntity, type QuotaEntityType, quotaEntityTypes } from '../config/client-quotas.ts'
import type { RequestOf } from '../protocol/codec.ts'
import { ErrorCode, KafkaError } from '../protocol/errors.ts'
import { describeClientQuotasApi } from '../protocol/messages/describe-client-quotas.ts'
import { handler } from './handle.ts'
import { inOrder } from './quota-entity-order.ts'

// DescribeClientQuotas v0-1: what was set, not what follows from it for a client.

type Component = RequestOf<typeof describeClientQuotasApi>['components'][number]

/** A name to match, null for the default, or anything of the type. */
type Wanted = string | null | typeof anyName
const anyName = Symbol('any name')

const matchExact = 0
const matchDefault = 1
const matchSpecified = 2

export const describeClientQuotas = handler(describeClientQuotasApi, {
  handle({ components, strict }, _call, { quotas }) {
    const filter = filterOf(components)
    const entries = quotas.limits.entries().filter(({ entity }) => matches(entity, filter, strict))
    return {
      throttleTimeMs: 0,
      errorCode: ErrorCode.none,
      errorMessage: null,
      entries: entries.map(({ entity, values }) => ({
        entity: inOrder(Object.entries(entity).map(([entityType, entityName]) => ({ entityType, entityName }))),
        values: Array.from(values, ([key, value]) => ({ key, value })),
      })),
    }
  },
  refuse: (_request, failure) => ({ throttleTimeMs: 0, ...failure, entries: null }),
})

/** Checks in Kafka's order. */
function filterOf(components: readonly Component[]): ReadonlyMap<QuotaEntityType, Wanted> {
  const filter = new Map<QuotaEntityType, Wanted>()
  for (const component of components) {
    const { entityType } = component
    if (entityType === '') throw invalid('the type of the entity is empty')
    const type = quotaEntityTypes.find(one => one === entityType)
    if (type !== undefined && filter.has(type)) throw invalid(`'${entityType}' stands in the filter twice`)
    if (type === undefined) throw new KafkaError(ErrorCode.unsupportedVersion, `there are no quotas of '${entityType}'`)
    filter.set(type, wantedOf(component))
  }
  if (filter.has('ip') && filter.size > 1) throw invalid('a filter is for ip, or for user and client-id')
  return filter
}

function wantedOf({ matchType, match }: Component): Wanted {
  switch (matchType) {
    case matchExact:
      if (match === null) throw invalid('an exact match needs a name')
      return match
    case matchDefault:
    case matchSpecified:
      if (match !== null) throw invalid('only an exact match has a name')
      return matchType === matchDefault ? null : anyName
    default:
      throw invalid(`unknown match type ${matchType}`)
  }
}

/** Kafka takes the default for a name, too, where any is wanted. `strict` excludes what has further types. */
function matches(entity: QuotaEntity, filter: ReadonlyMap<QuotaEntityType, Wanted>, strict: boolean): boolean {
  if (strict && Object.keys(entity).length !== filter.size) return false
  return [...filter].every(([type, wanted]) => {
    const name = entity[type]
    return name !== undefined && (wanted === anyName || wanted === name)
  })
}

function invalid(message: string): KafkaError {
  return new KafkaError(ErrorCode.invalidRequest, message)
}

import { type QuotaAlteration, type QuotaEntity, quotaEntity, quotaKey } from '../config/client-quotas.ts'
import type { RequestOf } from '../protocol/codec.ts'
import { ErrorCode, KafkaError } from '../protocol/errors.ts'
import { alterClientQuotasApi } from '../protocol/messages/alter-client-quotas.ts'
import { refusingInvalidSettings } from './config-resources.ts'
import { handler, type Services, settleAsync } from './handle.ts'
import { inOrder } from './quota-entity-order.ts'
import { repeated } from './repeated.ts'

// AlterClientQuotas v0-1. Each entity by itself; what is answered is durable. As in Kafka, whatever is wrong with an entry
// is INVALID_REQUEST. Left out: names of hosts as `ip`, which Kafka resolves.

type Entry = RequestOf<typeof alterClientQuotasApi>['entries'][number]

export const alterClientQuotas = handler(alterClientQuotasApi, {
  async handle({ entries, validateOnly }, _call, services) {
    const duplicates = repeated(entries.map(nameOf))
    const answered = entries.map(async entry => {
      const outcome = await settleAsync(async () => {
        if (duplicates.has(nameOf(entry))) throw new KafkaError(ErrorCode.invalidRequest, 'the entity is named twice')
        await alter(entry, validateOnly, services)
        return {}
      })
      return { entity: inOrder(entry.entity), ...outcome }
    })
    return { throttleTimeMs: 0, entries: await Promise.all(answered) }
  },
  refuse: ({ entries }, failure) => ({
    throttleTimeMs: 0,
    entries: entries.map(({ entity }) => ({ entity: inOrder(entity), ...failure })),
  }),
})

async function alter(entry: Entry, validateOnly: boolean, { quotas, saveSettings }: Services): Promise<void> {
  const { limits } = quotas
  const { entity, values } = refusingInvalidSettings(() => {
    const named = entityOf(entry)
    return { entity: named, values: limits.altered(named, entry.ops.map(alterationOf)) }
  })
  if (!validateOnly) await saveSettings({ kind: 'quota', entity: quotaKey(entity) }, limits.set(entity, values))
}

function entityOf({ entity }: Entry): QuotaEntity {
  return quotaEntity(entity.map(({ entityType, entityName }) => ({ type: entityType, name: entityName })))
}

function alterationOf({ key, value, remove }: Entry['ops'][number]): QuotaAlteration {
  return { name: key, value: remove ? null : value }
}

/** The same for the same entity, in whatever order it is named. */
function nameOf({ entity }: Entry): string {
  return JSON.stringify(entity.map(({ entityType, entityName }) => [entityType, entityName]).sort())
}

import { ClientQuotas } from '../config/client-quotas.ts'
import { Configuration } from '../config/configuration.ts'
import { InvalidSetting } from '../config/kinds.ts'
import { restoredGroup } from '../group/group-record.ts'
import type { Settings } from '../storage/change.ts'
import { type VerifyOptions, type VerifySummary, verifyDirectory } from '../storage/verify.ts'
import { entryOf } from '../transaction/transaction-entry.ts'

export type { Finding, VerifyProgress, VerifySummary } from '../storage/verify.ts'

/**
 * Verifies all of a data directory on which no node is running, and changes nothing in it: see `verifyDirectory`. What
 * groups, transactions and settings stand for is read as the node would read it.
 */
export function checkData(options: Omit<VerifyOptions, 'readers'>): Promise<VerifySummary> {
  const configuration = new Configuration()
  return verifyDirectory({
    ...options,
    readers: {
      group: stored => void restoredGroup(stored),
      transaction: stored => {
        const { transaction } = entryOf(stored)
        return { producerId: transaction.producerId, isOpen: transaction.state === 'Ongoing' }
      },
      settings: (owner, settings) => passedOver(configuration, owner, settings),
    },
  })
}

function passedOver(
  configuration: Configuration,
  { kind, id }: { readonly kind: string; readonly id: string },
  settings: Settings,
): readonly string[] {
  switch (kind) {
    case 'broker':
      return configuration.restore(settings)
    case 'quota':
      return new ClientQuotas().restore(new Map([[id, settings]])).length > 0 ? Object.keys(settings) : []
    case 'topic':
      return Object.entries(settings).flatMap(([name, text]) => (isTaken(configuration, name, text) ? [] : [name]))
    default:
      return []
  }
}

function isTaken(configuration: Configuration, name: string, text: string): boolean {
  try {
    configuration.checkTopicOverrides(new Map([[name, text]]))
    return true
  } catch (error) {
    if (error instanceof InvalidSetting) return false
    throw error
  }
}

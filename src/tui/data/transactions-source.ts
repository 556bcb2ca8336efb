import {
  describeTransaction,
  isTransactionMissing,
  listTransactions,
  type TransactionSummary,
} from '../../client/txn-admin.ts'
import { defineSource, type Source } from '../source.ts'

/** A transactional id as the list shows it. */
export interface TransactionRow extends TransactionSummary {
  readonly producerEpoch: number | null
  readonly timeoutMs: number | null
  /** Milliseconds since 1970; null while none is open, or where it is not known. */
  readonly startedAtMs: number | null
  /** `TOPIC [PARTITION]`, which the open transaction has written to. */
  readonly partitions: readonly string[]
}

const periodMs = 3_000
const dutyFactor = 20
/** Only so many are looked at closely: one question each. */
const describedMax = 100
const openStates: ReadonlySet<string> = new Set(['Ongoing', 'PrepareCommit', 'PrepareAbort'])

/** All transactional ids; those with an open transaction closely. */
export const transactionsSource = defineSource<Source, readonly TransactionRow[]>(
  async ({ env, cluster, emit, signal, pause }) => {
    while (!signal.aborted) {
      const startMs = env.clock.monotonic()
      const all = await listTransactions(cluster)
      const open = all.filter(({ state }) => openStates.has(state)).slice(0, describedMax)
      const details = new Map<string, Omit<TransactionRow, keyof TransactionSummary>>()
      for (const { transactionalId } of open) {
        if (signal.aborted) return
        try {
          const { producerEpoch, timeoutMs, startedAtMs, partitions } = await describeTransaction(
            cluster,
            transactionalId,
          )
          const names = partitions.map(({ topic, partition }) => `${topic} [${partition}]`)
          details.set(transactionalId, { producerEpoch, timeoutMs, startedAtMs, partitions: names })
        } catch (error) {
          // It ended meanwhile and was forgotten.
          if (!isTransactionMissing(error)) throw error
        }
      }
      const unknown = { producerEpoch: null, timeoutMs: null, startedAtMs: null, partitions: [] }
      emit(all.map(summary => ({ ...summary, ...(details.get(summary.transactionalId) ?? unknown) })))
      await pause(Math.max(periodMs, (env.clock.monotonic() - startMs) * dutyFactor))
    }
  },
)

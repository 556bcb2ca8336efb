import { alterSettings, type ConfigKind, ownerText, type SettingChange } from '../../client/config-admin.ts'
import { describeTransaction, fenceTransactionalId } from '../../client/txn-admin.ts'
import { defineWork, type Work } from '../work.ts'

/** Changes one setting of a topic or of brokers; a null value takes it back to what holds without it. */
export interface AlterSettingWork extends Work {
  readonly kind: 'alterSetting'
  readonly changes: true
  readonly ownerKind: ConfigKind
  readonly owner: string
  readonly name: string
  readonly value: string | null
}

export const alterSettingWork = defineWork<AlterSettingWork>(async ({ cluster, work }) => {
  const { ownerKind: kind, owner, name, value } = work
  const change: SettingChange = { name, operation: value === null ? 'unset' : 'set', value }
  await alterSettings(cluster, { kind, name: owner }, [change])
  const done = value === null ? 'is back to what holds without it' : `is ${value === '' ? 'empty' : value} now`
  return { message: `${name} of ${ownerText({ kind, name: owner })} ${done}` }
})

/** Ends the open transaction of a transactional id as its coordinator does when a new producer takes over. */
export interface AbortTransactionWork extends Work {
  readonly kind: 'abortTransaction'
  readonly changes: true
  readonly transactionalId: string
}

export const abortTransactionWork = defineWork<AbortTransactionWork>(async ({ cluster, work: { transactionalId } }) => {
  const { timeoutMs } = await describeTransaction(cluster, transactionalId)
  await fenceTransactionalId(cluster, transactionalId, timeoutMs)
  return { message: `the transaction of '${transactionalId}' is aborted, its producer is fenced` }
})

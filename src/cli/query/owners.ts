import { ExitCode, OperatorError } from '../../base/errors.ts'
import type { StoreSummary } from '../../streams/serving/running-application.ts'
import type { AdminSession } from '../admin/admin-command.ts'
import { missingPartitions, type StoreOwners, type TaskOwner } from './ask-store.ts'

/** Only those tasks that have the key. */
export function withEntries(found: StoreOwners): StoreOwners {
  return { failures: [], owners: found.owners.filter(({ answer }) => answer.entries.length > 0) }
}

/** Says how fresh an answer is, and who gave it. */
export function remarkOwners({ output }: AdminSession, { name }: StoreSummary, { owners }: StoreOwners): void {
  if (owners.length === 0) return
  const lags = owners.map(({ answer }) => answer.lag)
  const known = lags.filter(lag => lag !== null)
  const lag = known.length < lags.length ? 'lag not known yet' : `lag ${known.reduce((a, b) => a + b, 0)}`
  const endpoints = new Set(owners.map(({ endpoint }) => endpoint))
  output.note(`${name}: ${positionText(owners)}${lag}, from ${[...endpoints].join(', ')}`)
  for (const { answer } of owners.filter(owner => owner.answer.state !== 'running')) {
    const share = `${Math.floor(answer.restored * 100)} % are restored`
    output.note(`partition ${answer.partition} comes from a ${answer.state} task: ${share}, more may follow`)
  }
}

function positionText(owners: readonly TaskOwner[]): string {
  if (owners.length !== 1) return `${owners.length} tasks, `
  const positions = owners[0]!.answer.positions.map(
    ({ topic, partition, offset }) => `${topic}/${partition} at ${offset}`,
  )
  return positions.length > 0 ? `${positions.join(', ')}, ` : ''
}

/** What nobody answers for must not look as if it were not there. */
export function checkComplete(summary: StoreSummary, { owners, failures }: StoreOwners): void {
  const missing = missingPartitions(summary, owners)
  if (missing.length === 0) return
  if (failures[0]) throw failures[0]
  const what = missing.length === 1 ? `partition ${missing[0]}` : `partitions ${missing.join(', ')}`
  throw new OperatorError(`no instance has ${what} of ${summary.name} now`, {
    hint: 'tasks are moving: ask again; are enough instances running?',
    exitCode: ExitCode.unreachable,
  })
}

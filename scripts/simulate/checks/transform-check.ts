import { Violation } from '../history.ts'
import { type PartitionLog, valueName } from './partition-log.ts'
import type { TransactionCheck } from './transaction-check.ts'

/**
 * Exactly once: what was made of a source partition and committed is one record for each committed record below the
 * committed offset, and none beyond it.
 */
export function checkTransform(
  transactions: TransactionCheck,
  {
    source,
    targets,
    committedOffset,
  }: { source: PartitionLog; targets: readonly PartitionLog[]; committedOffset: number },
): void {
  const made = new Map<string, string>()
  for (const target of targets) {
    for (const { value, offset } of transactions.committed(target)) {
      const name = valueName(value).source
      if (!name?.startsWith(`${source.name}:`)) continue
      const place = `${target.name} ${offset}`
      const first = made.get(name)
      if (first !== undefined) throw new Violation(`${name} was transformed twice: at ${first} and at ${place}`)
      made.set(name, place)
    }
  }
  for (const { offset } of transactions.committed(source)) {
    const name = `${source.name}:${offset}`
    const isDue = offset < committedOffset
    if (isDue && !made.has(name))
      throw new Violation(`${name} was never transformed, but ${committedOffset} is committed`)
    if (!isDue && made.has(name))
      throw new Violation(`${name} was transformed at ${made.get(name)}, but only ${committedOffset} is committed`)
  }
}

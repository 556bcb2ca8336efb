import type { Connection } from './database.ts'
import type { RowSummary } from './log-reader.ts'
import { RowFinder } from './row-finder.ts'
import { type Stretch, stretchTable } from './stretch-table.ts'

type RowStart = Pick<RowSummary, 'leaderEpoch' | 'position'>

/**
 * Sums up stored stretches of a partition, in order, as if each were one row: who looks for the end of what is old need not
 * look at every row. Begins with the rows from `fromOffset` on of the stretch that holds it, with the highest time of the whole
 * stretch; the rows behind the last stored stretch are left out.
 */
export function stretchSummaries(database: Connection) {
  const stretches = stretchTable(database)
  const finder = new RowFinder(database)
  const rowStart = database.prepare('SELECT leader_epoch AS leaderEpoch, position FROM batch WHERE id = ?')

  return (partitionId: number, fromOffset: number, limit: number): RowSummary[] => {
    const [first] = finder.from(partitionId, finder.startingAt(partitionId, fromOffset)).take(1)
    let stretch: Stretch | undefined = first && stretches.upto(partitionId, first.baseOffset)
    if (!first || !stretch || stretch.lastOffset < first.baseOffset) return []
    const summaries: RowSummary[] = []
    let { leaderEpoch, position } = rowStart.get(first.id) as RowStart
    let { baseOffset } = first
    while (stretch && summaries.length < limit) {
      const { lastOffset, maxTimestamp, endPosition } = stretch
      summaries.push({ baseOffset, lastOffset, maxTimestamp, leaderEpoch, position, bytes: endPosition - position })
      stretch = stretches.after(partitionId, stretch.baseOffset)
      if (stretch) {
        baseOffset = stretch.baseOffset
        position = endPosition + stretch.removedBytes
      }
    }
    return summaries
  }
}

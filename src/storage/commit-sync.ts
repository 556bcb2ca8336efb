import type { CommitCounts } from './commit-counts.ts'
import type { WriterReport } from './writer-report.ts'

/** What the thread that commits needs to make its commits durable. */
export interface CommitSyncOptions {
  readonly counts: CommitCounts
  /** Brings the WAL to the disk. Without it a commit is durable enough when it is made. */
  readonly sync: (() => void) | undefined
  readonly report: (report: WriterReport) => void
}

/** Smaller commits behind which nothing waits are synced by the thread that made them: to wake another one takes longer. */
const handedOverBytesMin = 512 * 1024
/** After a commit behind which another one waited, so many are handed over: more are about to come. */
const crowdedCommits = 16

/**
 * Returns what is to be called after each commit, with the groups in it and their bytes: makes it durable in this thread and
 * reports that, or leaves both to the thread that syncs, so that the next commit is made meanwhile.
 */
export function commitSync({ counts, sync, report }: CommitSyncOptions): (groups: number, bytes: number) => void {
  let upTo = 0
  let crowded = 0
  return (groups, bytes) => {
    upTo = (upTo + groups) | 0
    crowded = counts.hasSentMore(upTo) ? crowdedCommits : Math.max(0, crowded - 1)
    if (sync && counts.isReady && (crowded > 0 || bytes >= handedOverBytesMin)) return counts.handOver(upTo)
    sync?.()
    report({ kind: 'durable', upTo })
  }
}

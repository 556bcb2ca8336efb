import type { Clock } from '../base/env.ts'
import { Committer } from './committer.ts'
import { CompactionSteps } from './compaction-steps.ts'
import { compactor } from './compactor.ts'
import { openConnection, storageError } from './database.ts'
import { logReader } from './log-reader.ts'
import { rowQueries } from './row-queries.ts'
import type { OpenedDatabase, Storage, StorageOptions } from './storage.ts'
import { WalKeeper } from './wal-keeper.ts'
import { GroupingQueue, stalled, type Write } from './write-queue.ts'

/** Storage that does everything in this thread, in the same order for the same input. */
export function openInline(opened: OpenedDatabase, options: Pick<StorageOptions, 'env' | 'onFailure'>): Storage {
  const { database, file, state, start } = opened
  // A database in memory has only one connection; on a file the reader gets its own, as in the threaded node.
  const readConnection = database.memory ? database : openConnection({ file, synchronous: 'OFF', readOnly: true })
  const answer = rowQueries(readConnection)
  const compaction = new CompactionSteps(readConnection)
  const committer = new Committer(database, start)
  const wal: WalKeeper = new WalKeeper(database, {
    requestCheckpoint: () => wal.checkpointed(),
    onStall: () => options.env.log.warn(stalled),
    clock: options.env.clock,
  })
  const port = inlinePort(committer, wal, options.env.clock)
  const queue = new GroupingQueue({ clock: options.env.clock, port, onFailure: options.onFailure })
  port.connect(queue)
  return {
    state,
    writes: queue,
    reader: logReader(async query => answer(query)),
    compactor: compactor(async query => compaction.answer(query)),
    close: async () => {
      try {
        await queue.close()
        if (!database.memory) database.pragma('wal_checkpoint(TRUNCATE)')
      } finally {
        port.disconnect()
        if (readConnection !== database) readConnection.close()
        database.close()
      }
    },
  }
}

function inlinePort(committer: Committer, wal: WalKeeper, clock: Clock) {
  let queue: GroupingQueue | undefined
  let trimScheduled = false

  const commit = (writes: readonly Write[]): void => {
    committer.begin()
    for (const write of writes) {
      if ('kind' in write) committer.apply(write)
      else committer.append(write)
    }
    wal.committed(committer.commit())
  }
  const scheduleTrim = (): void => {
    if (trimScheduled || !committer.trimming) return
    trimScheduled = true
    clock.soon(() => {
      trimScheduled = false
      if (queue) guarded(() => commit([]))
    })
  }
  const guarded = (action: () => void): boolean => {
    try {
      action()
    } catch (error) {
      queue?.failed(storageError(error, 'cannot write to the log'))
      return false
    }
    scheduleTrim()
    return true
  }
  return {
    connect: (groupingQueue: GroupingQueue): void => {
      queue = groupingQueue
    },
    disconnect: (): void => {
      queue = undefined
    },
    send: (writes: readonly Write[]): void => {
      if (guarded(() => commit(writes))) queue?.committed(1)
    },
  }
}

// Fills a data directory as a busy node does, and ends: `killed` with all of it in the WAL and nothing in the database file,
// `closed` in good order with all of it in the database file.
// Arguments: the directory, the number of MiB, `killed` or `closed`.
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { systemEnv } from '../../src/base/system-env.ts'
import { BatchBuilder } from '../../src/protocol/records/build.ts'
import { Committer } from '../../src/storage/committer.ts'
import { checkOwner, openConnection } from '../../src/storage/database.ts'
import { migrate } from '../../src/storage/migrations.ts'
import { recover } from '../../src/storage/recovery.ts'

const MiB = 1024 * 1024
const partitions = 64
const recordBytes = 1_000
/** As `log/producer-snapshots.ts` does it. */
const snapshotEveryBytes = 64 * MiB
const checkpointEveryBytes = 128 * MiB

const [directory = '', size = '', ending = ''] = process.argv.slice(2)
const file = path.join(directory, 'streamctl.db')
mkdirSync(directory, { recursive: true })
const database = openConnection({ file, synchronous: 'NORMAL' })
checkOwner(database, file)
migrate(database, file)
const committer = new Committer(database, recover(database, systemEnv()).start)
committer.begin()
committer.apply({
  ...{ kind: 'createTopic', topicId: 'AAAAAAAAAAAAAAAAAAAAAg', name: 'filled', createdMs: Date.now(), internal: false },
  ...{ overrides: {} },
  partitions: Array.from({ length: partitions }, (_, index) => ({ partitionId: index + 1, index, leaderEpoch: 0 })),
})
committer.commit()

const ends = Array.from({ length: partitions + 1 }, () => 0)
let written = 0
let sinceSnapshot = 0
let sinceCheckpoint = 0
for (let turn = 0; written < Number(size) * MiB; turn++) {
  committer.begin()
  let bytes = 0
  for (let at = 0; bytes < MiB; at++) bytes += append(1 + ((turn * 8 + at) % partitions))
  written += bytes
  sinceSnapshot += bytes
  sinceCheckpoint += bytes
  if (sinceSnapshot >= snapshotEveryBytes) {
    saveProducers()
    sinceSnapshot = 0
  }
  committer.commit()
  if (ending !== 'closed' || sinceCheckpoint < checkpointEveryBytes) continue
  database.pragma('wal_checkpoint(RESTART)')
  sinceCheckpoint = 0
}
if (ending === 'closed') {
  committer.begin()
  saveProducers()
  committer.commit()
  database.pragma('wal_checkpoint(TRUNCATE)')
  database.close()
} else process.kill(process.pid, 'SIGKILL')

/** A batch of an idempotent producer, of which every partition has one. */
function append(partitionId: number): number {
  const baseOffset = ends[partitionId]!
  const builder = new BatchBuilder({ bytesMax: MiB })
  for (let record = 0; record < 125; record++) builder.append(Date.now(), null, Buffer.alloc(recordBytes, record))
  const producer = { producerId: partitionId, producerEpoch: 0, baseSequence: baseOffset }
  const data = builder.build({ leaderEpoch: 0, baseOffset, ...producer })
  ends[partitionId] = baseOffset + 125
  committer.append({ partitionId, baseOffset, lastOffset: baseOffset + 124, maxTimestamp: Date.now(), data })
  return data.length
}

function saveProducers(): void {
  committer.apply({ kind: 'saveProducers', partitions: ends.slice(1).map(snapshotOf) })
}

function snapshotOf(uptoOffset: number, index: number) {
  return { partitionId: index + 1, uptoOffset, producers: [] }
}

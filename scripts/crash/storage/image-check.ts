import path from 'node:path'
import { batchesIn, nextBatch, readBatchHeader } from '../../../src/protocol/records/batch.ts'
import { openConnection } from '../../../src/storage/database.ts'
import { openStorage, type Storage } from '../../../src/storage/storage.ts'
import { simulatedEnv } from '../../../test/support/simulated-env.ts'
import { Violation } from '../../simulate/history.ts'
import { counterGroup, type Plan, type PlannedBatch, partitionCount, plannedAppend } from './plan.ts'

export interface ImageState {
  /** Whole commits that were found. */
  readonly commits: number
  readonly records: number
  /** Offsets below the log starts. */
  readonly trimmed: number
}

/**
 * Opens a data directory as a restart would, and compares it with the plan: it must hold the first so many commits, no less
 * than were acknowledged, each of them whole, and nothing of any other. Throws `Violation`.
 */
export async function checkImage(directory: string, plan: Plan, acknowledged: number): Promise<ImageState> {
  const failures: string[] = []
  const storage = await openStorage({
    directory,
    durability: 'os',
    threads: false,
    env: simulatedEnv(),
    onFailure: error => failures.push(error.message),
  }).catch(error => {
    throw new Violation(`the directory cannot be opened: ${error.message}`, { cause: error })
  })
  try {
    const state = await checkState(storage, plan, acknowledged)
    checkIntegrity(path.join(directory, 'streamctl.db'))
    if (failures.length > 0) throw new Violation(failures.join())
    return state
  } finally {
    await storage.close()
  }
}

async function checkState(storage: Storage, plan: Plan, acknowledged: number): Promise<ImageState> {
  const { groups, topics } = storage.state
  const commits = Number(groups.find(({ groupId }) => groupId === counterGroup)?.body ?? 0)
  if (commits < acknowledged)
    throw new Violation(`commit ${acknowledged} was acknowledged, but only ${commits} are there`)
  const extents = plan.extents(commits)
  let records = 0
  let trimmed = 0
  for (const partition of topics[0]?.partitions ?? []) {
    const { start, end } = extents[partition.partitionId]!
    const found = { start: partition.logStartOffset, end: partition.logEndOffset }
    if (found.start !== start || found.end !== end)
      throw new Violation(
        `after commit ${commits} partition ${partition.partitionId} has offsets ${start} to ${end}, found ${found.start} to ${found.end}`,
      )
    await checkRecords(storage, plan, { partitionId: partition.partitionId, start, end })
    records += end - start
    trimmed += start
  }
  if (commits > 0 && topics[0]?.partitions.length !== partitionCount) throw new Violation('partitions are missing')
  return { commits, records, trimmed }
}

async function checkRecords(
  storage: Storage,
  plan: Plan,
  { partitionId, start, end }: { readonly partitionId: number; readonly start: number; readonly end: number },
): Promise<void> {
  let next = start
  while (next < end) {
    const rows = await storage.reader.readRows({ partitionId, offset: next, maxBytes: 8 * 1024 * 1024 })
    if (rows.length === 0) throw new Violation(`partition ${partitionId} has nothing at ${next}, its end is ${end}`)
    for (const { data } of rows) {
      for (const at of batchesIn(data)) {
        const batch = data.subarray(at, nextBatch(data, at))
        const { baseOffset, lastOffsetDelta } = readBatchHeader(batch, 0)
        if (baseOffset + lastOffsetDelta < next) continue
        const planned = plannedBatches(plan).get(`${partitionId} ${baseOffset}`)
        if (!planned || !(baseOffset <= next) || !batch.equals(plannedAppend(planned).data))
          throw new Violation(`partition ${partitionId} holds at ${next} what was never written there`)
        next = baseOffset + lastOffsetDelta + 1
      }
    }
  }
}

const batchesOf = new WeakMap<Plan, { upto: number; readonly byPlace: Map<string, PlannedBatch> }>()

/** All that is planned so far, by partition and offset. */
function plannedBatches(plan: Plan): ReadonlyMap<string, PlannedBatch> {
  const known = batchesOf.get(plan) ?? { upto: 0, byPlace: new Map<string, PlannedBatch>() }
  batchesOf.set(plan, known)
  while (known.upto < plan.planned) {
    for (const batch of plan.commit(++known.upto).batches)
      known.byPlace.set(`${batch.partitionId} ${batch.baseOffset}`, batch)
  }
  return known.byPlace
}

function checkIntegrity(file: string): void {
  const database = openConnection({ file, synchronous: 'OFF', readOnly: true })
  try {
    const result = database.pragma('integrity_check(5)', { simple: true })
    if (result !== 'ok') throw new Violation(`the database is damaged: ${result}`)
  } finally {
    database.close()
  }
}

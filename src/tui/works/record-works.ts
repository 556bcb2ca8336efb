import { ExitCode, OperatorError } from '../../base/errors.ts'
import type { Cluster } from '../../client/cluster.ts'
import type { WholeRecord } from '../record-row.ts'
import { exportBytes } from '../screens/record-export.ts'
import { defineWork, type Work } from '../work.ts'
import { writeNewFile } from './export-file.ts'
import { produceOne } from './produce-record.ts'
import { type Place, readRecords } from './read-records.ts'

interface RecordWork extends Work, Place {
  readonly topic: string
}

/** Reads one record as a whole: the result. */
export const readRecordWork = defineWork<RecordWork>(async ({ cluster, work, signal }) => {
  return { result: await readOne(cluster, work, signal) }
})

/** Writes a record that is there once more. */
export const produceAgainWork = defineWork<RecordWork>(async ({ cluster, env, work, signal }) => {
  const { key, value, headers } = await readOne(cluster, work, signal)
  return { message: await produceOne(cluster, env, work.topic, { key, value, headers, partition: undefined }) }
})

interface ExportRecords extends Work {
  readonly topic: string
  readonly places: readonly Place[]
  readonly file: string
}

/** Writes records into a file, the oldest first. */
export const exportRecordsWork = defineWork<ExportRecords>(async ({ cluster, work, signal }) => {
  const { topic, places, file } = work
  // Lists begin with the newest, files with the oldest: whoever produces them again gets their order.
  const records = (await readRecords(cluster, topic, places, signal)).toReversed()
  const missing = places.length - records.length
  const written = await writeNewFile(file, exportBytes(records, file))
  const gone = missing > 0 ? `; ${missing} were not there any more` : ''
  return { message: `${records.length} records: written to ${written}${gone}` }
})

async function readOne(
  cluster: Cluster,
  { topic, partition, offset }: RecordWork,
  signal: AbortSignal,
): Promise<WholeRecord> {
  const [record] = await readRecords(cluster, topic, [{ partition, offset }], signal)
  if (record) return record
  throw new OperatorError(`record ${partition}:${offset} is not there any more`, { exitCode: ExitCode.failure })
}

import { hash } from 'node:crypto'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { systemClock } from '../../src/base/system-env.ts'
import { checkData, type Finding } from '../../src/broker/check-data.ts'
import { type RestoredNode, restore } from '../../src/broker/restore.ts'
import { type BackupSummary, backUp } from '../../src/storage/backup.ts'

export interface TakenBackup {
  readonly bytes: Buffer
  readonly summary: BackupSummary
}

/** Takes a backup; `between` is called each time that it has written something, which is once a row where `readBytes` is 1. */
export async function takeBackup(
  directory: string,
  { between = () => {}, readBytes }: { readonly between?: () => void; readonly readBytes?: number } = {},
): Promise<TakenBackup> {
  const pieces: Buffer[] = []
  const summary = await backUp({
    directory,
    nowMs: () => 1_800_000_000_000,
    write: async bytes => {
      pieces.push(Buffer.from(bytes))
      between()
    },
    onProgress: () => {},
    signal: new AbortController().signal,
    ...(readBytes === undefined ? {} : { readBytes }),
  })
  return { bytes: Buffer.concat(pieces), summary }
}

/** Restores a backup from pieces of a size. */
export function restoreBackup(
  bytes: Buffer,
  directory: string,
  { atMs, pieceBytes = 10_000 }: { readonly atMs?: number; readonly pieceBytes?: number } = {},
): Promise<RestoredNode> {
  async function* source(): AsyncGenerator<Buffer, void, void> {
    for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes)
  }
  const signal = new AbortController().signal
  return restore({ source: source(), name: 'x.backup', directory, atMs, onProgress: () => {}, signal })
}

export async function findingsIn(directory: string): Promise<Finding[]> {
  const findings: Finding[] = []
  const report = (finding: Omit<Finding, 'severity'> & Partial<Finding>): void =>
    void findings.push({ severity: 'damage', ...finding })
  const signal = new AbortController().signal
  await checkData({ directory, clock: systemClock, report, onProgress: () => {}, signal, threads: false })
  return findings
}

/** All that a node has, as text: each table whole, but of the log only what can be read. */
export function contentsOf(directory: string): string {
  const database = new Database(join(directory, 'streamctl.db'), { readonly: true })
  try {
    return contents(database)
  } finally {
    database.close()
  }
}

export function contents(database: Database.Database): string {
  const tables = database
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name != 'deleted_partition' ORDER BY name")
    .pluck()
    .all() as string[]
  // What retention and the deletion of topics have not removed yet is nobody's any more.
  const isThere = (columns: string) => `
    WHERE EXISTS (
      SELECT 1 FROM partition
      WHERE partition.partition_id = ${columns}.partition_id AND ${columns}.last_offset >= partition.log_start_offset
    )`
  const ofPartition = (table: string) => `
    WHERE EXISTS (SELECT 1 FROM partition WHERE partition.partition_id = ${table}.partition_id)`
  const conditions: Readonly<Record<string, string>> = {
    batch: `${isThere('batch')} ORDER BY id`,
    stretch: `${isThere('stretch')}`,
    producer_snapshot: ofPartition('producer_snapshot'),
    compaction: ofPartition('compaction'),
  }
  const rows = (table: string): unknown[][] =>
    database
      .prepare(`SELECT * FROM ${table} ${conditions[table] ?? ''}`)
      .raw()
      .all() as unknown[][]
  const text = (row: unknown[]): string =>
    JSON.stringify(row.map(value => (Buffer.isBuffer(value) ? hash('sha1', value) : value)))
  return tables.map(table => `${table}\n${rows(table).map(text).join('\n')}`).join('\n')
}

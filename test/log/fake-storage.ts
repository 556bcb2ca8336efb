import type { Change } from '../../src/storage/change.ts'
import type { LogReader, RowSummary, StoredRow } from '../../src/storage/log-reader.ts'
import type { Append, WriteQueue } from '../../src/storage/write-queue.ts'

/** A write queue that commits when it is told to, and a reader of what was committed. */
export interface FakeStorage {
  readonly writes: WriteQueue
  readonly reader: LogReader
  /** Changes in the order of their commits. */
  readonly changes: Change[]
  /** Queries of any kind that the reader has got. */
  readonly queries: number
  /** Commits what was submitted so far: one row per partition, then the callbacks. */
  commit(): void
  /** The same, but whoever waits is told only when the returned function is called. */
  commitUnheard(): () => void
  /** Holds the reader's answers back until the returned function is called. They are taken from the disk at once. */
  holdReads(): () => void
}

type Row = StoredRow & { readonly maxTimestamp: number; readonly position: number }
/** A real stretch has up to 256. */
const rowsPerStretch = 100

type Write = { readonly append?: Append; readonly change?: Change; readonly done: () => void }

export function fakeStorage(): FakeStorage {
  const rows = new Map<number, Row[]>()
  const changes: Change[] = []
  let submitted: Write[] = []
  let queries = 0
  let gate: Promise<void> = Promise.resolve()
  const rowsOf = (partitionId: number): Row[] => rows.get(partitionId) ?? []
  const answer = async <T>(value: T): Promise<T> => {
    queries++
    await gate
    return value
  }

  const store = (appends: readonly Append[]): void => {
    for (const partitionId of new Set(appends.map(append => append.partitionId))) {
      const own = appends.filter(append => append.partitionId === partitionId)
      const stored = rowsOf(partitionId)
      const last = stored.at(-1)
      stored.push({
        baseOffset: own[0]!.baseOffset,
        lastOffset: own.at(-1)!.lastOffset,
        maxTimestamp: Math.max(...own.map(append => append.maxTimestamp)),
        position: last ? last.position + last.data.length : 0,
        data: Buffer.concat(own.map(append => append.data)),
      })
      rows.set(partitionId, stored)
    }
  }
  const commitUnheard = (): (() => void) => {
    const group = submitted
    submitted = []
    store(group.flatMap(({ append }) => append ?? []))
    for (const { change } of group) {
      if (!change) continue
      changes.push(change)
      if (change.kind !== 'advanceLogStart') continue
      const kept = rowsOf(change.partitionId).filter(row => row.lastOffset >= change.offset)
      rows.set(change.partitionId, kept)
    }
    return () => {
      for (const { done } of group) done()
    }
  }
  const commit = (): void => commitUnheard()()
  const summary = ({ data, ...row }: Row): RowSummary => ({ ...row, leaderEpoch: 0, bytes: data.length })
  const summedUp = (rows: readonly RowSummary[]): RowSummary => ({
    ...rows[0]!,
    lastOffset: rows.at(-1)!.lastOffset,
    maxTimestamp: Math.max(...rows.map(row => row.maxTimestamp)),
    bytes: rows.reduce((sum, row) => sum + row.bytes, 0),
  })
  const from = (partitionId: number, offset: number) => rowsOf(partitionId).filter(row => row.lastOffset >= offset)

  const reader: LogReader = {
    readRows({ partitionId, offset, maxBytes }) {
      const [first, ...others] = from(partitionId, offset)
      if (!first) return answer([])
      let bytes = first.data.length
      const fitting = others.findIndex(row => {
        bytes += row.data.length
        return bytes > maxBytes
      })
      return answer([first, ...(fitting < 0 ? others : others.slice(0, fitting))])
    },
    oldestRows: ({ partitionId, limit, fromOffset = 0 }) =>
      answer(from(partitionId, fromOffset).slice(0, limit).map(summary)),
    oldestStretches({ partitionId, limit, fromOffset }) {
      const rows = from(partitionId, fromOffset).map(summary)
      const count = Math.min(limit, Math.floor(rows.length / rowsPerStretch))
      return answer(
        Array.from({ length: count }, (_, at) => summedUp(rows.slice(at * rowsPerStretch, (at + 1) * rowsPerStretch))),
      )
    },
    rowAtTimestamp: ({ partitionId, timestamp, fromOffset }) =>
      answer(from(partitionId, fromOffset).find(row => row.maxTimestamp >= timestamp)),
    maxTimestampRow({ partitionId, fromOffset }) {
      const candidates = from(partitionId, fromOffset)
      const highest = Math.max(...candidates.map(row => row.maxTimestamp))
      return answer(candidates.find(row => row.maxTimestamp === highest))
    },
  }
  const writes: WriteQueue = {
    append: (append, done) => void submitted.push({ append, done }),
    apply: (change, done = () => {}) => void submitted.push({ change, done }),
    together: action => action(),
    get pendingBytes() {
      return submitted.reduce((sum, { append }) => sum + (append?.data.length ?? 0), 0)
    },
    whenBelow: (_bytes, action) => action(),
    flush: async () => commit(),
    close: async () => commit(),
  }
  return {
    writes,
    reader,
    changes,
    get queries() {
      return queries
    },
    commit,
    commitUnheard,
    holdReads() {
      const { promise, resolve } = Promise.withResolvers<void>()
      gate = promise
      return () => {
        gate = Promise.resolve()
        resolve()
      }
    },
  }
}

import type { RecordRow } from '../record-row.ts'
import type { Source } from '../source.ts'

/**
 * A page of a topic's records, newest first (source `records`). The whole topic is never read: a page is put together from
 * the ends of the partitions backwards. With `where` it is a search back in time that goes on until the page is full.
 */
export interface RecordsQuestion extends Source {
  readonly kind: 'records'
  readonly topic: string
  /**
   * Where the page begins: '' for the newest, a place that another page gave as `older` or `newer`, or what people type:
   * `start`, `end`, `1200`, `@-10m`, `@2026-11-22T08:00:00Z`, `2=1200` for one partition. Around what was typed, half of the
   * page is newer, and `focus` says where.
   */
  readonly from: string
  /** Which way to go from a place that another page gave. */
  readonly direction: 'older' | 'newer'
  /** The most records of the page. */
  readonly count: number
  /** A filter as `--where` takes it, or '' for all. */
  readonly where: string
}

export interface RecordsPage {
  /** Newest first; within a partition always in the order of offsets. */
  readonly rows: readonly RecordRow[]
  /** Index of the row that was jumped to; 0 otherwise. */
  readonly focus: number
  /** Where the page of older records begins, for `from`; null: there are none. */
  readonly older: string | null
  /** Where the page of newer records begins; null: there were none when this page was read. */
  readonly newer: string | null
  /** How many records have come in since the page was read; kept up to date. */
  readonly arrived: number
  /** How far the reading is; after `isDone` the page stays as it is. */
  readonly progress: SearchProgress
}

export interface SearchProgress {
  readonly isDone: boolean
  /** Records that were looked at. */
  readonly looked: number
  /** Records that there are to look at in all, at most. */
  readonly total: number
  /** The oldest time that everything newer has been looked at of, ms since 1970; null before the first. */
  readonly reachedMs: number | null
  /** Records that the filter could not judge (an expression that threw), and what it said of the first. */
  readonly failed: number
  readonly failure: string | null
}

/** The newest records of a topic as they come in (source `tail`): the last `count`, however many come. */
export interface TailQuestion extends Source {
  readonly kind: 'tail'
  readonly topic: string
  readonly count: number
  readonly where: string
}

export interface TailPicture {
  /** Newest first. */
  readonly rows: readonly RecordRow[]
  /** Records that came in since the tail began, wanted or not. */
  readonly seen: number
  /** Records a second, over the last seconds. */
  readonly rate: number
  /** Records that were passed over, because more came than can be read. */
  readonly skipped: number
  readonly failed: number
  readonly failure: string | null
  /** What people should know: a connection that was lost, offsets that are gone. */
  readonly notice: string | null
}

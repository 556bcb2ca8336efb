import type { TaskPosition, TaskState } from '../../streams/serving/running-application.ts'
import type { AdminSession } from '../admin/admin-command.ts'
import { humaneTime } from '../table/humane.ts'
import type { FormatOptions } from '../table/report.ts'
import type { Column } from '../table/table.ts'

/** An entry as people and programs see it: field names are those of the JSON. */
export interface ShownEntry {
  readonly key: unknown
  readonly window?: { readonly start: number; readonly end: number }
  /** null: removed, in a stream of changes. */
  readonly value: unknown
  /** Milliseconds since 1970. */
  readonly timestamp: number
  readonly partition: number
  /** What the task does that answers, and how many records it has yet to process. */
  readonly state?: TaskState
  readonly lag?: number | null
  readonly positions?: readonly TaskPosition[]
}

/** On a terminal no more than this, unless it is asked for: nobody reads on. */
export const terminalEntries = 1_000
/** Rows under aligned titles are in memory. */
const alignedEntriesMax = 100_000

export interface PrinterOptions extends FormatOptions {
  readonly limit?: number
  readonly isWindowed: boolean
  /** Entries come one by one for as long as somebody looks: no titles, and nothing waits. */
  readonly isFollowing?: boolean
}

/** Shows entries: JSON lines and tabs as they come, aligned tables when all are there. */
export class EntryPrinter {
  readonly #session: AdminSession
  readonly #isStreaming: boolean
  readonly #isFollowing: boolean
  readonly #limit: number
  readonly #isWindowed: boolean
  #waiting: ShownEntry[] = []
  #count = 0

  constructor(session: AdminSession, given: PrinterOptions) {
    const { output } = session
    const format = given.json ? 'json' : given.format
    this.#session = session
    this.#isFollowing = given.isFollowing ?? false
    this.#isStreaming = this.#isFollowing || format === 'json' || (format === undefined && !output.isTerminal)
    this.#isWindowed = given.isWindowed
    const most = this.#isStreaming ? Number.POSITIVE_INFINITY : output.isTerminal ? terminalEntries : alignedEntriesMax
    this.#limit = given.limit ?? most
  }

  get count(): number {
    return this.#count
  }

  /** Nothing more is wanted. */
  get isFull(): boolean {
    return this.#count >= this.#limit
  }

  async add(entries: readonly ShownEntry[]): Promise<void> {
    const wanted = entries.slice(0, this.#limit - this.#count)
    this.#count += wanted.length
    if (!this.#isStreaming) {
      this.#waiting.push(...wanted)
      return
    }
    if (wanted.length > 0) this.#show(wanted)
    await this.#session.output.ready()
  }

  /** Shows what has been waiting for its like. */
  finish(): void {
    if (this.#waiting.length > 0) this.#show(this.#waiting)
    this.#waiting = []
  }

  #show(entries: readonly ShownEntry[]): void {
    const { report, output } = this.#session
    if (this.#isFollowing && output.isTerminal && !report.isData)
      for (const entry of entries) output.line(lineOf(entry))
    else report.rows(entries, columnsFor(this.#isWindowed))
  }
}

function columnsFor(isWindowed: boolean): readonly Column<ShownEntry>[] {
  const windowColumns: readonly Column<ShownEntry>[] = [
    { title: 'FROM', value: ({ window }) => window?.start ?? null, as: 'timestamp' },
    { title: 'TO', value: ({ window }) => window?.end ?? null, as: 'timestamp' },
  ]
  return [
    { title: 'KEY', value: ({ key }) => textOf(key) },
    ...(isWindowed ? windowColumns : []),
    { title: 'VALUE', value: ({ value }) => textOf(value) },
    { title: 'TIMESTAMP', value: ({ timestamp }) => timestamp, as: 'timestamp' },
    { title: 'PARTITION', value: ({ partition }) => partition, as: 'number', isWide: true },
  ]
}

function lineOf({ key, window, value, timestamp }: ShownEntry): string {
  const when = window ? `${humaneTime(window.start)} .. ${humaneTime(window.end)}` : humaneTime(timestamp)
  return `${textOf(key)}  ${when}  ${textOf(value) ?? 'removed'}`
}

/** A key or a value on one line: texts as they are, all else as JSON. */
export function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return null
  return typeof value === 'string' ? value : JSON.stringify(value)
}

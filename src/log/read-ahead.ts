import type { Clock, Timer } from '../base/env.ts'
import { release } from '../base/page-pool.ts'
import type { StoredRow } from '../storage/log-reader.ts'
import type { RowReads } from './paced-reads.ts'

export interface ReadAheadOptions {
  /** Nothing is read ahead beyond this, all that waits here and is being read together. */
  readonly bytesMax: number
  /** Besides, for rows that were cut: they must not push out what was read ahead longest ago, for that is asked for next. */
  readonly cutBytesMax: number
  /** How much is read at once, at most. */
  readonly chunkBytesMax: number
  /** Reads ahead that are under way: somebody who waits for the disk comes behind so many. */
  readonly readsMax: number
  /** What nobody has come for is given back after this. */
  readonly idleMs: number
  /** Readers whose place is remembered. */
  readonly placesMax: number
}

const MiB = 1024 * 1024

const defaults: ReadAheadOptions = {
  bytesMax: 12 * MiB,
  cutBytesMax: 4 * MiB,
  chunkBytesMax: MiB,
  readsMax: 4,
  idleMs: 5000,
  placesMax: 4096,
}

/** Where more than this of a chunk was left, it is enough for the next time. */
const leftShareMax = 0.75

/** Where a reader has come to. */
export interface ReadEnd {
  readonly nextOffset: number
  /** The rows that were read and not, or not wholly, taken, in order; not in the memory of a pool. */
  readonly left: readonly StoredRow[]
  /** What the reader asks for at a time. */
  readonly maxBytes: number
  /** It has come on from where a read has ended before, and there is more to read on the disk. */
  readonly readsOn: boolean
}

/** A place in a partition at which a reader is expected, and what is ready for it. */
interface Place {
  readonly partitionId: number
  readonly offset: number
  readonly chunkBytes: number
  readonly rows: StoredRow[]
  /** Bytes of the rows, and of what is being read. */
  bytes: number
  reading: Promise<void> | undefined
  isGone: boolean
  readonly sinceMs: number
}

/**
 * Rows for readers of old records that come on in order: while one takes what it got, the next rows are read, and what a
 * read has cut off stays for the next one. (Somebody who asks for 64 KiB at a time had each row of 1 MiB read sixteen times.)
 *
 * All readers share one bound in bytes. Who finds no room waits in line, so each has its turn; what is not fetched is given
 * back after a while, for nobody tells when a reader goes away or seeks. Nothing is read ahead for who does not come back.
 *
 * Rows never change, and what is below the log start is refused before anybody looks here. Whoever rewrites rows
 * (compaction) has to `forget` them.
 */
export class ReadAhead {
  readonly #reader: RowReads
  readonly #clock: Clock
  readonly #options: ReadAheadOptions
  /** Those visited longest ago come first. */
  readonly #places = new Set<Place>()
  readonly #ofPartition = new Map<number, Set<Place>>()
  /** Without room, or without a turn at the disk yet. */
  readonly #waiting = new Set<Place>()
  #bytes = 0
  #reads = 0
  #timer: Timer | undefined

  constructor(reader: RowReads, clock: Clock, options: Partial<ReadAheadOptions> = {}) {
    this.#reader = reader
    this.#clock = clock
    this.#options = { ...defaults, ...options }
  }

  /** Bytes of the rows that wait for a reader, and of those that are being read for one. */
  get bytes(): number {
    return this.#bytes
  }

  /** What a reader that goes on at `offset` asked for at a time before; undefined if none is expected there. */
  expectedBytes(partitionId: number, offset: number): number | undefined {
    return this.#at(partitionId, offset)?.chunkBytes
  }

  /** As `LogReader.readRows`, but may return fewer bytes than would fit. The caller has to release the rows. */
  async rows(query: { partitionId: number; offset: number; maxBytes: number }): Promise<readonly StoredRow[]> {
    const place = this.#at(query.partitionId, query.offset)
    if (place?.reading) await place.reading
    // There may be none: the log ended there when it was looked at, or the reading failed, which the next one will tell.
    if (!place || place.isGone || place.rows.length === 0) {
      if (place) this.#drop(place)
      return await this.#reader.readRows(query)
    }
    const rows = place.rows.splice(0)
    this.#drop(place)
    this.#readNext()
    return rows
  }

  /** A read has ended here, and its reader is expected to come back for more. */
  cameTo(partitionId: number, { nextOffset, left, maxBytes, readsOn }: ReadEnd): void {
    const place: Place = {
      partitionId,
      offset: nextOffset,
      chunkBytes: Math.min(maxBytes, this.#options.chunkBytesMax),
      rows: [...left],
      bytes: left.reduce((sum, { data }) => sum + data.length, 0),
      reading: undefined,
      isGone: false,
      sinceMs: this.#clock.monotonic(),
    }
    this.#add(place)
    if (readsOn && place.bytes <= place.chunkBytes * leftShareMax) this.#waiting.add(place)
    this.#readNext()
  }

  /** The rows of a partition have been rewritten or deleted. */
  forget(partitionId: number): void {
    for (const place of this.#ofPartition.get(partitionId) ?? []) this.#drop(place)
    this.#readNext()
  }

  #at(partitionId: number, offset: number): Place | undefined {
    const places = this.#ofPartition.get(partitionId)
    return places && [...places].findLast(place => place.offset === offset || holds(place.rows, offset))
  }

  #add(place: Place): void {
    this.#places.add(place)
    const others = this.#ofPartition.get(place.partitionId)
    if (others) others.add(place)
    else this.#ofPartition.set(place.partitionId, new Set([place]))
    this.#bytes += place.bytes
    const { bytesMax, cutBytesMax, placesMax } = this.#options
    for (const oldest of this.#places) {
      if (this.#bytes <= bytesMax + cutBytesMax && this.#places.size <= placesMax) break
      this.#drop(oldest)
    }
    this.#timer ??= this.#clock.after(this.#options.idleMs, () => this.#sweep())
  }

  #drop(place: Place): void {
    if (place.isGone) return
    place.isGone = true
    this.#places.delete(place)
    this.#waiting.delete(place)
    const others = this.#ofPartition.get(place.partitionId)
    others?.delete(place)
    if (others?.size === 0) this.#ofPartition.delete(place.partitionId)
    for (const { data } of place.rows) release(data)
    // What is being read needs its room until it has come.
    if (!place.reading) this.#bytes -= place.bytes
  }

  #readNext(): void {
    for (const place of this.#waiting) {
      if (this.#reads >= this.#options.readsMax) return
      if (this.#bytes + missingBytes(place) > this.#options.bytesMax) return
      this.#waiting.delete(place)
      place.reading = this.#read(place)
    }
  }

  async #read(place: Place): Promise<void> {
    const { partitionId, rows } = place
    const offset = rows.length > 0 ? rows.at(-1)!.lastOffset + 1 : place.offset
    const leftBytes = place.bytes
    const maxBytes = missingBytes(place)
    place.bytes += maxBytes
    this.#bytes += maxBytes
    this.#reads++
    let read: readonly StoredRow[] = []
    try {
      read = await this.#reader.readRows({ partitionId, offset, maxBytes })
    } catch {
      // Who comes for it reads again, and is told of the error.
    }
    this.#reads--
    place.reading = undefined
    this.#bytes -= place.bytes
    place.bytes = 0
    if (place.isGone) {
      for (const { data } of read) release(data)
    } else {
      rows.push(...read)
      place.bytes = leftBytes + read.reduce((sum, { data }) => sum + data.length, 0)
      this.#bytes += place.bytes
    }
    this.#readNext()
  }

  #sweep(): void {
    this.#timer = undefined
    const beforeMs = this.#clock.monotonic() - this.#options.idleMs
    for (const place of this.#places) {
      if (place.sinceMs > beforeMs) break
      this.#drop(place)
    }
    this.#readNext()
    if (this.#places.size > 0) this.#timer = this.#clock.after(this.#options.idleMs, () => this.#sweep())
  }
}

/** So much that its reader can take all of it: what it had to leave would be copied, each time anew. */
function missingBytes({ chunkBytes, bytes }: Place): number {
  return chunkBytes - bytes
}

function holds(rows: readonly StoredRow[], offset: number): boolean {
  const first = rows[0]
  const last = rows.at(-1)
  return first !== undefined && last !== undefined && first.baseOffset <= offset && offset <= last.lastOffset
}

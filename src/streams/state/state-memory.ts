/** Tables that do not fit into memory share this part of it for the rows that they used last, … */
const cachedShare = 1 / 4
/** … and this for rows that wait to be written to their files. */
const unwrittenShare = 1 / 8

/** What tables may hold in memory together, and what they do hold. Shared by all tables of a thread. */
export class StateMemory {
  readonly bytesMax: number
  /** What the rows take of tables that are in memory as a whole. */
  bytes = 0
  /** How many tables do not fit. */
  pagedTables = 0

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax
  }

  /** Tables that are in memory as a whole take more than is left for them: one of them has to go over to its file. */
  get isFull(): boolean {
    const share = this.pagedTables === 0 ? 1 : 1 - cachedShare - unwrittenShare
    return this.bytes > this.bytesMax * share
  }

  /** What a table that does not fit may keep of the rows that it used last. */
  get cachedBytesMax(): number {
    return (this.bytesMax * cachedShare) / Math.max(1, this.pagedTables)
  }

  /** What may wait to be written to the files of tables that do not fit, of all of them together. */
  get unwrittenBytesMax(): number {
    return this.bytesMax * unwrittenShare
  }
}

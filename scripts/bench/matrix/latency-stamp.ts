/** What a record of the latency benchmark is for. */
export const Mark = { warm: 0, measured: 1, end: 2 } as const

const markAt = 8

/** Milliseconds of a clock that all processes of a machine share, and that never jumps. */
export function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6
}

/** Writes when a record was due, and what it is for, to the beginning of its value. */
export function stamp(value: Buffer, dueMs: number, mark: number): void {
  value.writeDoubleLE(dueMs, 0)
  value[markAt] = mark
}

/** Reads what `stamp` wrote to a value that begins at `at`. */
export function readStamp(buffer: Buffer, at: number): { readonly dueMs: number; readonly mark: number } {
  return { dueMs: buffer.readDoubleLE(at), mark: buffer[at + markAt]! }
}

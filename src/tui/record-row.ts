/**
 * A record as lists show it: the beginnings of its key and value only, so that a list of a thousand takes no more memory
 * where values are enormous. The record itself is read again when somebody opens it (source `record`).
 */
export interface RecordRow {
  readonly partition: number
  readonly offset: number
  /** Milliseconds since 1970; -1 if the record has none. */
  readonly timestamp: number
  /** The first characters, as they are; null for a null key. */
  readonly key: string | null
  /** The first characters, as they are; null for a tombstone. */
  readonly value: string | null
  /** Bytes of the whole; -1 for null. */
  readonly keyBytes: number
  readonly valueBytes: number
  readonly headerCount: number
}

/** A whole record, in memory of its own. */
export interface WholeRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** Milliseconds since 1970; -1 if the record has none. */
  readonly timestamp: number
  readonly timestampType: 'CreateTime' | 'LogAppendTime'
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly { readonly key: string; readonly value: Buffer | null }[]
}

/** Characters of a key or value that a list keeps. */
export const previewLength = 400

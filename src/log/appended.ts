/** What became of a batch. */
export interface Appended {
  /** Offset of its first record: for a repeated batch that of the first time. */
  readonly baseOffset: number
  /** The time that the broker stamped on it; -1 where the topic keeps the producer's times. */
  readonly logAppendTimeMs: number
  readonly logStartOffset: number
  /** The producer had sent it before; nothing was appended. */
  readonly duplicate: boolean
}

/** How a batch came. */
export interface AppendOptions {
  readonly nowMs: number
  /** Its arrival alone makes the partition part of its producer's transaction (second generation, KIP-890). */
  readonly implicit?: boolean
}

/** What is wrong with a data directory. */
export type FindingKind =
  /** A page of the file, as SQLite sees it: a tree, an index, a row that cannot be read. */
  | 'page'
  /** The bytes of a batch are not those that were written. */
  | 'batch-crc'
  /** Fields of a batch that cannot be, or that its CRC does not cover and its row contradicts. */
  | 'batch-header'
  /** What a row says of its batches is not so. */
  | 'row-extent'
  /** A row of a partition that does not exist. */
  | 'row-owner'
  | 'offset-gap'
  | 'offset-overlap'
  /** Where a row lies in its partition, in bytes. */
  | 'position'
  /** The index of stretches, by which readers find rows. */
  | 'stretch'
  /** The highest time of a row or stretch, by which readers find offsets for times. */
  | 'timestamp'
  | 'producer-state'
  | 'aborted-transaction'
  | 'transaction'
  | 'group'
  | 'group-offset'
  | 'topic'
  | 'setting'
  | 'node'

export interface Finding {
  readonly kind: FindingKind
  /** `damage`: something is lost or will go wrong. `notice`: odd, but the node can live with it. */
  readonly severity: 'damage' | 'notice'
  readonly message: string
  readonly topic?: string
  readonly partition?: number
  readonly offset?: number
  /** The id of a row of the log. */
  readonly row?: number
}

/** Takes a finding; of severity `damage` unless it says otherwise. */
export type Report = (finding: Omit<Finding, 'severity'> & { readonly severity?: Finding['severity'] }) => void

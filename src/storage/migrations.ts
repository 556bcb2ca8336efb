import { OperatorError } from '../base/errors.ts'
import type { Connection } from './database.ts'

/**
 * The schema, a step per version: `migrations[n]` leads from `user_version` n to n + 1. A step that has been released
 * is never edited; a change is a new step at the end.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE node (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    cluster_id TEXT NOT NULL,
    next_partition_id INTEGER NOT NULL,
    next_producer_id INTEGER NOT NULL,
    producers_saved_batch_id INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE topic (
    topic_id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    created_ms INTEGER NOT NULL,
    internal INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE partition (
    partition_id INTEGER PRIMARY KEY,
    topic_id TEXT NOT NULL,
    partition_index INTEGER NOT NULL,
    leader_epoch INTEGER NOT NULL,
    log_start_offset INTEGER NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX partition_of_topic ON partition (topic_id, partition_index);

  -- Partitions of deleted topics whose batches are not all purged yet.
  CREATE TABLE deleted_partition (
    partition_id INTEGER PRIMARY KEY
  ) STRICT;

  -- One row per partition and commit group: the batches, verbatim, one behind the other. The data stands last, so
  -- that the columns before it are read without the overflow pages.
  CREATE TABLE batch (
    id INTEGER PRIMARY KEY,
    partition_id INTEGER NOT NULL,
    base_offset INTEGER NOT NULL,
    last_offset INTEGER NOT NULL,
    max_timestamp INTEGER NOT NULL,
    leader_epoch INTEGER NOT NULL,
    position INTEGER NOT NULL,
    data BLOB NOT NULL
  ) STRICT;
  -- Rows are found by partition and offset within a bucket of ids, so that whatever is appended, to however many
  -- partitions, goes to the end of the index. An index on (partition_id, base_offset) has an end in every partition:
  -- measured with 16 partitions, half of all pages written were the index's.
  CREATE INDEX batch_of_bucket ON batch (id >> 10, partition_id, base_offset);

  -- In which buckets a partition's rows are: one row per stretch of about 4 MiB, stored when the stretch is complete.
  CREATE TABLE stretch (
    partition_id INTEGER NOT NULL,
    base_offset INTEGER NOT NULL,
    last_offset INTEGER NOT NULL,
    max_timestamp INTEGER NOT NULL,
    first_batch_id INTEGER NOT NULL,
    last_batch_id INTEGER NOT NULL,
    end_position INTEGER NOT NULL,
    PRIMARY KEY (partition_id, base_offset)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE producer_snapshot (
    partition_id INTEGER PRIMARY KEY,
    upto_offset INTEGER NOT NULL,
    producers TEXT NOT NULL
  ) STRICT;

  CREATE TABLE setting (
    owner_kind TEXT NOT NULL,
    owner_id TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (owner_kind, owner_id, name)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE consumer_group (
    group_id TEXT PRIMARY KEY,
    type TEXT NOT NULL,
    body TEXT NOT NULL
  ) STRICT;

  CREATE TABLE committed_offset (
    group_id TEXT NOT NULL,
    topic TEXT NOT NULL,
    partition_index INTEGER NOT NULL,
    committed_offset INTEGER NOT NULL,
    leader_epoch INTEGER NOT NULL,
    metadata TEXT NOT NULL,
    commit_ms INTEGER NOT NULL,
    expire_ms INTEGER NOT NULL,
    PRIMARY KEY (group_id, topic, partition_index)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE TABLE transactional_producer (
    transactional_id TEXT PRIMARY KEY,
    body TEXT NOT NULL
  ) STRICT;

  -- Offsets that TxnOffsetCommit brought and the end of the transaction will commit or drop.
  CREATE TABLE pending_offset (
    producer_id INTEGER NOT NULL,
    group_id TEXT NOT NULL,
    topic TEXT NOT NULL,
    partition_index INTEGER NOT NULL,
    committed_offset INTEGER NOT NULL,
    leader_epoch INTEGER NOT NULL,
    metadata TEXT NOT NULL,
    commit_ms INTEGER NOT NULL,
    expire_ms INTEGER NOT NULL,
    PRIMARY KEY (producer_id, group_id, topic, partition_index)
  ) STRICT, WITHOUT ROWID;

  -- What readers with read_committed have to skip: from the first batch to the marker.
  CREATE TABLE aborted_transaction (
    partition_id INTEGER NOT NULL,
    last_offset INTEGER NOT NULL,
    producer_id INTEGER NOT NULL,
    first_offset INTEGER NOT NULL,
    PRIMARY KEY (partition_id, last_offset)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- Bytes that compaction took away in front of the stretch's first row. Positions keep counting them: those of the rows
  -- behind would have to be written anew otherwise.
  ALTER TABLE stretch ADD COLUMN removed_bytes INTEGER NOT NULL DEFAULT 0;

  CREATE TABLE compaction (
    partition_id INTEGER PRIMARY KEY,
    clean_offset INTEGER NOT NULL,
    horizon_ms INTEGER
  ) STRICT;
  `,
  `
  -- Compaction replaces rows under ids that they had before. It counts these replacements and notes the number with the
  -- stretch, so that a backup beside the running node sees which rows it has to copy once more.
  ALTER TABLE node ADD COLUMN replacements INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE stretch ADD COLUMN replacement INTEGER NOT NULL DEFAULT 0;
  `,
]

/**
 * Brings the schema up to date, each step in a transaction of its own, so that a crash leaves a version that this
 * program knows. Throws `OperatorError` if a newer program wrote the database.
 */
export function migrate(database: Connection, file: string, steps: readonly string[] = migrations): void {
  const version = Number(database.pragma('user_version', { simple: true }))
  if (version > steps.length) {
    throw new OperatorError(
      `${file} was written by a newer streamctl (schema ${version}, this one knows ${steps.length})`,
      {
        hint: 'use that version or a later one, or choose another data directory with --data',
      },
    )
  }
  for (const [index, step] of steps.entries()) {
    if (index < version) continue
    database.transaction(() => {
      database.exec(step)
      database.pragma(`user_version = ${index + 1}`)
    })()
  }
}

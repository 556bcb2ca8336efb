import { deflateRawSync, inflateRawSync } from 'node:zlib'

/** What a task notes with the offset of its first partition. */
export interface TaskNote {
  /** What its operators remember besides their stores: stream time, how far windows have been closed. */
  readonly marks: Readonly<Record<string, number>>
  /** Its stores, also former ones, each with the signature of what it holds: see `fingerprint.ts`. */
  readonly stores: Readonly<Record<string, string>>
}

/** Above this, the text is compressed: brokers take 4,096 bytes by default (`offset.metadata.max.bytes`). */
const plainCharactersMax = 1_000

/**
 * The note as text. It is committed with the offsets, so it is exactly as old as they are; Kafka Streams keeps the time of
 * partitions in the same place (KIP-622).
 */
export function encodeNote(note: TaskNote): string {
  const text = JSON.stringify({ streamctl: 1, ...note })
  return text.length <= plainCharactersMax ? text : `z${deflateRawSync(text).toString('base64')}`
}

/** The note of a commit; undefined where there is none of ours, as after somebody has moved the group. */
export function decodeNote(metadata: string): TaskNote | undefined {
  try {
    const text = metadata.startsWith('z')
      ? inflateRawSync(Buffer.from(metadata.slice(1), 'base64')).toString()
      : metadata
    const note = JSON.parse(text)
    return note.streamctl === 1 ? { marks: note.marks ?? {}, stores: note.stores ?? {} } : undefined
  } catch {
    return undefined
  }
}

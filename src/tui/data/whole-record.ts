import { forEachFetched } from '../../client/fetched-records.ts'
import { findTopic } from '../../client/list-offsets.ts'
import { Reader } from '../../client/reader.ts'
import { placeOf } from '../../client/record-place.ts'
import type { WholeRecord } from '../record-row.ts'
import { defineSource, type Source } from '../source.ts'

export interface RecordSource extends Source {
  readonly kind: 'record'
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

/** One record as a whole, read once; null if it is not there any more. */
export const recordSource = defineSource<RecordSource, WholeRecord | null>(async context => {
  const { cluster, question, emit, signal } = context
  const { topic: name, partition, offset } = question
  const topic = await findTopic(cluster, name)
  // Connections of its own: a tail on the others may have a long fetch under way.
  const own = cluster.sibling()
  const reader = new Reader(own, { reconnectForMs: 0, isolation: 'uncommitted' })
  const stop = (): void => reader.stop()
  signal.addEventListener('abort', stop)
  let found: WholeRecord | null = null
  try {
    reader.add({ topic: name, topicId: topic.topicId, partition, offset, endOffset: offset + 1 })
    if (signal.aborted) return
    await reader.run(fetched => {
      const { timestampType } = placeOf(fetched, 0)
      forEachFetched(fetched, record => {
        if (record.offset !== offset) return
        const { key, value, headers, timestamp } = record
        found = {
          ...{ topic: name, partition, offset, timestamp, timestampType },
          key: copied(key),
          value: copied(value),
          headers: headers.map(header => ({ key: header.key, value: copied(header.value) })),
        }
      })
    })
    emit(found)
  } finally {
    signal.removeEventListener('abort', stop)
    own.close()
  }
})

/** Not a part of what was fetched, which would be kept as a whole. */
function copied(bytes: Buffer | null): Buffer | null {
  return bytes && Buffer.from(bytes)
}

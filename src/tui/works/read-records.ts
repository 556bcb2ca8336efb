import type { Cluster } from '../../client/cluster.ts'
import { forEachInBatch, wantedBatches } from '../../client/fetched-records.ts'
import { findTopic } from '../../client/list-offsets.ts'
import { Reader } from '../../client/reader.ts'
import { placeOf } from '../../client/record-place.ts'
import type { WholeRecord } from '../record-row.ts'

export interface Place {
  readonly partition: number
  readonly offset: number
}

/** Records that lie no farther apart than this are read in one go, with those between them. */
const gapMax = 2_000

/**
 * Records as a whole, in the order of the places; those that are not there any more are left out. Each is in memory of its
 * own. Throws what a broker refuses.
 */
export async function readRecords(
  cluster: Cluster,
  topic: string,
  places: readonly Place[],
  signal: AbortSignal,
): Promise<readonly WholeRecord[]> {
  const { topicId } = await findTopic(cluster, topic)
  const found = new Map<string, WholeRecord>()
  const wanted = new Set(places.map(keyOf))
  // Connections of its own: a tail on the others may have a long fetch under way.
  const own = cluster.sibling()
  try {
    for (const { partition, first, last } of stretches(places)) {
      if (signal.aborted) break
      const reader = new Reader(own, { reconnectForMs: 5_000 })
      const stop = (): void => reader.stop()
      signal.addEventListener('abort', stop)
      reader.add({ topic, topicId, partition, offset: first, endOffset: last + 1 })
      try {
        await reader.run(fetched => {
          for (const at of wantedBatches(fetched)) {
            const { timestampType } = placeOf(fetched, at)
            forEachInBatch(fetched, at, ({ offset, timestamp, key, value, headers }) => {
              if (!wanted.has(keyOf({ partition, offset }))) return
              found.set(keyOf({ partition, offset }), {
                ...{ topic, partition, offset, timestamp, timestampType },
                key: copied(key),
                value: copied(value),
                headers: headers.map(header => ({ key: header.key, value: copied(header.value) })),
              })
            })
          }
        })
      } finally {
        signal.removeEventListener('abort', stop)
      }
    }
  } finally {
    own.close()
  }
  return places.flatMap(place => found.get(keyOf(place)) ?? [])
}

interface Stretch {
  readonly partition: number
  readonly first: number
  readonly last: number
}

function stretches(places: readonly Place[]): readonly Stretch[] {
  const found: { partition: number; first: number; last: number }[] = []
  for (const { partition, offset } of places.toSorted((a, b) => a.partition - b.partition || a.offset - b.offset)) {
    const open = found.at(-1)
    if (open && open.partition === partition && offset - open.last <= gapMax) open.last = offset
    else found.push({ partition, first: offset, last: offset })
  }
  return found
}

/** Not a part of what was fetched, which would be kept as a whole. */
function copied(bytes: Buffer | null): Buffer | null {
  return bytes && Buffer.from(bytes)
}

function keyOf({ partition, offset }: Place): string {
  return `${partition}:${offset}`
}

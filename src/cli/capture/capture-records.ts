import type { Env } from '../../base/env.ts'
import { OperatorError } from '../../base/errors.ts'
import type { Cluster } from '../../client/cluster.ts'
import { forEachInBatch, wantedBatches } from '../../client/fetched-records.ts'
import { recordToJson } from '../../client/json-record.ts'
import { findTopic } from '../../client/list-offsets.ts'
import type { OffsetRanges } from '../../client/offset-expression.ts'
import { Reader } from '../../client/reader.ts'
import { placeOf } from '../../client/record-place.ts'
import type { RecordFilter } from '../../client/where/filter.ts'
import { choosePartitions, resolveRanges } from '../partition-ranges.ts'
import { endAt, idleTimer } from '../reading-end.ts'

export interface CaptureRequest {
  readonly env: Env
  readonly topics: readonly string[]
  readonly ranges: OffsetRanges
  readonly partitions: readonly number[] | undefined
  /** Stop at the ends as they are now. */
  readonly toEnd: boolean
  readonly count: number
  readonly waitMs: number | undefined
  /** When to stop reading what is yet to come, in milliseconds since 1970. */
  readonly endMs: number | undefined
  readonly filter: RecordFilter | undefined
  readonly signal: AbortSignal
  readonly onNotice: (text: string) => void
}

interface CapturedRecord {
  readonly timestamp: number
  /** When it came, over all partitions. */
  readonly turn: number
  readonly line: string
}

/** A fixture is read by people and kept beside a script: what is larger is no fixture. */
const charactersMax = 256 * 1024 * 1024

/**
 * Reads records of topics and answers them as lines of JSON, by their timestamps: the order in which a script gets them from
 * one partition, and, as near as can be, from several.
 */
export async function captureRecords(cluster: Cluster, request: CaptureRequest): Promise<readonly string[]> {
  const captured: CapturedRecord[] = []
  if (request.count === 0) return []
  let characters = 0
  const reader = new Reader(cluster, { onNotice: request.onNotice })
  const stop = (): void => reader.stop()
  const callOffs = await addTopics(cluster, reader, request)
  request.signal.addEventListener('abort', stop)
  if (request.signal.aborted) stop()
  const idle = idleTimer(request.env, request.waitMs, stop)
  try {
    await reader.run(fetched => {
      idle.notice()
      for (const at of wantedBatches(fetched)) {
        const place = placeOf(fetched, at)
        forEachInBatch(fetched, at, record => {
          if (captured.length >= request.count || request.filter?.matches(record, place) === false) return
          const line = recordToJson(place.topic, place.partition, record)
          characters += line.length
          captured.push({ timestamp: record.timestamp, turn: captured.length, line })
        })
        if (characters > charactersMax) throw tooMuch()
      }
      if (captured.length >= request.count) stop()
    })
  } finally {
    idle.stop()
    for (const callOff of callOffs) callOff()
    request.signal.removeEventListener('abort', stop)
  }
  return captured.toSorted((a, b) => a.timestamp - b.timestamp || a.turn - b.turn).map(({ line }) => line)
}

async function addTopics(cluster: Cluster, reader: Reader, request: CaptureRequest): Promise<(() => void)[]> {
  const callOffs: (() => void)[] = []
  for (const name of request.topics) {
    const topic = await findTopic(cluster, name)
    const resolved = await resolveRanges(cluster, topic, {
      partitions: choosePartitions(topic, request.partitions),
      ranges: request.ranges,
      defaultStart: { kind: 'start' },
      toEnd: request.toEnd,
    })
    for (const { partition, offset, endOffset } of resolved) {
      reader.add({ topic: topic.name, topicId: topic.topicId, partition, offset, endOffset })
    }
    callOffs.push(endAt(cluster, reader, topic, request.endMs))
  }
  return callOffs
}

function tooMuch(): OperatorError {
  return new OperatorError('more than 256 MiB would be captured: a fixture is smaller than that', {
    hint: 'take fewer with -n, a range with -o, or only what matters with --where; streamctl export keeps whole topics',
  })
}

import { OperatorError } from '../../base/errors.ts'
import type { Cluster } from '../../client/cluster.ts'
import { type FetchedRecord, forEachFetched } from '../../client/fetched-records.ts'
import { endOffsets, findTopic } from '../../client/list-offsets.ts'
import { Reader } from '../../client/reader.ts'
import { packingOf } from '../state/packing.ts'
import type { Application } from '../topology/application.ts'
import { changelogTopic, type StoreDefinition } from '../topology/topology.ts'
import { plainValue } from './key-argument.ts'
import { isReadable, rowKeyReader } from './row-key.ts'
import type { StoreEntry } from './running-application.ts'

/** A change of a store: what a key has now, null where it was removed. */
export interface StoreChange extends StoreEntry {
  readonly partition: number
  /** In the changelog. */
  readonly offset: number
}

/** The first line of a stream of changes: from now on nothing is missed. */
export interface ChangesBegin {
  readonly changelog: string
  readonly partitions: number
}

/**
 * Follows what is committed to a store from now on, over all partitions: reads its changelog, so any instance can tell it, and
 * goes on while tasks move. Ends when `signal` aborts. Throws OperatorErrors for stores without a changelog.
 */
export async function followStore(
  cluster: Cluster,
  { application, store }: { readonly application: Application; readonly store: string },
  tell: (change: StoreChange | ChangesBegin) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const definition = application.plan.stores.get(store)
  if (!definition || !isReadable(definition)) {
    throw new OperatorError(`the store ${store} is an operator's own and cannot be read`)
  }
  const changeOf = changeReader(definition)
  const topic = await findTopic(cluster, changelogOf(application, definition))
  const partitions = topic.partitions.map(({ partition }) => partition)
  const ends = await endOffsets(cluster, topic, partitions)
  const reader = new Reader(cluster, { isolation: 'committed', reconnectForMs: Number.POSITIVE_INFINITY })
  for (const [partition, offset] of ends) {
    reader.add({ topic: topic.name, topicId: topic.topicId, partition, offset, endOffset: Number.POSITIVE_INFINITY })
  }
  const stop = (): void => reader.stop()
  signal.addEventListener('abort', stop)
  if (signal.aborted) return
  await tell({ changelog: topic.name, partitions: partitions.length })
  await reader.run(async fetched => {
    const changes: StoreChange[] = []
    forEachFetched(fetched, record => {
      const change = changeOf(record, fetched.partition)
      if (change) changes.push(change)
    })
    for (const change of changes) await tell(change)
  })
}

function changelogOf(application: Application, definition: StoreDefinition): string {
  if (definition.sourceTopic !== undefined) return definition.sourceTopic
  if (definition.changelog) return `${application.name}-${changelogTopic(definition.name)}`
  throw new OperatorError(`the store ${definition.name} has no changelog to follow`, {
    hint: 'ask again and again, without --follow',
  })
}

/** Reads records of a changelog: their keys are those of the rows, their values as the rows' format writes them. */
function changeReader(
  definition: Parameters<typeof rowKeyReader>[0],
): (record: FetchedRecord, partition: number) => StoreChange | undefined {
  const keyOf = rowKeyReader(definition)
  const { unpack } = packingOf(definition.value)
  return (record, partition) => {
    if (record.key === null) return undefined
    const { key, window } = keyOf(record.key.toString('latin1'))
    const packed = record.value === null ? null : definition.rows.valueOf(record.value)
    return {
      key: plainValue(key),
      ...(window && { window }),
      value: packed === null ? null : plainValue(unpack(packed)),
      timestamp: record.timestamp,
      partition,
      offset: record.offset,
    }
  }
}

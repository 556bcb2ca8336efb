import type { AnyCodec } from '../codecs/codec.ts'
import { json } from '../codecs/json.ts'
import { KeyValueStore } from '../state/key-value-store.ts'
import { valueRows, versionRows } from '../state/row-format.ts'
import { VersionedStore } from '../state/versioned-store.ts'
import { type Duration, durationMs } from './duration.ts'
import type { TopologyGraph } from './graph.ts'

/** What is written where a script names no codec. */
export const defaultCodec: AnyCodec = json()

/** How a table is kept, as scripts say it. */
export interface MaterializedOptions {
  readonly store?: string
  readonly key?: AnyCodec
  readonly value?: AnyCodec
  readonly retention?: Duration
  readonly changelog?: boolean
  readonly versioned?: { readonly historyRetention: Duration }
}

/** Declares the store of a table. `retentionMs` where rows expire. */
export function addTableStore(
  graph: TopologyGraph,
  name: string,
  options: {
    key: AnyCodec
    value: AnyCodec
    materialized: MaterializedOptions
    sourceTopic?: string
    global?: boolean
  },
): void {
  const { key, value, materialized, sourceTopic, global } = options
  const { versioned } = materialized
  const historyMs = versioned ? durationMs(versioned.historyRetention, 'historyRetention') : undefined
  graph.addStore({
    name,
    kind: historyMs === undefined ? 'key-value' : 'versioned',
    key,
    value,
    retentionMs: historyMs,
    changelog: !global && (materialized.changelog ?? true),
    sourceTopic,
    rows: historyMs === undefined ? valueRows(value) : versionRows(value),
    create: table =>
      historyMs === undefined
        ? new KeyValueStore(table, { key, value })
        : new VersionedStore(table, { key, value, historyMs }),
  })
}

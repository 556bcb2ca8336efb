import { OperatorError } from '../../base/errors.ts'
import type { AnyCodec } from '../codecs/codec.ts'
import type { TableView, UserFunction } from '../operators/operator.ts'
import { streamTableJoin } from '../operators/stream-table-join.ts'
import { JoinBuffer } from '../state/join-buffer.ts'
import { byteRows } from '../state/row-format.ts'
import { durationMs } from './duration.ts'
import { rekeyed, sharedKey } from './join-streams.ts'
import { defaultCodec } from './materialized.ts'
import { StreamBuilder } from './stream.ts'
import type { TableBuilder } from './table.ts'

/** A table of which every instance holds all. */
export interface GlobalTableHandle {
  readonly store: string
  readonly key: AnyCodec
  readonly view: TableView
}

/** Adds a join of a stream with a table of the same key. With a grace, each record meets the row that was valid at its time. */
export function joinTable(
  left: boolean,
  stream: StreamBuilder,
  table: TableBuilder,
  joiner: UserFunction,
  options: Record<string, unknown>,
): StreamBuilder {
  const given = options as { name?: string; grace?: unknown; key?: AnyCodec; leftValue?: AnyCodec }
  const key = sharedKey(stream, table, given)
  const value = given.leftValue ?? stream.state.value ?? defaultCodec
  const joined = rekeyed(stream, { base: given.name && `${given.name}-left`, key, value })
  const { graph, sources } = joined.state
  const all = [...sources, ...table.state.sources]
  graph.copartition(all)
  const name = given.name ?? graph.newName(left ? 'KSTREAM-LEFTJOIN-' : 'KSTREAM-JOIN-')
  const { view, stores } = table.view()
  const graceMs = given.grace === undefined ? undefined : durationMs(given.grace, 'grace')
  const buffer = graceMs === undefined ? undefined : { store: `${name}-Buffer`, graceMs }
  if (buffer) {
    if (!table.state.versioned) {
      throw new OperatorError('a join with a grace needs a table that keeps its versions', {
        hint: "declare the table with { versioned: { historyRetention: '1h' } }",
      })
    }
    graph.addStore({
      name: buffer.store,
      kind: 'buffer',
      key,
      value,
      retentionMs: undefined,
      changelog: true,
      sourceTopic: undefined,
      rows: byteRows,
      create: state => new JoinBuffer(state, { key, value }),
    })
  }
  graph.addProcessor({
    name,
    parents: [joined.state.name],
    stores: () => (buffer ? [...stores, buffer.store] : stores),
    create: streamTableJoin({ left, table: view, keyOf: (_value, own) => own, joiner, ...(buffer && { buffer }) }),
    ...(left && { nullKeys: 'joins' as const }),
  })
  return new StreamBuilder({ graph, name, key, value: undefined, sources: all, rekeyed: false })
}

/** Adds a join of a stream with a global table by any key: `on(value, key)`. */
export function joinGlobalTable(
  left: boolean,
  stream: StreamBuilder,
  table: GlobalTableHandle,
  joiner: UserFunction,
  { on, name: given }: { on: UserFunction; name?: string },
): StreamBuilder {
  if (typeof on !== 'function') {
    throw new OperatorError('a join with a global table needs to know the key to look up', {
      hint: 'give it as { on: (value, key) => … }',
    })
  }
  const { graph, name: parent } = stream.state
  // Kafka Streams gives inner joins this name too.
  const name = given ?? graph.newName('KSTREAM-LEFTJOIN-')
  graph.addProcessor({
    name,
    parents: [parent],
    create: streamTableJoin({ left, table: table.view, keyOf: on, joiner }),
    ...(left && { nullKeys: 'joins' as const }),
  })
  return new StreamBuilder({ ...stream.state, name, value: undefined })
}

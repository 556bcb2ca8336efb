import type { UserFunction } from '../operators/operator.ts'
import { type JoinKind, joinedView, tableJoin } from '../operators/table-join.ts'
import { storeView, type TableOptions, tableSink } from '../operators/tables.ts'
import { addTableStore, defaultCodec, type MaterializedOptions } from './materialized.ts'
import { TableBuilder } from './table.ts'

/** Adds the join of two tables by key. */
export function joinTables(
  kind: JoinKind,
  left: TableBuilder,
  right: TableBuilder,
  joiner: UserFunction,
  given: MaterializedOptions & { name?: string },
): TableBuilder {
  const { graph, key } = left.state
  const { name } = given
  // `{}` asks for no store: only what says something of one does, as Kafka's Materialized does.
  const materialized = Object.keys(given).some(option => option !== 'name') ? given : undefined
  const store = materialized ? (materialized.store ?? graph.newStoreName('KTABLE-MERGE-')) : undefined
  const merge = name ?? graph.newName('KTABLE-MERGE-')
  const sources = [...left.state.sources, ...right.state.sources]
  graph.copartition(sources)
  if (kind !== 'inner') left.state.enableOldValues(true)
  if (kind === 'outer') right.state.enableOldValues(true)
  const joinLeft = name ? `${name}-join-this` : graph.newName('KTABLE-JOINTHIS-')
  const joinRight = name ? `${name}-join-other` : graph.newName('KTABLE-JOINOTHER-')
  const value = materialized?.value ?? defaultCodec
  if (store !== undefined && materialized) addTableStore(graph, store, { key, value, materialized })
  const result: TableOptions = { store, sendOldValues: false, versioned: false }
  const [leftTable, rightTable] = [left.view(), right.view()]
  const addSide = (side: 'left' | 'right', node: string): void => {
    const [own, other] = side === 'left' ? [left, rightTable] : [right, leftTable]
    const versioned = { store: undefined, sendOldValues: false, versioned: own.state.versioned }
    graph.addProcessor({
      name: node,
      parents: [own.state.name],
      stores: () => other.stores,
      create: tableJoin({ kind, result, joiner, side, own: versioned, other: other.view }),
    })
  }
  addSide('left', joinLeft)
  addSide('right', joinRight)
  const kept = (): string[] => (store === undefined ? [] : [store])
  graph.addProcessor({ name: merge, parents: [joinLeft, joinRight], stores: kept, create: tableSink(result) })
  return new TableBuilder({
    graph,
    name: merge,
    key,
    value,
    sources,
    options: result,
    versioned: materialized?.versioned !== undefined,
    view: () =>
      store === undefined
        ? {
            view: joinedView(kind, leftTable.view, rightTable.view, joiner),
            stores: [...leftTable.stores, ...rightTable.stores],
          }
        : { view: storeView(store), stores: [store] },
    enableOldValues() {
      left.state.enableOldValues(true)
      right.state.enableOldValues(true)
      result.sendOldValues = true
      return true
    },
  })
}

import { OperatorError } from '../../base/errors.ts'
import type { AnyCodec } from '../codecs/codec.ts'
import { orNull, type TableView, type UserFunction } from '../operators/operator.ts'
import type { JoinKind } from '../operators/table-join.ts'
import {
  derivedView,
  storeView,
  type TableOptions,
  tableFilter,
  tableMapValues,
  tableSelect,
  toStream,
} from '../operators/tables.ts'
import type { TopologyGraph } from './graph.ts'
import { GroupedTableBuilder } from './grouped-table.ts'
import { joinByForeignKey } from './join-foreign-key.ts'
import { joinTables } from './join-tables.ts'
import { addTableStore, defaultCodec, type MaterializedOptions } from './materialized.ts'
import { StreamBuilder } from './stream.ts'
import { type SuppressRequest, suppressed } from './suppressed.ts'

/** How a table is read by others, and the stores that takes. */
export interface ReadableTable {
  readonly view: TableView
  readonly stores: readonly string[]
}

export interface TableState {
  readonly graph: TopologyGraph
  /** The node that passes on the updates. */
  readonly name: string
  readonly key: AnyCodec
  readonly value: AnyCodec
  readonly sources: readonly string[]
  readonly options: TableOptions
  /** Whether updates that come too late are told apart: only of tables with versions. */
  readonly versioned: boolean
  /** Makes the table readable, by keeping it where it is not kept yet. */
  readonly view: () => ReadableTable
  /** Makes the table tell what was before; false where it would have to be kept for that and `force` is not set. */
  readonly enableOldValues: (force: boolean) => boolean
  /** Of windowed tables: how long after their end windows can still change. */
  readonly closeDelayMs?: number
}

interface StoredTable {
  readonly graph: TopologyGraph
  readonly name: string
  readonly key: AnyCodec
  readonly value: AnyCodec
  readonly sources: readonly string[]
  readonly options: TableOptions & { store: string | undefined }
}

/** A table under construction: what the script's type `Table` stands for. */
export class TableBuilder {
  readonly state: TableState

  constructor(state: TableState) {
    this.state = state
  }

  /** A table that its node keeps in a store. */
  static stored(table: StoredTable): TableBuilder {
    const { options } = table
    return new TableBuilder({
      ...table,
      versioned: options.versioned,
      view: () => ({ view: storeView(options.store!), stores: [options.store!] }),
      enableOldValues() {
        options.sendOldValues = true
        return true
      },
    })
  }

  /** A table whose keys are windows. */
  static windowed(table: StoredTable & { view: TableView; closeDelayMs: number }): TableBuilder {
    const { options, view } = table
    return new TableBuilder({
      ...TableBuilder.stored(table).state,
      view: () => ({ view, stores: [options.store!] }),
      closeDelayMs: table.closeDelayMs,
    })
  }

  view(): ReadableTable {
    return this.state.view()
  }

  filter(predicate: UserFunction, materialized?: MaterializedOptions): TableBuilder {
    const kept = (value: unknown, key: unknown): unknown => (predicate(value, key) ? value : null)
    return this.#derived({
      prefix: 'KTABLE-FILTER-',
      materialized,
      value: materialized?.value ?? this.state.value,
      create: options => tableFilter(options, predicate),
      derive: kept,
    })
  }

  filterNot(predicate: UserFunction, materialized?: MaterializedOptions): TableBuilder {
    return this.filter((value, key) => !predicate(value, key), materialized)
  }

  mapValues(mapper: UserFunction, materialized?: MaterializedOptions): TableBuilder {
    return this.#derived({
      prefix: 'KTABLE-MAPVALUES-',
      materialized,
      value: materialized?.value ?? defaultCodec,
      create: options => tableMapValues(options, mapper),
      derive: (value, key) => orNull(mapper(value, key)),
    })
  }

  groupBy(
    mapper: UserFunction,
    options: { key?: AnyCodec; value?: AnyCodec; name?: string } = {},
  ): GroupedTableBuilder {
    const { graph, name: parent, sources, versioned } = this.state
    const name = options.name ?? graph.newName('KTABLE-SELECT-')
    const selectOptions = { store: undefined, sendOldValues: true, versioned }
    graph.addProcessor({ name, parents: [parent], create: tableSelect(selectOptions, mapper) })
    this.state.enableOldValues(true)
    const { key = defaultCodec, value = defaultCodec } = options
    return new GroupedTableBuilder({ graph, name, key, value, sources, groupName: options.name })
  }

  join(right: TableBuilder, joiner: UserFunction, options: Record<string, unknown> = {}): TableBuilder {
    return this.#join('inner', right, joiner, options)
  }

  leftJoin(right: TableBuilder, joiner: UserFunction, options: Record<string, unknown> = {}): TableBuilder {
    return this.#join('left', right, joiner, options)
  }

  outerJoin(right: TableBuilder, joiner: UserFunction, options: Record<string, unknown> = {}): TableBuilder {
    return this.#join('outer', right, joiner, options)
  }

  suppress(request: SuppressRequest): TableBuilder {
    return suppressed(this, request)
  }

  toStream(): StreamBuilder {
    const { graph, name: parent, key, value, sources } = this.state
    const name = graph.newName('KTABLE-TOSTREAM-')
    graph.addProcessor({ name, parents: [parent], create: toStream })
    return new StreamBuilder({ graph, name, key, value, sources, rekeyed: false })
  }

  #join(kind: JoinKind, right: TableBuilder, joiner: UserFunction, options: Record<string, unknown>): TableBuilder {
    if (options.foreignKey === undefined) return joinTables(kind, this, right, joiner, options)
    if (kind === 'outer') throw new OperatorError('an outer join of tables cannot go by a foreign key')
    return joinByForeignKey(kind === 'left', this, right, joiner, options as { foreignKey: UserFunction })
  }

  /** A table that is computed row by row from this one, and kept only if a script says so. */
  #derived(part: {
    prefix: string
    materialized: MaterializedOptions | undefined
    value: AnyCodec
    create: (options: TableOptions) => ReturnType<typeof tableFilter>
    derive: (value: unknown, key: unknown) => unknown
  }): TableBuilder {
    const { graph, name: parent, key, sources } = this.state
    const { materialized, value } = part
    const store = materialized?.store
    // Kafka Streams uses up a number here, so that stores that get a name later do not rename the others.
    if (materialized && store === undefined) graph.newStoreName(part.prefix)
    const name = graph.newName(part.prefix)
    if (materialized && store !== undefined) addTableStore(graph, store, { key, value, materialized })
    const options: TableOptions = { store, sendOldValues: false, versioned: this.state.versioned }
    // Where the table before is kept anyway, its old values save deletions of what was not there.
    if (part.prefix === 'KTABLE-FILTER-') options.sendOldValues = this.state.enableOldValues(false)
    const stores = store === undefined ? [] : [store]
    graph.addProcessor({ name, parents: [parent], stores: () => stores, create: part.create(options) })
    return new TableBuilder({
      ...this.state,
      graph,
      name,
      key,
      value,
      sources,
      options,
      versioned: store === undefined ? this.state.versioned : materialized?.versioned !== undefined,
      view: () => {
        if (store !== undefined) return { view: storeView(store), stores: [store] }
        const parentTable = this.view()
        return { view: derivedView(parentTable.view, part.derive), stores: parentTable.stores }
      },
      enableOldValues: force => {
        if (store !== undefined || this.state.enableOldValues(force)) options.sendOldValues = true
        return options.sendOldValues
      },
    })
  }
}

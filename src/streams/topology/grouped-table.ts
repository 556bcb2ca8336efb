import { changeCodec } from '../codecs/change.ts'
import type { AnyCodec } from '../codecs/codec.ts'
import { int64 } from '../codecs/numbers.ts'
import { type Aggregation, counting, reducing, tableAggregate } from '../operators/aggregate.ts'
import type { UserFunction } from '../operators/operator.ts'
import type { TopologyGraph } from './graph.ts'
import { addTableStore, defaultCodec, type MaterializedOptions } from './materialized.ts'
import { TableBuilder } from './table.ts'

interface GroupedTable {
  readonly graph: TopologyGraph
  /** The node that passes on the rows under their group. */
  readonly name: string
  readonly key: AnyCodec
  readonly value: AnyCodec
  readonly sources: readonly string[]
  readonly groupName: string | undefined
}

/** A table whose rows are put into groups. */
export class GroupedTableBuilder {
  readonly #table: GroupedTable

  constructor(table: GroupedTable) {
    this.#table = table
  }

  count(materialized: MaterializedOptions = {}): TableBuilder {
    return this.#aggregate('KTABLE-AGGREGATE-', counting, materialized.value ?? (int64 as AnyCodec), materialized)
  }

  reduce(add: UserFunction, subtract: UserFunction, materialized: MaterializedOptions = {}): TableBuilder {
    const value = materialized.value ?? this.#table.value
    return this.#aggregate('KTABLE-REDUCE-', reducing(add, subtract), value, materialized)
  }

  aggregate(
    initialize: () => unknown,
    add: UserFunction,
    subtract: UserFunction,
    materialized: MaterializedOptions = {},
  ): TableBuilder {
    const value = materialized.value ?? defaultCodec
    return this.#aggregate('KTABLE-AGGREGATE-', { initialize, add, subtract }, value, materialized)
  }

  #aggregate(
    prefix: string,
    aggregation: Aggregation,
    value: AnyCodec,
    materialized: MaterializedOptions,
  ): TableBuilder {
    const { graph, name: parent, groupName } = this.#table
    const key = materialized.key ?? this.#table.key
    const store = materialized.store ?? graph.newStoreName('KTABLE-AGGREGATE-')
    const sink = graph.newName('KSTREAM-SINK-')
    const source = graph.newName('KSTREAM-SOURCE-')
    const name = graph.newName(prefix)
    const topic = `${groupName ?? store}-repartition`
    graph.addInternalTopic({ name: topic, partitions: undefined })
    const written = { key, value: changeCodec(this.#table.value), changes: true }
    graph.addSink({ name: sink, parents: [parent], topic, ...written })
    graph.addSource({ name: source, topics: [topic], ...written, global: false, onInvalid: 'fail' })
    addTableStore(graph, store, { key, value, materialized })
    const options = { store, sendOldValues: false, versioned: materialized.versioned !== undefined }
    const create = tableAggregate(options, aggregation)
    graph.addProcessor({ name, parents: [source], stores: () => [store], create })
    return TableBuilder.stored({ graph, name, key, value, sources: [source], options })
  }
}

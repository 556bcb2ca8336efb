import type { AnyCodec } from '../codecs/codec.ts'
import { int64 } from '../codecs/numbers.ts'
import { type Aggregation, counting, reducing, streamAggregate } from '../operators/aggregate.ts'
import type { UserFunction } from '../operators/operator.ts'
import { checkWindows, type SessionWindows, type SlidingWindows, type TimeWindows } from '../operators/windows.ts'
import { CogroupedBuilder } from './cogroup.ts'
import { addTableStore, defaultCodec, type MaterializedOptions } from './materialized.ts'
import { repartitioned } from './repartition.ts'
import type { StreamBuilder } from './stream.ts'
import { TableBuilder } from './table.ts'
import { WindowedStreamBuilder } from './windowed-stream.ts'

/** What goes into an aggregating operator. */
export interface AggregateRequest {
  readonly prefix: 'KSTREAM-AGGREGATE-' | 'KSTREAM-REDUCE-'
  readonly aggregation: Aggregation
  readonly value: AnyCodec
  readonly materialized: MaterializedOptions
}

/** A stream whose records of one key belong together. */
export class GroupedStreamBuilder {
  readonly stream: StreamBuilder
  readonly name: string | undefined

  constructor(stream: StreamBuilder, name: string | undefined) {
    this.stream = stream
    this.name = name
  }

  get key(): AnyCodec {
    return this.stream.state.key ?? defaultCodec
  }

  count(materialized: MaterializedOptions = {}): TableBuilder {
    return this.#aggregate(countRequest(materialized))
  }

  reduce(reducer: UserFunction, materialized: MaterializedOptions = {}): TableBuilder {
    return this.#aggregate(reduceRequest(this.stream, reducer, materialized))
  }

  aggregate(initialize: () => unknown, add: UserFunction, materialized: MaterializedOptions = {}): TableBuilder {
    return this.#aggregate(aggregateRequest({ initialize, add }, materialized))
  }

  cogroup(add: UserFunction): CogroupedBuilder {
    return new CogroupedBuilder([{ grouped: this, add }])
  }

  windowedBy(windows: TimeWindows | SlidingWindows | SessionWindows): WindowedStreamBuilder {
    checkWindows(windows)
    return new WindowedStreamBuilder(this, windows)
  }

  /** The stream with all records of one key in one partition, through a topic where that is needed. */
  partitioned(store: string): StreamBuilder {
    if (!this.stream.state.rekeyed) return this.stream
    const { key, value } = this.stream.state
    return repartitioned(this.stream, { base: this.name ?? store, key, value })
  }

  #aggregate({ prefix, aggregation, value, materialized }: AggregateRequest): TableBuilder {
    const { graph } = this.stream.state
    const store = materialized.store ?? graph.newStoreName(prefix)
    const name = graph.newName(prefix)
    const stream = this.partitioned(store)
    const key = materialized.key ?? this.key
    addTableStore(graph, store, { key, value, materialized })
    const options = { store, sendOldValues: false, versioned: materialized.versioned !== undefined }
    const create = streamAggregate(options, aggregation)
    graph.addProcessor({ name, parents: [stream.state.name], stores: () => [store], create })
    return TableBuilder.stored({ graph, name, key, value, sources: stream.state.sources, options })
  }
}

export function countRequest(materialized: MaterializedOptions): AggregateRequest {
  const value = materialized.value ?? (int64 as AnyCodec)
  return { prefix: 'KSTREAM-AGGREGATE-', aggregation: counting, value, materialized }
}

export function reduceRequest(
  stream: StreamBuilder,
  reducer: UserFunction,
  materialized: MaterializedOptions,
): AggregateRequest {
  const value = materialized.value ?? stream.state.value ?? defaultCodec
  return { prefix: 'KSTREAM-REDUCE-', aggregation: reducing(reducer), value, materialized }
}

export function aggregateRequest(aggregation: Aggregation, materialized: MaterializedOptions): AggregateRequest {
  return { prefix: 'KSTREAM-AGGREGATE-', aggregation, value: materialized.value ?? defaultCodec, materialized }
}

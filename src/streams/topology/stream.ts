import { OperatorError } from '../../base/errors.ts'
import type { AnyCodec } from '../codecs/codec.ts'
import type { OperatorFactory, UserFunction } from '../operators/operator.ts'
import { processRecords, type ScriptProcessor } from '../operators/process.ts'
import {
  branch,
  filter,
  flatMap,
  flatMapValues,
  map,
  mapValues,
  passThrough,
  peek,
  selectKey,
} from '../operators/stateless.ts'
import { tableSource } from '../operators/tables.ts'
import { durationMs } from './duration.ts'
import type { TopologyGraph } from './graph.ts'
import { GroupedStreamBuilder } from './grouped-stream.ts'
import { type GlobalTableHandle, joinGlobalTable, joinTable } from './join-stream-table.ts'
import { joinStreams, type StreamJoinSettings } from './join-streams.ts'
import { type DeduplicateOptions, deduplicated, type MatchBuilder, matched } from './keyed-operators.ts'
import { addTableStore, defaultCodec, type MaterializedOptions } from './materialized.ts'
import { repartitioned } from './repartition.ts'
import { TableBuilder } from './table.ts'
import type { TopicHandle } from './topic.ts'

/** A codec where a script has said, or it follows, how something is written; else undefined. */
export type MaybeCodec = AnyCodec | undefined

interface StreamState {
  readonly graph: TopologyGraph
  /** The node that passes on the records. */
  readonly name: string
  readonly key: MaybeCodec
  readonly value: MaybeCodec
  /** The sources whose partitions the records come in. */
  readonly sources: readonly string[]
  /** Whether keys have changed since: records of one key may then be in several partitions. */
  readonly rekeyed: boolean
}

/** A stream under construction: what the script's type `Stream` stands for. */
export class StreamBuilder {
  readonly state: StreamState

  constructor(state: StreamState) {
    this.state = state
  }

  filter(predicate: UserFunction): StreamBuilder {
    return this.#next('KSTREAM-FILTER-', filter(predicate))
  }

  filterNot(predicate: UserFunction): StreamBuilder {
    return this.#next(
      'KSTREAM-FILTER-',
      filter((...record) => !predicate(...record)),
    )
  }

  map(mapper: UserFunction, options: { key?: AnyCodec } = {}): StreamBuilder {
    return this.#next('KSTREAM-MAP-', map(mapper), { key: options.key, value: undefined, rekeyed: true })
  }

  flatMap(mapper: UserFunction, options: { key?: AnyCodec } = {}): StreamBuilder {
    return this.#next('KSTREAM-FLATMAP-', flatMap(mapper), { key: options.key, value: undefined, rekeyed: true })
  }

  mapValues(mapper: UserFunction): StreamBuilder {
    return this.#next('KSTREAM-MAPVALUES-', mapValues(mapper), { value: undefined })
  }

  flatMapValues(mapper: UserFunction): StreamBuilder {
    return this.#next('KSTREAM-FLATMAPVALUES-', flatMapValues(mapper), { value: undefined })
  }

  selectKey(selector: UserFunction, options: { key?: AnyCodec; name?: string } = {}): StreamBuilder {
    const name = options.name ?? this.state.graph.newName('KSTREAM-KEY-SELECT-')
    return this.#named(name, selectKey(selector), { key: options.key, rekeyed: true })
  }

  peek(action: UserFunction): StreamBuilder {
    return this.#next('KSTREAM-PEEK-', peek(action))
  }

  forEach(action: UserFunction): void {
    this.#next('KSTREAM-FOREACH-', peek(action))
  }

  merge(other: StreamBuilder): StreamBuilder {
    const { graph, name, key, value, sources, rekeyed } = this.state
    const merged = graph.newName('KSTREAM-MERGE-')
    graph.addProcessor({ name: merged, parents: [name, other.state.name], create: passThrough })
    return new StreamBuilder({
      graph,
      name: merged,
      key: key === other.state.key ? key : undefined,
      value: value === other.state.value ? value : undefined,
      sources: [...sources, ...other.state.sources],
      rekeyed: rekeyed || other.state.rekeyed,
    })
  }

  /** Records go to the first branch whose predicate holds; what fits none to `default`. */
  branch(
    branches: Readonly<Record<string, UserFunction>> | ReadonlyMap<string, UserFunction>,
    options: { name?: string } = {},
  ): Record<string, StreamBuilder> {
    const all = branches instanceof Map ? [...branches] : Object.entries(branches)
    const { graph, name: parent } = this.state
    const name = options.name ?? graph.newName('KSTREAM-BRANCH-')
    graph.addProcessor({ name, parents: [parent], create: branch(all.map(([, predicate]) => predicate)) })
    const child = (suffix: string): StreamBuilder => {
      // Kafka Streams uses up a number here, though the branch is called otherwise.
      graph.newName('')
      graph.addProcessor({ name: `${name}${suffix}`, parents: [name], create: passThrough })
      return new StreamBuilder({ ...this.state, name: `${name}${suffix}` })
    }
    const made: Record<string, StreamBuilder> = {}
    for (const [at, [label]] of all.entries()) made[label] = child(options.name ? label : String(at + 1))
    // Only who asks for the rest gets a branch for it.
    let rest: StreamBuilder | undefined
    return Object.defineProperty(made, 'default', {
      enumerable: true,
      get() {
        rest ??= child('0')
        return rest
      },
    })
  }

  repartition(options: { name?: string; partitions?: number; key?: AnyCodec; value?: AnyCodec } = {}): StreamBuilder {
    const base = options.name ?? this.state.graph.newName('KSTREAM-REPARTITION-')
    const { key = this.state.key, value = this.state.value, partitions } = options
    return repartitioned(this, { base, key, value, partitions })
  }

  groupByKey(options: { key?: AnyCodec; value?: AnyCodec; name?: string } = {}): GroupedStreamBuilder {
    const { key = this.state.key, value = this.state.value, name } = options
    return new GroupedStreamBuilder(new StreamBuilder({ ...this.state, key, value }), name)
  }

  groupBy(
    selector: UserFunction,
    options: { key?: AnyCodec; value?: AnyCodec; name?: string } = {},
  ): GroupedStreamBuilder {
    const grouped = this.selectKey(selector, options.key ? { key: options.key } : {})
    const { value = this.state.value } = options
    return new GroupedStreamBuilder(new StreamBuilder({ ...grouped.state, value }), options.name)
  }

  toTable(materialized: MaterializedOptions = {}): TableBuilder {
    const { graph } = this.state
    const name = graph.newName('KSTREAM-TOTABLE-')
    const store = materialized.store ?? graph.newStoreName('KSTREAM-TOTABLE-')
    const { key = this.state.key, value = this.state.value } = materialized
    const stream = this.state.rekeyed ? repartitioned(this, { base: name, key, value }) : this
    const codecs = { key: key ?? defaultCodec, value: value ?? defaultCodec }
    addTableStore(graph, store, { ...codecs, materialized })
    const options = { store, sendOldValues: false, versioned: materialized.versioned !== undefined }
    graph.addProcessor({ name, parents: [stream.state.name], stores: () => [store], create: tableSource(options) })
    return TableBuilder.stored({ graph, name, ...codecs, sources: stream.state.sources, options })
  }

  join(right: unknown, joiner: UserFunction, options: Record<string, unknown> = {}): StreamBuilder {
    return this.#join('inner', right, joiner, options)
  }

  leftJoin(right: unknown, joiner: UserFunction, options: Record<string, unknown> = {}): StreamBuilder {
    return this.#join('left', right, joiner, options)
  }

  outerJoin(right: unknown, joiner: UserFunction, options: Record<string, unknown> = {}): StreamBuilder {
    return this.#join('outer', right, joiner, options)
  }

  deduplicate(options: DeduplicateOptions): StreamBuilder {
    return deduplicated(this, options)
  }

  match(pattern: MatchBuilder, result: UserFunction, options: { name?: string } = {}): StreamBuilder {
    return matched(this, pattern, result, options)
  }

  process(create: ScriptProcessor, options: { stores?: readonly string[]; name?: string } = {}): StreamBuilder {
    const { graph } = this.state
    const stores = options.stores ?? []
    for (const store of stores) {
      if (graph.hasStore(store)) continue
      throw new OperatorError(`a processor uses the store ${store}, which nobody has declared`, {
        hint: `declare it with builder.store('${store}', …), or use the store name of a table`,
      })
    }
    const name = options.name ?? graph.newName('KSTREAM-PROCESSOR-')
    const operator = processRecords(create, every => durationMs(every, 'the interval of schedule()'))
    return this.#named(name, operator, { key: undefined, value: undefined, rekeyed: true }, stores)
  }

  to(topic: TopicHandle): void {
    const { graph, name: parent } = this.state
    const name = graph.newName('KSTREAM-SINK-')
    graph.addSink({ name, parents: [parent], topic: topic.name, key: topic.key, value: topic.value, changes: false })
  }

  #join(
    kind: 'inner' | 'left' | 'outer',
    right: unknown,
    joiner: UserFunction,
    options: Record<string, unknown>,
  ): StreamBuilder {
    if (right instanceof StreamBuilder)
      return joinStreams(kind, this, right, joiner, options as unknown as StreamJoinSettings)
    if (kind === 'outer') throw new OperatorError('outerJoin() of a stream needs another stream')
    if (right instanceof TableBuilder) return joinTable(kind === 'left', this, right, joiner, options)
    return joinGlobalTable(kind === 'left', this, right as GlobalTableHandle, joiner, options as { on: UserFunction })
  }

  #next(prefix: string, create: OperatorFactory, changed: Partial<StreamState> = {}): StreamBuilder {
    return this.#named(this.state.graph.newName(prefix), create, changed)
  }

  #named(
    name: string,
    create: OperatorFactory,
    changed: Partial<StreamState>,
    stores: readonly string[] = [],
  ): StreamBuilder {
    this.state.graph.addProcessor({ name, parents: [this.state.name], stores: () => stores, create })
    return new StreamBuilder({ ...this.state, ...changed, name })
  }
}

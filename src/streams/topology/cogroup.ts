import { OperatorError } from '../../base/errors.ts'
import { type Aggregation, streamAggregate } from '../operators/aggregate.ts'
import type { OperatorFactory, UserFunction } from '../operators/operator.ts'
import { passThrough } from '../operators/stateless.ts'
import { checkWindows } from '../operators/windows.ts'
import type { GroupedStreamBuilder } from './grouped-stream.ts'
import { addTableStore, defaultCodec, type MaterializedOptions } from './materialized.ts'
import type { StreamBuilder } from './stream.ts'
import { TableBuilder } from './table.ts'
import { type AnyWindows, addWindowedAggregate } from './windowed-stream.ts'

interface Member {
  readonly grouped: GroupedStreamBuilder
  readonly add: UserFunction
}

type CogroupOptions = MaterializedOptions & { readonly name?: string }

/** Several grouped streams whose records go into one aggregate, each in its own way. */
export class CogroupedBuilder {
  readonly #members: readonly Member[]

  constructor(members: readonly Member[]) {
    this.#members = members
  }

  cogroup(grouped: GroupedStreamBuilder, add: UserFunction): CogroupedBuilder {
    return new CogroupedBuilder([...this.#members, { grouped, add }])
  }

  windowedBy(windows: AnyWindows): WindowedCogroupBuilder {
    checkWindows(windows)
    return new WindowedCogroupBuilder(this.#members, windows)
  }

  aggregate(initialize: () => unknown, materialized: CogroupOptions = {}): TableBuilder {
    const { graph, store, streams, key, value } = prepared(this.#members, materialized)
    const options = { store, sendOldValues: false, versioned: materialized.versioned !== undefined }
    addTableStore(graph, store, { key, value, materialized })
    const { name, sources } = addMembers(this.#members, streams, store, materialized.name, add =>
      streamAggregate(options, { initialize, add }),
    )
    return TableBuilder.stored({ graph, name, key, value, sources, options })
  }
}

class WindowedCogroupBuilder {
  readonly #members: readonly Member[]
  readonly #windows: AnyWindows

  constructor(members: readonly Member[], windows: AnyWindows) {
    this.#members = members
    this.#windows = windows
  }

  /** For sessions the second argument merges two aggregates. */
  aggregate(initialize: () => unknown, ...rest: unknown[]): TableBuilder {
    const merge = this.#windows.kind === 'session' ? (rest.shift() as UserFunction) : undefined
    if (this.#windows.kind === 'session' && typeof merge !== 'function') {
      throw new OperatorError('sessions need to know how two aggregates become one', {
        hint: 'give it as the second argument: aggregate(init, merge)',
      })
    }
    const materialized = (rest[0] ?? {}) as CogroupOptions
    const { store, streams, key, value } = prepared(this.#members, materialized)
    const aggregation = (add: UserFunction): Aggregation => ({ initialize, add, ...(merge && { merge }) })
    const table = addWindowedAggregate({
      windows: this.#windows,
      aggregation: aggregation(this.#members[0]!.add),
      emit: { final: false },
      key,
      value,
      materialized,
      store,
      stream: streams[0]!,
    })
    const { name, sources } = addMembers(this.#members, streams, store, materialized.name, add =>
      table.createFor(aggregation(add)),
    )
    return table.at(name, sources)
  }
}

function prepared(members: readonly Member[], materialized: MaterializedOptions) {
  const first = members[0]!.grouped
  const { graph } = first.stream.state
  const store = materialized.store ?? graph.newStoreName('COGROUPKSTREAM-AGGREGATE-')
  const streams = members.map(({ grouped }, at) => grouped.partitioned(at === 0 ? store : `${store}-${at}`))
  graph.copartition(streams.flatMap(({ state }) => state.sources))
  const key = materialized.key ?? first.key
  return { graph, store, streams, key, value: materialized.value ?? defaultCodec }
}

function addMembers(
  members: readonly Member[],
  streams: readonly StreamBuilder[],
  store: string,
  name: string | undefined,
  create: (add: UserFunction) => OperatorFactory,
): { name: string; sources: string[] } {
  const { graph } = streams[0]!.state
  const aggregates = members.map(({ add }, at) => {
    const node = name ? `${name}-cogroup-agg-${at}` : graph.newName('COGROUPKSTREAM-AGGREGATE-')
    graph.addProcessor({ name: node, parents: [streams[at]!.state.name], stores: () => [store], create: create(add) })
    return node
  })
  const merge = name ? `${name}-cogroup-merge` : graph.newName('COGROUPKSTREAM-MERGE-')
  graph.addProcessor({ name: merge, parents: aggregates, create: passThrough })
  return { name: merge, sources: streams.flatMap(({ state }) => [...state.sources]) }
}

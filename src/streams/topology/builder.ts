import type { AnyCodec } from '../codecs/codec.ts'
import { storeView, type TableOptions, tableSource } from '../operators/tables.ts'
import type { TopologyGraph } from './graph.ts'
import type { GlobalTableHandle } from './join-stream-table.ts'
import { addTableStore, type MaterializedOptions } from './materialized.ts'
import { StreamBuilder } from './stream.ts'
import { TableBuilder } from './table.ts'
import type { TopicHandle } from './topic.ts'

/** Where a topology begins: what the script's type `Builder` stands for. */
export class TopologyBuilder {
  readonly #graph: TopologyGraph

  constructor(graph: TopologyGraph) {
    this.#graph = graph
  }

  /** Records of one topic, or of several that are written alike. */
  stream(topics: TopicHandle | readonly TopicHandle[]): StreamBuilder {
    const all = Array.isArray(topics) ? (topics as TopicHandle[]) : [topics as TopicHandle]
    const name = this.#graph.newName('KSTREAM-SOURCE-')
    const [first] = all
    this.#addSource(name, first!, { topics: all.map(topic => topic.name), global: false })
    const { key, value } = first!
    return new StreamBuilder({ graph: this.#graph, name, key, value, sources: [name], rekeyed: false })
  }

  /** A topic whose records are updates. It is kept in a store only where somebody asks for its rows. */
  table(topic: TopicHandle, materialized: MaterializedOptions = {}): TableBuilder {
    const graph = this.#graph
    const store = materialized.store ?? graph.newStoreName(`${topic.name}-`)
    const source = graph.newName('KSTREAM-SOURCE-')
    const name = graph.newName('KTABLE-SOURCE-')
    const { key, value } = { key: materialized.key ?? topic.key, value: materialized.value ?? topic.value }
    const versioned = materialized.versioned !== undefined
    const options: TableOptions = { store: undefined, sendOldValues: false, versioned }
    const keep = (): void => {
      if (options.store !== undefined) return
      addTableStore(graph, store, { key, value, materialized })
      options.store = store
    }
    if (materialized.store !== undefined || versioned) keep()
    this.#addSource(source, topic, { topics: [topic.name], global: false })
    graph.addProcessor({
      name,
      parents: [source],
      stores: () => (options.store === undefined ? [] : [options.store]),
      // Whether the table is kept is known when the whole topology is.
      create: context => tableSource(options)(context),
    })
    return new TableBuilder({
      graph,
      name,
      key,
      value,
      sources: [source],
      options,
      versioned,
      view() {
        keep()
        return { view: storeView(store), stores: [store] }
      },
      enableOldValues(force) {
        if (options.store === undefined && !force) return false
        keep()
        options.sendOldValues = true
        return true
      },
    })
  }

  /** A topic of which every instance keeps all rows. */
  globalTable(topic: TopicHandle, materialized: MaterializedOptions = {}): GlobalTableHandle {
    const graph = this.#graph
    const store = materialized.store ?? graph.newStoreName(`${topic.name}-`)
    const source = graph.newName('KSTREAM-SOURCE-')
    const name = graph.newName('KTABLE-SOURCE-')
    const { key, value } = topic
    addTableStore(graph, store, { key, value, materialized, sourceTopic: topic.name, global: true })
    this.#addSource(source, topic, { topics: [topic.name], global: true })
    const options: TableOptions = { store, sendOldValues: false, versioned: false }
    graph.addProcessor({ name, parents: [source], stores: () => [store], create: tableSource(options) })
    return { store, key, view: storeView(store) }
  }

  /** Declares a store for processors. */
  store(name: string, options: { key: AnyCodec; value: AnyCodec; changelog?: boolean }): void {
    addTableStore(this.#graph, name, { key: options.key, value: options.value, materialized: options })
  }

  #addSource(
    name: string,
    topic: TopicHandle,
    { topics, global }: { topics: readonly string[]; global: boolean },
  ): void {
    const { key, value, timestamp, onInvalid = 'fail' } = topic
    this.#graph.addSource({
      name,
      topics,
      key,
      value,
      changes: false,
      global,
      onInvalid,
      ...(timestamp && { timestamp }),
    })
  }
}

import {
  answerCodec,
  answerPartition,
  answerSubscription,
  answerUpdate,
  receiveSubscription,
  requestCodec,
  resolveAnswer,
  subscribe,
} from '../operators/foreign-key-join.ts'
import type { UserFunction } from '../operators/operator.ts'
import { storeView, type TableOptions, tableSource } from '../operators/tables.ts'
import { byteRows } from '../state/row-format.ts'
import { SubscriptionStore } from '../state/subscription-store.ts'
import type { TopologyGraph } from './graph.ts'
import { addTableStore, defaultCodec, type MaterializedOptions } from './materialized.ts'
import { TableBuilder } from './table.ts'

type ForeignKeySettings = MaterializedOptions & { readonly foreignKey: UserFunction; readonly name?: string }

/** The names of a join by foreign key, in the order in which Kafka Streams makes them. */
function joinNames(graph: TopologyGraph, name: string | undefined) {
  const next = (suffix: string, prefix: string): string => (name ? `${name}${suffix}` : graph.newName(prefix))
  const prefix = 'KTABLE-FK-JOIN-'
  return {
    requestTopic: `${next('-subscription-registration', `${prefix}SUBSCRIPTION-REGISTRATION-`)}-topic`,
    subscribe: next('-subscription-registration-processor', `${prefix}SUBSCRIPTION-REGISTRATION-`),
    requestSink: next('-subscription-registration-sink', 'KTABLE-SINK-'),
    requestSource: next('-subscription-registration-source', 'KTABLE-SOURCE-'),
    store: next('-subscription-store', `${prefix}SUBSCRIPTION-STATE-STORE-`),
    receive: next('-subscription-receive', `${prefix}SUBSCRIPTION-PROCESSOR-`),
    answer: next('-subscription-join-foreign', `${prefix}SUBSCRIPTION-PROCESSOR-`),
    update: next('-foreign-join-subscription', `${prefix}SUBSCRIPTION-PROCESSOR-`),
    answerTopic: `${next('-subscription-response', `${prefix}SUBSCRIPTION-RESPONSE-`)}-topic`,
    answerSink: next('-subscription-response-sink', 'KTABLE-SINK-'),
    answerSource: next('-subscription-response-source', 'KTABLE-SOURCE-'),
    resolve: next('-subscription-response-resolver', `${prefix}SUBSCRIPTION-RESPONSE-RESOLVER-PROCESSOR-`),
    result: next('-result', `${prefix}OUTPUT-`),
  }
}

/** Adds the join of a table with the rows of another that its values point to (KIP-213). */
export function joinByForeignKey(
  left: boolean,
  own: TableBuilder,
  other: TableBuilder,
  joiner: UserFunction,
  settings: ForeignKeySettings,
): TableBuilder {
  const { graph, key, value: ownValue, sources } = own.state
  other.state.enableOldValues(true)
  own.state.enableOldValues(true)
  const names = joinNames(graph, settings.name)
  addRequests(own, other, left, names, settings.foreignKey)
  addAnswers(other, names, key)
  const ownTable = own.view()
  graph.copartition([...sources, names.answerSource])
  graph.addProcessor({
    name: names.resolve,
    parents: [names.answerSource],
    stores: () => ownTable.stores,
    create: resolveAnswer(ownTable.view, { left, valueCodec: ownValue, joiner }),
  })
  return addResult(own, names.resolve, names.result, settings, [...sources, names.answerSource])
}

type Names = ReturnType<typeof joinNames>

/** From the left table to where the right one is. */
function addRequests(
  own: TableBuilder,
  other: TableBuilder,
  left: boolean,
  names: Names,
  foreignKey: UserFunction,
): void {
  const { graph, key, value, versioned } = own.state
  const foreignKeyCodec = other.state.key
  const options: TableOptions = { store: undefined, sendOldValues: true, versioned }
  graph.addInternalTopic({ name: names.requestTopic, partitions: undefined })
  graph.addProcessor({
    name: names.subscribe,
    parents: [own.state.name],
    create: subscribe({ left, own: options, foreignKey, foreignKeyCodec, valueCodec: value }),
  })
  const topic = { key: foreignKeyCodec, value: requestCodec(key), changes: false }
  graph.addSink({ name: names.requestSink, parents: [names.subscribe], topic: names.requestTopic, ...topic })
  graph.addSource({
    name: names.requestSource,
    topics: [names.requestTopic],
    ...topic,
    global: false,
    onInvalid: 'fail',
  })
  graph.copartition([...other.state.sources, names.requestSource])
  graph.addStore({
    name: names.store,
    kind: 'subscription',
    key: foreignKeyCodec,
    value: defaultCodec,
    retentionMs: undefined,
    changelog: true,
    sourceTopic: undefined,
    rows: byteRows,
    create: table => new SubscriptionStore(table, { foreignKey: foreignKeyCodec, primaryKey: key }),
  })
  graph.addProcessor({
    name: names.receive,
    parents: [names.requestSource],
    stores: () => [names.store],
    create: receiveSubscription(names.store),
  })
}

/** From the right table back to where the left one is. */
function addAnswers(other: TableBuilder, names: Names, primaryKey: TableBuilder['state']['key']): void {
  const { graph, value, versioned } = other.state
  const table = other.view()
  graph.addProcessor({
    name: names.answer,
    parents: [names.receive],
    stores: () => table.stores,
    create: answerSubscription(table.view),
  })
  graph.addProcessor({
    name: names.update,
    parents: [other.state.name],
    stores: () => [names.store],
    create: answerUpdate(names.store, { store: undefined, sendOldValues: true, versioned }),
  })
  graph.addInternalTopic({ name: names.answerTopic, partitions: undefined })
  const topic = { key: primaryKey, value: answerCodec(value), changes: false }
  graph.addSink({
    name: names.answerSink,
    parents: [names.answer, names.update],
    topic: names.answerTopic,
    ...topic,
    partitionOf: answerPartition,
  })
  graph.addSource({ name: names.answerSource, topics: [names.answerTopic], ...topic, global: false, onInvalid: 'fail' })
}

function addResult(
  own: TableBuilder,
  parent: string,
  name: string,
  settings: ForeignKeySettings,
  sources: readonly string[],
): TableBuilder {
  const { graph, key } = own.state
  const value = settings.value ?? defaultCodec
  const given = settings.store
  const store = given ?? graph.newStoreName('KTABLE-FK-JOIN-OUTPUT-')
  const options: TableOptions = { store: undefined, sendOldValues: false, versioned: settings.versioned !== undefined }
  const keep = (): void => {
    if (options.store !== undefined) return
    addTableStore(graph, store, { key, value, materialized: settings })
    options.store = store
  }
  if (given !== undefined) keep()
  graph.addProcessor({
    name,
    parents: [parent],
    stores: () => (options.store === undefined ? [] : [options.store]),
    create: context => tableSource(options)(context),
  })
  return new TableBuilder({
    graph,
    name,
    key,
    value,
    sources,
    options,
    versioned: options.versioned,
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

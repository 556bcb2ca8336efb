import { json } from '../../src/streams/codecs/json.ts'
import type { Windowed } from '../../src/streams/codecs/windowed.ts'
import type { OperatorFactory, UserFunction } from '../../src/streams/operators/operator.ts'
import { TableBuilder } from '../../src/streams/topology/table.ts'
import { aggregateHandlers } from './aggregates.ts'
import type { ExpectedRecord } from './case.ts'
import { joinHandlers } from './joins.ts'
import { type Handler, isRepartition, origin, type Rebuilding, streamAt, tableAt } from './rebuilding.ts'
import { suppressOf } from './settings.ts'
import { indexOf, prefixOf, type TextNode } from './topology-text.ts'

type Make = (node: TextNode, rebuilding: Rebuilding) => Handler | undefined

const own = (node: TextNode, build: () => void): Handler => ({ firstIndex: indexOf(node.name), build })

/** What builds each kind of node; kinds that are missing are parts of what another node builds. */
const handlers: Readonly<Record<string, Make>> = {
  'KSTREAM-SOURCE-': source,
  'KTABLE-SOURCE-': tableSource,
  'KSTREAM-FILTER-': (node, rebuilding) => {
    if (partOfRepartition(node, rebuilding)) return undefined
    return stateless(node, rebuilding, (stream, functions) => {
      const predicate = functions.get<(key: unknown, value: unknown) => boolean>('predicate')!
      return stream.filter((value, key) => predicate(key, value))
    })
  },
  'KSTREAM-MAP-': (node, rebuilding) =>
    stateless(node, rebuilding, (stream, functions) => {
      const mapper = functions.get<(key: unknown, value: unknown) => [unknown, unknown]>('map')
      return stream.map((value, key) => (mapper ? pairOf(mapper(key, value)) : { key, value }), keptKey(stream))
    }),
  'KSTREAM-FLATMAP-': (node, rebuilding) =>
    stateless(node, rebuilding, (stream, functions) => {
      const mapper = functions.get<(key: unknown, value: unknown) => [unknown, unknown][]>('flatMap')
      return stream.flatMap(
        (value, key) => (mapper ? mapper(key, value).map(pairOf) : [{ key, value }]),
        keptKey(stream),
      )
    }),
  'KSTREAM-MAPVALUES-': (node, rebuilding) =>
    stateless(node, rebuilding, (stream, functions) => {
      const mapper = functions.get<(key: unknown, value: unknown) => unknown>('mapValues')
      // "value rendered as a decimal string"
      return stream.mapValues((value, key) => (mapper ? mapper(key, value) : value === null ? null : String(value)))
    }),
  'KSTREAM-FLATMAPVALUES-': (node, rebuilding) =>
    stateless(node, rebuilding, (stream, functions) => {
      const mapper = functions.get<(key: unknown, value: unknown) => unknown[]>('flatMapValues')!
      return stream.flatMapValues((value, key) => mapper(key, value))
    }),
  'KSTREAM-KEY-SELECT-': (node, rebuilding) =>
    stateless(node, rebuilding, (stream, functions) => {
      const selector = functions.get<(key: unknown, value: unknown) => unknown>('selectKey')
      return stream.selectKey((value, key) => (selector ? selector(key, value) : key), keptKey(stream))
    }),
  'KSTREAM-BRANCH-': branch,
  'KSTREAM-TOTABLE-': (node, rebuilding) =>
    own(node, () => void rebuilding.tables.set(node.name, streamAt(origin(node, rebuilding), rebuilding).toTable())),
  'KTABLE-TOSTREAM-': (node, rebuilding) =>
    own(node, () => void rebuilding.streams.set(node.name, tableAt(node.parents[0]!, rebuilding).toStream())),
  'KTABLE-FILTER-': tableFilter,
  'KTABLE-MAPVALUES-': (node, rebuilding) =>
    own(node, () => {
      const mapper = rebuilding.functions.get<(key: unknown, value: unknown) => unknown>('mapValues')!
      const table = tableAt(node.parents[0]!, rebuilding)
      const kept = node.stores[0] === undefined ? undefined : { store: node.stores[0] }
      rebuilding.tables.set(
        node.name,
        table.mapValues((value, key) => mapper(key, value), kept),
      )
    }),
  'KTABLE-SUPPRESS-': (node, rebuilding) =>
    own(node, () => {
      const table = tableAt(node.parents[0]!, rebuilding)
      rebuilding.tables.set(node.name, table.suppress(suppressOf(rebuilding.semantics, rebuilding.functions)))
    }),
  'KSTREAM-SINK-': (node, rebuilding) => {
    if (isRepartition(node.topics[0]!)) return undefined
    const [topic] = node.topics
    const sink = { parents: [node.parents[0]!], topic: topic!, key: json(), value: json(), changes: false }
    return own(node, () => rebuilding.graph.addSink({ name: node.name, ...sink }))
  },
  'KSTREAM-PROCESSOR-': (node, rebuilding) =>
    own(node, () =>
      rebuilding.graph.addProcessor({
        name: node.name,
        parents: [node.parents[0]!],
        create: capture(node.name, rebuilding),
      }),
    ),
  ...aggregateHandlers,
  ...joinHandlers,
}

/** What builds this node, if it is not a part of what another builds. */
export function handlerOf(node: TextNode, rebuilding: Rebuilding): Handler | undefined {
  const made = handlers[prefixOf(node.name)]
  if (made) return made(node, rebuilding)
  const parent = rebuilding.nodes.get(node.parents[0] ?? '')
  if (node.next.some(name => name.startsWith(node.name) && name !== node.name)) return branch(node, rebuilding)
  if (node.name.endsWith('-cogroup-merge')) return aggregateHandlers['COGROUPKSTREAM-MERGE-']!(node, rebuilding)
  if (/^proc\d*$/.test(node.name) && parent) return captureChanges(node, rebuilding)
  return undefined
}

function source(node: TextNode, rebuilding: Rebuilding): Handler | undefined {
  const [topic] = node.topics
  const [next] = node.next
  if (next?.startsWith('KTABLE-SOURCE-')) return undefined
  if (isRepartition(topic!)) {
    if (!topic!.startsWith('KSTREAM-REPARTITION-')) return undefined
    const sink = [...rebuilding.nodes.values()].find(other => other.kind === 'Sink' && other.topics[0] === topic)!
    const filter = rebuilding.nodes.get(sink.parents[0]!)!
    return {
      firstIndex: indexOf(topic!),
      build: () => {
        const stream = streamAt(filter.parents[0]!, rebuilding)
        rebuilding.streams.set(node.name, stream.repartition())
      },
    }
  }
  return own(node, () => {
    rebuilding.streams.set(node.name, rebuilding.builder.stream(rebuilding.topic(topic!)))
  })
}

function tableSource(node: TextNode, rebuilding: Rebuilding): Handler | undefined {
  const parent = rebuilding.nodes.get(node.parents[0] ?? '')
  const [topic] = parent?.topics ?? []
  if (!parent || topic === undefined || topic.startsWith('KTABLE-FK-JOIN-')) return undefined
  const index = indexOf(parent.name)!
  const generated = `${topic}-STATE-STORE-`
  const given = node.stores[0]?.startsWith(generated) ? undefined : node.stores[0]
  return {
    // A table without a name for its store uses up one number for it.
    firstIndex: given === undefined ? Math.max(0, index - 1) : index,
    build() {
      // Where no number was used up before the source, the table has a name for its store, though nobody uses it.
      const named = given ?? (index === rebuilding.graph.nextIndex ? topic : undefined)
      const options = named === undefined ? {} : { store: named }
      if (node.global)
        rebuilding.globals.set(node.name, rebuilding.builder.globalTable(rebuilding.topic(topic), options))
      else rebuilding.tables.set(node.name, rebuilding.builder.table(rebuilding.topic(topic), options))
    },
  }
}

function tableFilter(node: TextNode, rebuilding: Rebuilding): Handler {
  return own(node, () => {
    const { functions, nodes } = rebuilding
    const predicate = functions.get<(key: unknown, value: unknown) => boolean>('predicate')!
    const filters = [...nodes.values()].filter(other => prefixOf(other.name) === 'KTABLE-FILTER-')
    const isSecond = filters.length > 1 && filters.every(other => indexOf(other.name)! <= indexOf(node.name)!)
    const negated = Boolean(functions.upstream.secondFilterNot) && isSecond
    const kept = node.stores[0] === undefined ? undefined : { store: node.stores[0] }
    const table = tableAt(node.parents[0]!, rebuilding)
    rebuilding.tables.set(
      node.name,
      table.filter((value, key) => Boolean(predicate(key, value)) !== negated, kept),
    )
  })
}

function branch(node: TextNode, rebuilding: Rebuilding): Handler | undefined {
  // The children of a branch are called as the branch, with something behind.
  const parent = rebuilding.nodes.get(node.parents[0] ?? '')
  if (parent && node.name.startsWith(parent.name)) return undefined
  return own(node, () => {
    const predicates = rebuilding.functions.upstream.branches as ((key: unknown) => boolean)[]
    const named = indexOf(node.name) === undefined
    const suffixes = node.next.map(name => name.slice(node.name.length))
    // Branches without a name of their own are called by their place, counted from 1; 0 is the rest.
    const labels = suffixes.filter(suffix => !/^\d+$/.test(suffix))
    const labelAt = (at: number): string =>
      suffixes.includes(`${at + 1}`) ? `${at + 1}` : (labels.shift() ?? `${at + 1}`)
    const branches = predicates.map((predicate, at): [string, UserFunction] => [
      // As keys of an object, bare numbers would come first.
      named ? labelAt(at) : `branch ${at}`,
      (_value, key) => predicate(key),
    ])
    const name = named ? { name: node.name } : {}
    const made = streamAt(node.parents[0]!, rebuilding).branch(new Map(branches), name)
    const all = [...branches.map(([label]) => made[label]!), ...(suffixes.includes('0') ? [made.default!] : [])]
    for (const stream of all) rebuilding.streams.set(stream.state.name, stream)
  })
}

function stateless(
  node: TextNode,
  rebuilding: Rebuilding,
  build: (stream: ReturnType<typeof streamAt>, functions: Rebuilding['functions']) => ReturnType<typeof streamAt>,
): Handler {
  return own(node, () => {
    const stream = streamAt(origin(node, rebuilding), rebuilding)
    rebuilding.streams.set(node.name, build(stream, rebuilding.functions))
  })
}

function partOfRepartition(node: TextNode, { nodes }: Rebuilding): boolean {
  return node.next.some(name => isRepartition(nodes.get(name)?.topics[0] ?? ''))
}

function pairOf([key, value]: [unknown, unknown]): { key: unknown; value: unknown } {
  return { key, value }
}

/** Selected keys are written as the keys before: the operators of the cases leave their type as it is. */
function keptKey(stream: ReturnType<typeof streamAt>): { key?: NonNullable<typeof stream.state.key> } {
  return stream.state.key ? { key: stream.state.key } : {}
}

/** Tells what comes to a node. */
function capture(to: string, rebuilding: Rebuilding): OperatorFactory {
  return () => (key, value, timestamp) => rebuilding.capture(recordOf(to, key, value, timestamp))
}

/** Tells the changes of a table, with old values where the case has seen some. */
function captureChanges(node: TextNode, rebuilding: Rebuilding): Handler {
  return own(node, () => {
    const { semantics, graph, tables } = rebuilding
    const sawOld = semantics.steps.some(step =>
      step.out.some(({ to, value }) => to === node.name && (value as { old?: unknown } | null)?.old !== null),
    )
    const table = tables.get(node.parents[0]!)
    if (sawOld && table instanceof TableBuilder) table.state.enableOldValues(true)
    graph.addProcessor({
      name: node.name,
      parents: [node.parents[0]!],
      create: () => (key, value, timestamp, oldValue) =>
        rebuilding.capture(recordOf(node.name, key, { new: value, old: oldValue }, timestamp)),
    })
  })
}

function recordOf(to: string, key: unknown, value: unknown, ts: number): ExpectedRecord {
  const window = (key as Partial<Windowed<unknown>> | null)?.window
  if (!window) return { to, key, value, ts }
  return { to, key: (key as Windowed<unknown>).key, window: [window.start, window.end], value, ts }
}

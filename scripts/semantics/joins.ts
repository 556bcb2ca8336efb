import type { UserFunction } from '../../src/streams/operators/operator.ts'
import type { CaseFunctions } from './functions.ts'
import { type Handler, origin, type Rebuilding, streamAt, tableAt } from './rebuilding.ts'
import { joinWindowOf } from './settings.ts'
import { indexOf, prefixOf, type TextNode } from './topology-text.ts'

type Make = (node: TextNode, rebuilding: Rebuilding) => Handler | undefined
type Joiner = (left: unknown, right: unknown) => unknown

/** Operators that join. */
export const joinHandlers: Readonly<Record<string, Make>> = {
  'KSTREAM-MERGE-': streamJoin,
  'KTABLE-MERGE-': tableJoin,
  'KSTREAM-JOIN-': (node, rebuilding) => streamTableJoin(node, rebuilding, false),
  'KSTREAM-LEFTJOIN-': (node, rebuilding) => streamTableJoin(node, rebuilding, true),
  'KTABLE-FK-JOIN-OUTPUT-': foreignKeyJoin,
}

export function joinerOf(functions: CaseFunctions): UserFunction {
  const joiner = functions.get<Joiner>('joiner')!
  // Upstream's tests with Integer values join by Integer::sum, whatever the file's other tests do.
  return (left, right) => (typeof left === 'number' && typeof right === 'number' ? left + right : joiner(left, right))
}

function streamJoin(node: TextNode, rebuilding: Rebuilding): Handler | undefined {
  const { nodes } = rebuilding
  if (node.stores.length > 0) return optimizedSelfJoin(node, rebuilding)
  const joins = node.parents.map(name => nodes.get(name)!)
  const left = joins.find(({ name }) => /(OUTER|JOIN)THIS-/.test(name))
  const right = joins.find(({ name }) => /(OUTER|JOIN)OTHER-/.test(name))
  if (!left || !right) {
    return {
      firstIndex: indexOf(node.name),
      build() {
        const [one, two] = node.parents.map(name => streamAt(name, rebuilding))
        rebuilding.streams.set(node.name, one!.merge(two!))
      },
    }
  }
  const leftWindow = nodes.get(left.parents[0]!)!
  const rightWindow = nodes.get(right.parents[0]!)!
  const kind = left.name.includes('OUTERTHIS') ? 'outerJoin' : right.name.includes('OUTEROTHER') ? 'leftJoin' : 'join'
  const isShared = [...left.stores, ...right.stores].some(name => /OUTERSHARED|shared-join-store/.test(name))
  return {
    firstIndex: firstIndexOf(leftWindow, rightWindow, rebuilding),
    build() {
      const stores = { left: leftWindow.stores[0]!, right: rightWindow.stores[0]! }
      const named = {
        ...(/-\d{10}-store$/.test(stores.left) ? {} : { left: stores.left }),
        ...(/-\d{10}-store$/.test(stores.right) ? {} : { right: stores.right }),
      }
      const stream = streamAt(origin(leftWindow, rebuilding), rebuilding)
      const other = streamAt(origin(rightWindow, rebuilding), rebuilding)
      const joined = stream[kind](other, joinerOf(rebuilding.functions), {
        ...joinWindowOf(rebuilding.semantics),
        stores: named,
        ...(kind !== 'join' && !isShared && { unmatched: 'at-once' }),
      })
      rebuilding.streams.set(node.name, joined)
    },
  }
}

/** Repartition topics before the join get their numbers before its windows. */
function firstIndexOf(left: TextNode, right: TextNode, { nodes }: Rebuilding): number {
  const before = [left, right].flatMap(window => {
    const parent = nodes.get(window.parents[0]!)!
    const [topic] = parent.topics
    const sink = [...nodes.values()].find(node => node.kind === 'Sink' && node.topics[0] === topic)
    return sink && !topic!.startsWith('KSTREAM-REPARTITION-') ? [indexOf(sink.name) ?? Number.MAX_SAFE_INTEGER] : []
  })
  return Math.min(indexOf(left.name)!, ...before)
}

function optimizedSelfJoin(node: TextNode, rebuilding: Rebuilding): Handler {
  const window = rebuilding.nodes.get(node.parents[0]!)!
  return {
    firstIndex: indexOf(window.name),
    build() {
      const stream = streamAt(origin(window, rebuilding), rebuilding)
      const joined = stream.join(stream, joinerOf(rebuilding.functions), { ...joinWindowOf(rebuilding.semantics) })
      rebuilding.streams.set(node.name, joined)
    },
  }
}

function tableJoin(node: TextNode, rebuilding: Rebuilding): Handler {
  const { nodes, functions } = rebuilding
  const joins = node.parents.map(name => nodes.get(name)!)
  const left = joins.find(({ name }) => prefixOf(name) === 'KTABLE-JOINTHIS-')!
  const right = joins.find(({ name }) => prefixOf(name) === 'KTABLE-JOINOTHER-')!
  const [store] = node.stores
  const isGenerated = store !== undefined && /-STATE-STORE-\d{10}$/.test(store)
  return {
    firstIndex: isGenerated ? indexOf(store) : indexOf(node.name),
    build() {
      const kind = rebuilding.nextJoinKind()
      const method = kind === 'inner' ? 'join' : kind === 'left' ? 'leftJoin' : 'outerJoin'
      const isRejoin = nodes.get(left.parents[0]!)?.name.startsWith('KTABLE-FK-JOIN-OUTPUT-')
      const rejoiner = isRejoin ? functions.get<Joiner>('rejoiner') : undefined
      const joiner = rejoiner ? (l: unknown, r: unknown) => rejoiner(l, r) : joinerOf(functions)
      const options =
        store === undefined ? {} : isGenerated ? { key: tableAt(left.parents[0]!, rebuilding).state.key } : { store }
      const [one, two] = [left, right].map(join => tableAt(join.parents[0]!, rebuilding))
      rebuilding.tables.set(node.name, one![method](two!, joiner, options))
    },
  }
}

function streamTableJoin(node: TextNode, rebuilding: Rebuilding, left: boolean): Handler {
  const { nodes, tables, globals, functions } = rebuilding
  return {
    firstIndex: indexOf(node.name),
    build() {
      const stream = streamAt(origin(node, rebuilding), rebuilding)
      const joiner = joinerOf(functions)
      const [store] = node.stores
      if (store === undefined) {
        // Kafka Streams calls inner joins with global tables left joins too.
        const method = rebuilding.nextJoinKind() === 'left' ? 'leftJoin' : 'join'
        const keyOf = functions.get<(key: unknown, value: unknown) => unknown>('keyMapper')!
        const [global] = globals.values()
        const on = (value: unknown, key: unknown): unknown => (value === null ? null : keyOf(key, value))
        rebuilding.streams.set(node.name, stream[method](global, joiner, { on }))
        return
      }
      const owner = [...tables.keys()].find(name => nodes.get(name)?.stores.includes(store))!
      const method = left ? 'leftJoin' : 'join'
      rebuilding.streams.set(node.name, stream[method](tables.get(owner), joiner))
    },
  }
}

function foreignKeyJoin(node: TextNode, rebuilding: Rebuilding): Handler {
  const { nodes, functions } = rebuilding
  const all = [...nodes.values()]
  const topicNode = all.find(({ topics }) => topics[0]?.startsWith('KTABLE-FK-JOIN-SUBSCRIPTION-REGISTRATION-'))!
  const registration = all.find(({ name }) => prefixOf(name) === 'KTABLE-FK-JOIN-SUBSCRIPTION-REGISTRATION-')!
  const updates = all.filter(({ name }) => prefixOf(name) === 'KTABLE-FK-JOIN-SUBSCRIPTION-PROCESSOR-')
  const left = registration.parents[0]!
  const right = updates
    .flatMap(({ parents }) => parents)
    .find(
      name =>
        rebuilding.nodes.get(name)!.name.startsWith('KTABLE-SOURCE-') &&
        nodes.get(nodes.get(name)!.parents[0] ?? '')?.kind === 'Source',
    )!
  return {
    firstIndex: indexOf(topicNode.topics[0]!.replace(/-topic$/, '')),
    build() {
      const extract = functions.get<(value: unknown) => unknown>('foreignKeyExtractor')!
      const method = rebuilding.nextJoinKind() === 'left' ? 'leftJoin' : 'join'
      const [store] = node.stores
      const options = store === undefined || /-STATE-STORE-\d{10}$/.test(store) ? {} : { store }
      const joined = tableAt(left, rebuilding)[method](tableAt(right, rebuilding), joinerOf(functions), {
        ...options,
        foreignKey: (value: unknown) => extract(value),
      })
      rebuilding.tables.set(node.name, joined)
    },
  }
}

import type { UserFunction } from '../../src/streams/operators/operator.ts'
import type { GroupedStreamBuilder } from '../../src/streams/topology/grouped-stream.ts'
import type { GroupedTableBuilder } from '../../src/streams/topology/grouped-table.ts'
import type { TableBuilder } from '../../src/streams/topology/table.ts'
import type { CaseFunctions } from './functions.ts'
import { type Handler, origin, type Rebuilding, streamAt, tableAt } from './rebuilding.ts'
import { emitOf, windowsOf } from './settings.ts'
import { indexOf, type TextNode } from './topology-text.ts'

type Make = (node: TextNode, rebuilding: Rebuilding) => Handler | undefined
type Aggregator = (key: unknown, value: unknown, agg: unknown) => unknown
type Reducer = (agg: unknown, value: unknown) => unknown

const groups = new WeakMap<Rebuilding, Map<string, GroupedTableBuilder>>()

/** Operators that aggregate. */
export const aggregateHandlers: Readonly<Record<string, Make>> = {
  'KSTREAM-AGGREGATE-': (node, rebuilding) => streamAggregate(node, rebuilding, false),
  'KSTREAM-REDUCE-': (node, rebuilding) => streamAggregate(node, rebuilding, true),
  'KTABLE-SELECT-': tableSelect,
  'KTABLE-AGGREGATE-': (node, rebuilding) => tableAggregate(node, rebuilding, false),
  'KTABLE-REDUCE-': (node, rebuilding) => tableAggregate(node, rebuilding, true),
  'COGROUPKSTREAM-MERGE-': cogroup,
}

/** A store whose name was generated uses up the number before the operator's. */
function storeOption(node: TextNode, store = node.stores[0]!): { options: { store?: string }; firstIndex: number } {
  const index = indexOf(node.name)!
  const isGenerated = /-STATE-STORE-\d{10}$/.test(store)
  return { options: isGenerated ? {} : { store }, firstIndex: isGenerated ? indexOf(store)! : index }
}

function streamAggregate(node: TextNode, rebuilding: Rebuilding, reduces: boolean): Handler {
  const { options, firstIndex } = storeOption(node)
  return {
    firstIndex,
    build() {
      const { semantics, functions } = rebuilding
      const grouped = streamAt(origin(node, rebuilding), rebuilding).groupByKey()
      const windows = windowsOf(semantics)
      const kept = windows ? { ...options, emit: emitOf(semantics) } : options
      rebuilding.tables.set(node.name, aggregated(grouped, functions, reduces, kept, windows))
    },
  }
}

function aggregated(
  grouped: GroupedStreamBuilder,
  functions: CaseFunctions,
  reduces: boolean,
  options: Record<string, unknown>,
  windows: ReturnType<typeof windowsOf>,
): TableBuilder {
  const target = windows ? grouped.windowedBy(windows) : grouped
  if (reduces) {
    const reducer = functions.get<Reducer>('reducer')!
    return target.reduce((agg, value) => reducer(agg, value), options)
  }
  if (counts(functions)) return target.count(options)
  const { initialize, add, merge } = aggregation(functions)
  if (windows?.kind === 'session') return grouped.windowedBy(windows).aggregate(initialize, add, merge, options)
  return target.aggregate(initialize, add, options)
}

function counts({ text, upstream }: CaseFunctions): boolean {
  return upstream.aggregate === 'count' || text('aggregate').startsWith('count') || text('aggregator') === ''
}

function aggregation(functions: CaseFunctions): { initialize: () => unknown; add: UserFunction; merge: UserFunction } {
  const add = functions.get<Aggregator>('aggregator')!
  const merge = functions.get<Aggregator>('merger')
  return {
    initialize: functions.get<() => unknown>('initializer')!,
    add: (agg, value, key) => add(key, value, agg),
    merge: (a, b, key) => merge?.(key, a, b),
  }
}

function tableSelect(node: TextNode, rebuilding: Rebuilding): Handler {
  return {
    firstIndex: indexOf(node.name),
    build() {
      const { functions } = rebuilding
      const select = functions.get<(key: unknown, value: unknown) => [unknown, unknown]>('groupBy')!
      const table = tableAt(node.parents[0]!, rebuilding)
      const grouped = table.groupBy(
        (value, key) => {
          const [groupKey, groupValue] = select(key, value)
          return { key: groupKey, value: groupValue }
        },
        { key: table.state.key },
      )
      const known = groups.get(rebuilding) ?? new Map<string, GroupedTableBuilder>()
      groups.set(rebuilding, known.set(node.name, grouped))
    },
  }
}

function tableAggregate(node: TextNode, rebuilding: Rebuilding, reduces: boolean): Handler {
  const index = indexOf(node.name)!
  const { options, firstIndex } = storeOption(node)
  return {
    // The sink and the source of its topic get their numbers before it.
    firstIndex: firstIndex === index ? index - 2 : firstIndex,
    build() {
      const { functions } = rebuilding
      const grouped = groups.get(rebuilding)!.get(origin(node, rebuilding))!
      rebuilding.tables.set(node.name, groupedTable(grouped, functions, reduces, options))
    },
  }
}

function groupedTable(
  grouped: GroupedTableBuilder,
  functions: CaseFunctions,
  reduces: boolean,
  options: { store?: string },
): TableBuilder {
  if (reduces) {
    const add = functions.get<Reducer>('reducer')!
    const subtract = functions.get<Reducer>('subtractReducer')!
    return grouped.reduce(add as UserFunction, subtract as UserFunction, options)
  }
  const add = functions.get<Aggregator>('adder')
  const subtract = functions.get<Aggregator>('subtractor')
  if (!add || !subtract || functions.upstream.aggregate === 'count' || isCountCase(functions))
    return grouped.count(options)
  const initialize = functions.get<() => unknown>('initializer')!
  return grouped.aggregate(
    initialize,
    (agg, value, key) => add(key, value, agg),
    (agg, value, key) => subtract(key, value, agg),
    options,
  )
}

/** A test that counts, though the functions of its file name aggregators. */
function isCountCase({ text, upstream }: CaseFunctions): boolean {
  return text('aggregate').startsWith('count') || upstream.counts === true
}

function cogroup(node: TextNode, rebuilding: Rebuilding): Handler {
  const { nodes, functions, semantics } = rebuilding
  const members = node.parents.map(name => nodes.get(name)!).toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const [store] = members[0]!.stores
  const isGenerated = /-STATE-STORE-\d{10}$/.test(store!)
  const name = node.name.endsWith('-cogroup-merge') ? node.name.slice(0, -'-cogroup-merge'.length) : undefined
  return {
    firstIndex: isGenerated ? indexOf(store!) : indexOf(members[0]!.name),
    build() {
      const adders = (functions.upstream.aggregators as Aggregator[] | undefined) ?? []
      const fallback = functions.get<Aggregator>('aggregator')!
      const adder = (at: number): UserFunction => {
        const add = adders[at] ?? fallback
        return (agg, value, key) => add(key, value, agg)
      }
      const [first, ...others] = members.map(member => streamAt(origin(member, rebuilding), rebuilding).groupByKey())
      let cogrouped = first!.cogroup(adder(0))
      others.forEach((grouped, at) => {
        cogrouped = cogrouped.cogroup(grouped, adder(at + 1))
      })
      const { initialize, merge } = aggregation(functions)
      const options = { ...(isGenerated ? {} : { store: store! }), ...(name && { name }) }
      const windows = windowsOf(semantics)
      const table = !windows
        ? cogrouped.aggregate(initialize, options)
        : windows.kind === 'session'
          ? cogrouped.windowedBy(windows).aggregate(initialize, merge, options)
          : cogrouped.windowedBy(windows).aggregate(initialize, options)
      rebuilding.tables.set(node.name, table)
    },
  }
}

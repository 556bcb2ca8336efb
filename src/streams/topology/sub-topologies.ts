import type { StoreDefinition, SubTopology, TopologyNode } from './topology.ts'

/** Which nodes belong together: those that pass records to each other or share a store. Numbered by their first node. */
export function subTopologies(
  nodes: readonly TopologyNode[],
  stores: ReadonlyMap<string, StoreDefinition>,
): SubTopology[] {
  const roots = new Map(nodes.map(({ name }) => [name, name]))
  const rootOf = (name: string): string => {
    const root = roots.get(name)!
    return root === name ? name : rootOf(root)
  }
  const unite = (a: string, b: string): void => void roots.set(rootOf(b), rootOf(a))
  const globalStores = new Set(globalStoreNames(nodes))
  const firstUser = new Map<string, string>()
  for (const node of nodes) {
    for (const parent of node.kind === 'source' ? [] : node.parents) unite(parent, node.name)
    for (const store of node.kind === 'processor' ? node.stores : []) {
      if (globalStores.has(store)) continue
      const user = firstUser.get(store)
      if (user === undefined) firstUser.set(store, node.name)
      else unite(user, node.name)
    }
  }
  const groups = Map.groupBy(nodes, ({ name }) => rootOf(name))
  return [...groups.values()].map((members, id) => describeGroup(id, members, stores))
}

/** The stores of global tables: all tasks see them, so they connect nothing. */
function globalStoreNames(nodes: readonly TopologyNode[]): string[] {
  const sources = new Set(nodes.flatMap(node => (node.kind === 'source' && node.global ? [node.name] : [])))
  return nodes.flatMap(node =>
    node.kind === 'processor' && node.parents.some(parent => sources.has(parent)) ? node.stores : [],
  )
}

function describeGroup(
  id: number,
  nodes: readonly TopologyNode[],
  stores: ReadonlyMap<string, StoreDefinition>,
): SubTopology {
  const sources = nodes.filter(node => node.kind === 'source')
  const names = new Set(nodes.flatMap(node => (node.kind === 'processor' ? node.stores : [])))
  return {
    id,
    nodes,
    global: sources.some(({ global }) => global),
    sourceTopics: [...new Set(sources.flatMap(({ topics }) => topics))],
    stores: [...names].flatMap(name => stores.get(name) ?? []),
  }
}

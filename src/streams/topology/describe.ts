import { InsertionTree, javaHashOrder } from './java-order.ts'
import type { SubTopology, TopologyNode, TopologyPlan } from './topology.ts'

/** A topology in the words of Kafka's `Topology.describe().toString()`, line by line the same. */
export function describeTopology(plan: TopologyPlan): string {
  const parts = plan.subTopologies.map(part => (part.global ? globalText(part) : subTopologyText(part)))
  // Kafka sets the first one in by one more space than the others.
  return `Topologies:\n   ${parts.join('  ')}`.trimEnd()
}

interface Described {
  readonly node: TopologyNode
  readonly parents: InsertionTree<Described>
  readonly children: InsertionTree<Described>
  /** The number of nodes of the tree below, itself included; one that can be reached in two ways counts twice. */
  size: number
}

function subTopologyText(part: SubTopology): string {
  const nodes = connected(part)
  const lines = nodes.toSorted(largestFirst).map(nodeText)
  return `Sub-topology: ${part.id}\n${lines.join('')}\n`
}

function globalText(part: SubTopology): string {
  const [source, processor] = connected(part).toSorted(largestFirst)
  const title = `Sub-topology: ${part.id} for global store (will not generate tasks)`
  return `${title}\n${[source!, processor!].map(nodeText).join('')}`
}

function largestFirst(a: Described, b: Described): number {
  return b.size - a.size || (a.node.name < b.node.name ? -1 : a.node.name > b.node.name ? 1 : 0)
}

/** Connects nodes in the order in which Kafka does: neighbours are sorted by what their size is at that moment. */
function connected(part: SubTopology): Described[] {
  const byName = new Map<string, Described>()
  for (const node of part.nodes) {
    byName.set(node.name, {
      node,
      parents: new InsertionTree<Described>(largestFirst),
      children: new InsertionTree<Described>(largestFirst),
      size: 1,
    })
  }
  const grow = (described: Described, by: number): void => {
    described.size += by
    for (const parent of described.parents.values()) grow(parent, by)
  }
  const order = javaHashOrder(javaHashOrder(part.nodes.map(({ name }) => name)))
  for (const name of order) {
    const described = byName.get(name)!
    for (const parentName of described.node.kind === 'source' ? [] : described.node.parents) {
      const parent = byName.get(parentName)!
      described.parents.add(parent)
      parent.children.add(described)
      grow(parent, described.size)
    }
  }
  return [...byName.values()]
}

function nodeText(described: Described): string {
  const { node } = described
  const names = (nodes: readonly Described[]): string => nodes.map(other => other.node.name).join(', ') || 'none'
  const after = `\n      --> ${names(described.children.values())}`
  const before = `\n      <-- ${names(described.parents.values())}`
  switch (node.kind) {
    case 'source':
      return `    Source: ${node.name} (topics: [${javaHashOrder(node.topics).join(', ')}])${after}\n`
    case 'processor':
      return `    Processor: ${node.name} (stores: [${javaHashOrder(node.stores).join(', ')}])${after}${before}\n`
    case 'sink':
      return `    Sink: ${node.name} (topic: ${node.topic})${before}\n`
  }
}

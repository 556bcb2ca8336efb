import type { TopologyNode, TopologyPlan } from './topology.ts'

/**
 * A topology as a tree of lines for a terminal: each sub-topology under its number, each source with what follows from it.
 * What several lines lead to is drawn once, and named where they come in.
 */
export function drawTopology(plan: TopologyPlan): string {
  const lines: string[] = []
  for (const part of plan.subTopologies) {
    lines.push(
      part.global ? `sub-topology ${part.id} (global: every instance reads all of it)` : `sub-topology ${part.id}`,
    )
    const drawn = new Set<string>()
    const children = (node: TopologyNode): TopologyNode[] =>
      part.nodes.filter(other => other.kind !== 'source' && other.parents.includes(node.name))
    const draw = (node: TopologyNode, before: string, branch: string): void => {
      const seen = drawn.has(node.name)
      drawn.add(node.name)
      lines.push(`${before}${branch}${label(node)}${seen ? ' (see above)' : ''}`)
      if (seen) return
      const next = children(node)
      const indent = branch === '' ? '' : branch.startsWith('└') ? '   ' : '│  '
      next.forEach((child, at) => {
        draw(child, before + indent, at === next.length - 1 ? '└─ ' : '├─ ')
      })
    }
    for (const source of part.nodes.filter(node => node.kind === 'source')) draw(source, '  ', '')
    lines.push('')
  }
  return lines.join('\n').trimEnd()
}

function label(node: TopologyNode): string {
  switch (node.kind) {
    case 'source':
      return `(${node.topics.join(', ')}) → ${node.name}`
    case 'sink':
      return `${node.name} → (${node.topic})`
    case 'processor':
      return node.stores.length > 0 ? `${node.name} [${node.stores.join(', ')}]` : node.name
  }
}

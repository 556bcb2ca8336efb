/** A node of a topology as Kafka's `Topology.describe()` prints it. */
export interface TextNode {
  readonly kind: 'Source' | 'Processor' | 'Sink'
  readonly name: string
  readonly topics: readonly string[]
  readonly stores: readonly string[]
  readonly next: readonly string[]
  /** Filled in from the `next` of others. */
  readonly parents: string[]
  readonly global: boolean
}

/** Reads the text form of a topology. Nodes come in the order of the numbers in their names, where they have one. */
export function parseTopology(text: string): ReadonlyMap<string, TextNode> {
  const nodes = new Map<string, TextNode>()
  let global = false
  const lines = text.split('\n')
  for (const [at, line] of lines.entries()) {
    if (line.includes('Sub-topology:')) global = line.includes('global store')
    const match = /^\s+(Source|Processor|Sink): (.+?) \((topics?|stores): \[?(.*?)\]?\)$/.exec(line)
    if (!match) continue
    const [, kind, name, what, list] = match
    const items = list ? list.split(', ') : []
    const arrow = lines[at + 1]?.trim().startsWith('-->') ? lines[at + 1]!.trim().slice(4) : ''
    nodes.set(name!, {
      kind: kind as TextNode['kind'],
      name: name!,
      topics: what === 'stores' ? [] : items,
      stores: what === 'stores' ? items : [],
      next: arrow && arrow !== 'none' ? arrow.split(', ') : [],
      parents: [],
      global,
    })
  }
  for (const node of nodes.values()) for (const next of node.next) nodes.get(next)?.parents.push(node.name)
  return nodes
}

/** The number that a generated name ends with. */
export function indexOf(name: string): number | undefined {
  const match = /-(\d{10})(?:\D.*)?$/.exec(name)
  return match ? Number(match[1]) : undefined
}

/** A name without its number: what kind of node it is. */
export function prefixOf(name: string): string {
  return name.replace(/\d{10}\d*$/, '')
}

import { OperatorError } from '../../base/errors.ts'
import type { OperatorFactory } from '../operators/operator.ts'
import { withKey } from '../operators/stateless.ts'
import { subTopologies } from './sub-topologies.ts'
import type {
  InternalTopic,
  ProcessorNode,
  SinkNode,
  SourceNode,
  StoreDefinition,
  TopologyNode,
  TopologyPlan,
} from './topology.ts'

/** A processor while the topology is built: its stores may still become more. */
export interface DraftProcessor {
  readonly name: string
  readonly parents: readonly string[]
  readonly stores?: () => readonly string[]
  readonly create: OperatorFactory
  readonly takesLate?: boolean
  /** A join that has results for records without a key, or the filter before a repartition topic. */
  readonly nullKeys?: 'joins' | 'filter'
}

/** The pieces of a join of two streams, which is made simpler where both are the same stream. */
export interface SelfJoinCandidate {
  readonly leftWindow: string
  readonly rightWindow: string
  readonly joins: readonly [string, string]
  readonly merge: string
  readonly leftStore: string
  readonly rightStore: string
  readonly create: OperatorFactory
}

type Draft =
  | { readonly kind: 'source'; readonly node: SourceNode }
  | { readonly kind: 'processor'; readonly node: DraftProcessor }
  | { readonly kind: 'sink'; readonly node: SinkNode }

const indexDigits = 10

/** Collects a topology, names its parts by Kafka Streams' rules, and turns it into plain data. */
export class TopologyGraph {
  /** Whether joins of a stream with itself use one store: Kafka's `single.store.self.join`. */
  readonly #optimize: boolean
  #index = 0
  #drafts: Draft[] = []
  readonly #stores = new Map<string, StoreDefinition>()
  readonly #internalTopics = new Map<string, InternalTopic>()
  readonly #copartitioned: string[][] = []
  readonly #selfJoins: SelfJoinCandidate[] = []

  constructor({ optimize }: { optimize: boolean }) {
    this.#optimize = optimize
  }

  /** The number that the next name gets. */
  get nextIndex(): number {
    return this.#index
  }

  /** The next name with this prefix: all prefixes share one count. */
  newName(prefix: string): string {
    return `${prefix}${String(this.#index++).padStart(indexDigits, '0')}`
  }

  newStoreName(prefix: string): string {
    return this.newName(`${prefix}STATE-STORE-`)
  }

  addSource(node: Omit<SourceNode, 'kind'>): void {
    this.#add({ kind: 'source', node: { kind: 'source', ...node } })
  }

  addProcessor(node: DraftProcessor): void {
    this.#add({ kind: 'processor', node })
  }

  addSink(node: Omit<SinkNode, 'kind'>): void {
    this.#add({ kind: 'sink', node: { kind: 'sink', ...node } })
  }

  addStore(store: StoreDefinition): void {
    if (this.#stores.has(store.name)) {
      throw new OperatorError(`two stores are called ${store.name}`, { hint: 'give each store a name of its own' })
    }
    this.#stores.set(store.name, store)
  }

  hasStore(name: string): boolean {
    return this.#stores.has(name)
  }

  storeNamed(name: string): StoreDefinition | undefined {
    return this.#stores.get(name)
  }

  addInternalTopic(topic: InternalTopic): void {
    this.#internalTopics.set(topic.name, topic)
  }

  /** Says that the topics behind these sources must have equal numbers of partitions. */
  copartition(sources: readonly string[]): void {
    if (new Set(sources).size > 1) this.#copartitioned.push([...new Set(sources)])
  }

  addSelfJoinCandidate(candidate: SelfJoinCandidate): void {
    this.#selfJoins.push(candidate)
  }

  /** The finished topology. Throws an OperatorError for what cannot run. */
  finish(): TopologyPlan {
    this.#mergeSources()
    if (this.#optimize) for (const candidate of this.#selfJoins) this.#rewriteSelfJoin(candidate)
    const relaxed = upstreamOfRelaxedJoins(this.#drafts)
    const nodes = this.#drafts.map(draft => finished(draft, relaxed))
    if (!nodes.some(({ kind }) => kind === 'source')) {
      throw new OperatorError('the topology reads nothing', {
        hint: 'start it with stream(), table() or globalTable()',
      })
    }
    const used = new Set(nodes.flatMap(node => (node.kind === 'processor' ? node.stores : [])))
    const stores = new Map([...this.#stores].filter(([name]) => used.has(name)))
    const topicsOf = (source: string): readonly string[] =>
      nodes.flatMap(node => (node.kind === 'source' && node.name === source ? node.topics : []))
    return {
      nodes,
      stores,
      internalTopics: this.#internalTopics,
      subTopologies: subTopologies(nodes, stores),
      copartitioned: this.#copartitioned
        .map(sources => [...new Set(sources.flatMap(topicsOf))])
        .filter(topics => topics.length > 1),
    }
  }

  #add(draft: Draft): void {
    if (this.#drafts.some(({ node }) => node.name === draft.node.name)) {
      throw new OperatorError(`two parts of the topology are called ${draft.node.name}`)
    }
    this.#drafts.push(draft)
  }

  /** A topic is read once, whatever is made of it. */
  #mergeSources(): void {
    const first = new Map<string, SourceNode>()
    const replaced = new Map<string, string>()
    for (const { kind, node } of this.#drafts) {
      if (kind !== 'source') continue
      const topics = node.topics.join('\0')
      const earlier = first.get(topics)
      const isSame = earlier?.global === node.global && earlier.key === node.key && earlier.value === node.value
      if (earlier && isSame) replaced.set(node.name, earlier.name)
      else if (node.topics.some(topic => [...first.values()].some(other => other.topics.includes(topic)))) {
        throw new OperatorError(`the topic ${node.topics.join(', ')} is read in two ways that do not go together`, {
          hint: 'declare it once with topic(), and use that everywhere',
        })
      } else first.set(topics, node)
    }
    const renamed = (parents: readonly string[]): string[] => parents.map(parent => replaced.get(parent) ?? parent)
    this.#drafts = this.#drafts.flatMap((draft): Draft[] => {
      if (draft.kind === 'source') return replaced.has(draft.node.name) ? [] : [draft]
      if (draft.kind === 'sink') return [{ ...draft, node: { ...draft.node, parents: renamed(draft.node.parents) } }]
      return [{ ...draft, node: { ...draft.node, parents: renamed(draft.node.parents) } }]
    })
  }

  #rewriteSelfJoin(candidate: SelfJoinCandidate): void {
    const parentsOf = (name: string): string =>
      this.#drafts.map(({ node }) => (node.name === name && 'parents' in node ? node.parents.join() : '')).join('')
    const { leftWindow, rightWindow, joins, merge, leftStore, create } = candidate
    if (parentsOf(leftWindow) !== parentsOf(rightWindow)) return
    const dropped = new Set([rightWindow, ...joins])
    this.#drafts = this.#drafts
      .filter(({ node }) => !dropped.has(node.name))
      .map(draft =>
        draft.node.name === merge
          ? { kind: 'processor', node: { name: merge, parents: [leftWindow], stores: () => [leftStore], create } }
          : draft,
      )
  }
}

/** The parts from which records reach a join that has results for those without a key (KIP-962). */
function upstreamOfRelaxedJoins(drafts: readonly Draft[]): ReadonlySet<string> {
  const upstream = new Set<string>()
  // Parts come after those that feed them, so one walk from the end sees all.
  for (const { kind, node } of drafts.toReversed()) {
    const joins = kind === 'processor' && node.nullKeys === 'joins'
    if (joins || upstream.has(node.name)) {
      upstream.add(node.name)
      const writers =
        kind === 'source' ? drafts.filter(other => other.kind === 'sink' && node.topics.includes(other.node.topic)) : []
      for (const name of kind === 'source' ? writers.map(writer => writer.node.name) : node.parents) upstream.add(name)
    }
  }
  return upstream
}

function finished(draft: Draft, relaxed: ReadonlySet<string>): TopologyNode {
  if (draft.kind !== 'processor') return draft.node
  const { name, parents, stores, takesLate, nullKeys } = draft.node
  const create = nullKeys === 'filter' && !relaxed.has(name) ? withKey : draft.node.create
  const node: ProcessorNode = {
    kind: 'processor',
    name,
    parents,
    stores: [...new Set(stores?.() ?? [])],
    create,
    takesLate: takesLate ?? false,
  }
  return node
}

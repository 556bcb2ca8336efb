import type { TopologyBuilder } from '../../src/streams/topology/builder.ts'
import type { TopologyGraph } from '../../src/streams/topology/graph.ts'
import type { GlobalTableHandle } from '../../src/streams/topology/join-stream-table.ts'
import type { StreamBuilder } from '../../src/streams/topology/stream.ts'
import type { TableBuilder } from '../../src/streams/topology/table.ts'
import type { TopicHandle } from '../../src/streams/topology/topic.ts'
import type { ExpectedRecord, SemanticsCase } from './case.ts'
import type { CaseFunctions } from './functions.ts'
import type { JoinKind } from './settings.ts'
import type { TextNode } from './topology-text.ts'

/** A topology on its way from text to operators. Streams and tables are known by the node that they come out of. */
export interface Rebuilding {
  readonly semantics: SemanticsCase
  readonly functions: CaseFunctions
  readonly graph: TopologyGraph
  readonly builder: TopologyBuilder
  readonly nodes: ReadonlyMap<string, TextNode>
  readonly topic: (name: string) => TopicHandle
  readonly streams: Map<string, StreamBuilder>
  readonly tables: Map<string, TableBuilder>
  readonly globals: Map<string, GlobalTableHandle>
  readonly nextJoinKind: () => JoinKind
  readonly capture: (record: ExpectedRecord) => void
}

/** Builds what a node stands for. */
export interface Handler {
  /** The number that the first of the names that this makes must get. */
  readonly firstIndex: number | undefined
  build(): void
}

export function isRepartition(topic: string): boolean {
  return topic.endsWith('-repartition')
}

/** The node whose records come to this one: through repartition topics that operators made for themselves. */
export function origin(node: TextNode, { nodes }: Rebuilding, parentAt = 0): string {
  const parent = nodes.get(node.parents[parentAt]!)!
  const [topic] = parent.topics
  if (parent.kind !== 'Source' || topic === undefined || !isRepartition(topic)) return parent.name
  if (topic.startsWith('KSTREAM-REPARTITION-')) return parent.name
  const sink = [...nodes.values()].find(other => other.kind === 'Sink' && other.topics[0] === topic)
  if (!sink) return parent.name
  // Before the sink stands the filter of the topic, or, behind a table, the node that selects the group.
  const before = nodes.get(sink.parents[0]!)!
  return before.name.includes('FILTER') || before.name.endsWith('-filter') ? before.parents[0]! : before.name
}

export function streamAt(name: string, { streams }: Rebuilding): StreamBuilder {
  const stream = streams.get(name)
  if (!stream) throw new Error(`no stream comes out of ${name}`)
  return stream
}

export function tableAt(name: string, { tables }: Rebuilding): TableBuilder {
  const table = tables.get(name)
  if (!table) throw new Error(`no table comes out of ${name}`)
  return table
}

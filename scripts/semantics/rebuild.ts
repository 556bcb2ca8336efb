import type { AnyCodec } from '../../src/streams/codecs/codec.ts'
import { json } from '../../src/streams/codecs/json.ts'
import { int64 } from '../../src/streams/codecs/numbers.ts'
import { string } from '../../src/streams/codecs/string.ts'
import { Application } from '../../src/streams/topology/application.ts'
import { TopologyBuilder } from '../../src/streams/topology/builder.ts'
import { TopologyGraph } from '../../src/streams/topology/graph.ts'
import type { GlobalTableHandle } from '../../src/streams/topology/join-stream-table.ts'
import type { StreamBuilder } from '../../src/streams/topology/stream.ts'
import type { TableBuilder } from '../../src/streams/topology/table.ts'
import type { TopicHandle } from '../../src/streams/topology/topic.ts'
import type { ExpectedRecord, SemanticsCase } from './case.ts'
import { functionsOf } from './functions.ts'
import { handlerOf } from './nodes.ts'
import { isRepartition, type Rebuilding } from './rebuilding.ts'
import { joinKindsOf } from './settings.ts'
import { indexOf, parseTopology, type TextNode } from './topology-text.ts'
import { buildFromWords } from './words.ts'

/** One codec for keys of several types, as both sides of a join must share it. */
const mixedKeys: AnyCodec = json()

/** A topology that is built and wired to tell what comes out of it. */
export interface RebuiltCase {
  readonly application: Application
  /** How records of an input topic are written. */
  readonly topic: (name: string) => TopicHandle
  /** The topics that results go to. */
  readonly outputs: readonly string[]
  /** What the capturing nodes have seen since the last call, in order. */
  readonly taken: () => ExpectedRecord[]
}

/** Builds the topology of a case out of its description, operator by operator, in the order in which the names count. */
export function rebuild(semantics: SemanticsCase): RebuiltCase {
  const optimize = semantics.params?.optimization === 'all' || isSelfJoinOptimized(semantics.topology ?? '')
  const graph = new TopologyGraph({ optimize })
  const nodes = parseTopology(semantics.topology ?? '')
  const records: ExpectedRecord[] = []
  const functions = functionsOf(semantics)
  const kinds = joinKindsOf(semantics, functions)
  const globals = new Set([...nodes.values()].flatMap(node => (node.global ? node.topics : [])))
  const topics = new Map<string, TopicHandle>()
  const newTopic = (name: string): TopicHandle => ({
    name,
    key: keyCodecOf(semantics, other => (globals.has(name) ? other === name : !globals.has(other))),
    value: json(),
  })
  const topic = (name: string): TopicHandle => {
    const known = topics.get(name) ?? newTopic(name)
    topics.set(name, known)
    return known
  }
  const rebuilding: Rebuilding = {
    semantics,
    functions,
    graph,
    builder: new TopologyBuilder(graph),
    nodes,
    topic,
    streams: new Map<string, StreamBuilder>(),
    tables: new Map<string, TableBuilder>(),
    globals: new Map<string, GlobalTableHandle>(),
    nextJoinKind: () => (kinds.length > 1 ? kinds.shift()! : (kinds[0] ?? 'inner')),
    capture: record => records.push(record),
  }
  if (nodes.size === 0) buildFromWords(rebuilding)
  for (const node of inOrder(nodes)) {
    const handler = handlerOf(node, rebuilding)
    if (!handler) continue
    burnTo(graph, handler.firstIndex)
    handler.build()
  }
  return {
    application: new Application(semantics.name, graph.finish(), {}),
    topic,
    outputs: [...new Set([...nodes.values()].flatMap(outputTopic))],
    taken: () => records.splice(0),
  }
}

/** The nodes in the order in which they were made: by number; what has none comes right behind what it follows from. */
function inOrder(nodes: ReadonlyMap<string, TextNode>): TextNode[] {
  const place = (node: TextNode, seen: readonly string[] = []): number => {
    const index = indexOf(node.name)
    if (index !== undefined) return index
    // Processors that a test added by hand came last of all.
    if (/^proc\d*$/.test(node.name)) return Number.MAX_SAFE_INTEGER
    const before = node.parents
      .filter(name => !seen.includes(name))
      .map(name => place(nodes.get(name)!, [...seen, node.name]))
    return Math.max(-1, ...before) + 0.5
  }
  return [...nodes.values()]
    .map((node, at) => ({ node, at, place: place(node) }))
    .sort((a, b) => a.place - b.place || a.at - b.at)
    .map(({ node }) => node)
}

/** Kafka Streams used up numbers that its description does not show: so do we, and all names come out the same. */
function burnTo(graph: TopologyGraph, index: number | undefined): void {
  while (index !== undefined && graph.nextIndex < index) graph.newName('')
}

/** Whether the description shows a join of a stream with itself out of one store. */
function isSelfJoinOptimized(text: string): boolean {
  return /KSTREAM-MERGE-\d+ \(stores: \[[^\]]+\]\)/.test(text)
}

function outputTopic({ kind, name, topics }: TextNode): readonly string[] {
  return kind === 'Sink' && name.startsWith('KSTREAM-SINK-') && !isRepartition(topics[0]!) ? topics : []
}

/**
 * Keys sort by their bytes: so they are written as the test wrote them, in Kafka's own forms. Streams and tables share keys;
 * global tables have their own.
 */
function keyCodecOf({ steps }: SemanticsCase, isAlike: (topic: string) => boolean): AnyCodec {
  const keys = steps.flatMap(step => (step.in && step.in.key !== null && isAlike(step.in.topic) ? [step.in.key] : []))
  if (keys.length > 0 && keys.every(key => typeof key === 'number' && Number.isInteger(key))) return int64 as AnyCodec
  if (keys.every(key => typeof key === 'string')) return string as AnyCodec
  return mixedKeys
}

import type { AnyCodec } from '../../src/streams/codecs/codec.ts'
import { json } from '../../src/streams/codecs/json.ts'
import type { Application as ApplicationType } from '../../src/streams/topology/application.ts'
import { Application } from '../../src/streams/topology/application.ts'
import type {
  ProcessorNode,
  SinkNode,
  SubTopology,
  TopologyNode,
  TopologyPlan,
} from '../../src/streams/topology/topology.ts'
import type { ExpectedRecord, SemanticsCase } from './case.ts'
import { rebuild } from './rebuild.ts'

/** A case as an application for a real node, where its topics have names of their own. */
export interface CaseOnNode {
  readonly application: ApplicationType
  /** Partitions of every topic that goes in. */
  readonly partitions: number
  /** The name on the node of a topic of the case. */
  readonly named: (topic: string) => string
  readonly topic: ReturnType<typeof rebuild>['topic']
  readonly outputs: readonly string[]
  /**
   * How its records lie: by key, each partition a world of its own (`parts`) or one that meets the others again behind a
   * foreign key (`keys`); or all in one partition of several.
   */
  readonly spread: 'parts' | 'keys' | 'one'
  /** A record waits for all before it: a foreign-key join forgets answers that a newer row has overtaken on their way. */
  readonly isOneByOne: boolean
  /** Whether a topic is that of a global table. */
  readonly isGlobal: (topic: string) => boolean
  /** Where what capturing nodes see goes. */
  readonly captured: string
}

const partitionsDefault = 3

/**
 * The application of a case: with topics under a prefix, and what its capturing nodes see written to a topic, so that it
 * counts with the transaction. Records go to the partition of their key. Behind a repartition topic the expected results
 * know one time only, while time passes for each task by itself: there all records of a case go to one partition of several,
 * and what is repartitioned meets in one again.
 */
export function caseOnNode(semantics: SemanticsCase, name: string): CaseOnNode {
  const { application, topic, outputs, taken } = rebuild(semantics)
  const { plan } = application
  const named = (other: string): string => (plan.internalTopics.has(other) ? other : `${name}.${other}`)
  const captured = `${name}.captured`
  const mixes = plan.copartitioned.some(
    group =>
      group.some(other => plan.internalTopics.has(other)) && group.some(other => !plan.internalTopics.has(other)),
  )
  const isForeignKey = semantics.operator.includes('foreign')
  const renamed = renamePlan(plan, named, { single: !mixes && !isForeignKey, captured, taken })
  return {
    application: new Application(name, renamed, application.options),
    partitions: mixes ? 1 : partitionsDefault,
    named,
    topic,
    outputs,
    spread: isForeignKey ? 'keys' : plan.internalTopics.size > 0 ? 'one' : 'parts',
    isOneByOne: isForeignKey,
    isGlobal: other => plan.subTopologies.some(part => part.global && part.sourceTopics.includes(other)),
    captured,
  }
}

interface Renaming {
  readonly single: boolean
  readonly captured: string
  readonly taken: () => readonly ExpectedRecord[]
}

function renamePlan(plan: TopologyPlan, named: (topic: string) => string, renaming: Renaming): TopologyPlan {
  const parents = new Set(plan.nodes.flatMap(node => (node.kind === 'source' ? [] : node.parents)))
  const replaced = new Map<TopologyNode, readonly TopologyNode[]>()
  const replace = (node: TopologyNode): readonly TopologyNode[] => {
    const known = replaced.get(node)
    if (known) return known
    const nodes = renameNode(node, named, renaming, !parents.has(node.name))
    replaced.set(node, nodes)
    return nodes
  }
  const renamePart = (part: SubTopology): SubTopology => ({
    ...part,
    nodes: part.nodes.flatMap(replace),
    sourceTopics: part.sourceTopics.map(named),
  })
  return {
    ...plan,
    nodes: plan.nodes.flatMap(replace),
    subTopologies: plan.subTopologies.map(renamePart),
    copartitioned: plan.copartitioned.map(group => group.map(named)),
    internalTopics: new Map(
      [...plan.internalTopics].map(([name, topic]) => [name, renaming.single ? { ...topic, partitions: 1 } : topic]),
    ),
  }
}

function renameNode(
  node: TopologyNode,
  named: (topic: string) => string,
  renaming: Renaming,
  isLeaf: boolean,
): readonly TopologyNode[] {
  if (node.kind === 'source') return [{ ...node, topics: node.topics.map(named) }]
  if (node.kind === 'sink') return [{ ...node, topic: named(node.topic) }]
  return isLeaf ? [capturing(node, renaming), capturedSink(node, renaming.captured)] : [node]
}

/** Passes on what the node has captured while it processed one record. */
function capturing(node: ProcessorNode, { taken }: Renaming): ProcessorNode {
  return {
    ...node,
    create(context) {
      // What the node itself would pass on goes nowhere in the case, either.
      const receive = node.create({ ...context, forward: () => {}, children: [] })
      return (key, value, timestamp, oldValue, isLatest) => {
        receive(key, value, timestamp, oldValue, isLatest)
        for (const record of taken()) context.forward(null, record, Math.max(0, timestamp), null, true)
      }
    },
  }
}

function capturedSink(node: ProcessorNode, topic: string): SinkNode {
  const codec = json() as AnyCodec
  return {
    kind: 'sink',
    name: `${node.name}-captured`,
    parents: [node.name],
    topic,
    key: codec,
    value: codec,
    changes: false,
  }
}

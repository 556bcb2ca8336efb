import type { AnyCodec } from '../codecs/codec.ts'
import type { OperatorFactory } from '../operators/operator.ts'
import type { RowFormat } from '../state/row-format.ts'
import type { StateTable } from '../state/state-table.ts'

/** What happens to a record whose bytes the codec, or the schema, refuses. */
export type OnInvalid = 'fail' | 'skip' | { readonly deadLetter: string }

/** Reads topics. */
export interface SourceNode {
  readonly kind: 'source'
  readonly name: string
  readonly topics: readonly string[]
  readonly key: AnyCodec
  readonly value: AnyCodec
  /** Values are updates with what was before (see `changeCodec`): of a repartition topic behind a table. */
  readonly changes: boolean
  /** Every instance reads all of it, into a global table. */
  readonly global: boolean
  readonly timestamp?: (value: unknown, meta: unknown) => number
  readonly onInvalid: OnInvalid
}

/** Does something with each record. */
export interface ProcessorNode {
  readonly kind: 'processor'
  readonly name: string
  readonly parents: readonly string[]
  /** Gets what its parents leave out as too late, instead of what they pass on. */
  readonly takesLate: boolean
  readonly stores: readonly string[]
  readonly create: OperatorFactory
}

/** Writes to a topic. */
export interface SinkNode {
  readonly kind: 'sink'
  readonly name: string
  readonly parents: readonly string[]
  readonly topic: string
  readonly key: AnyCodec
  readonly value: AnyCodec
  readonly changes: boolean
  /** The partition for a value, where it is not that of the key. */
  readonly partitionOf?: (value: unknown) => number
}

export type TopologyNode = SourceNode | ProcessorNode | SinkNode

/** State that a topology needs. One of each for every task of the sub-topology that uses it. */
export interface StoreDefinition {
  readonly name: string
  readonly kind: 'key-value' | 'versioned' | 'window' | 'session' | 'buffer' | 'unmatched' | 'subscription'
  readonly key: AnyCodec
  readonly value: AnyCodec
  /** How long its changelog keeps what expires, in milliseconds; undefined where nothing does. */
  readonly retentionMs: number | undefined
  /** The length of its windows in milliseconds, where they all have one. */
  readonly windowMs?: number
  /** Whether its updates go to a changelog topic. */
  readonly changelog: boolean
  /** The topic that serves as its changelog, where the store holds just what that topic says (optimized source tables). */
  readonly sourceTopic: string | undefined
  readonly rows: RowFormat
  readonly create: (table: StateTable) => unknown
}

/** A topic that the topology writes and reads itself. */
export interface InternalTopic {
  readonly name: string
  /** The number of partitions a script asked for; else that of the topics upstream. */
  readonly partitions: number | undefined
}

/** What is connected by records or by stores: runs as one task for each partition of its topics. */
export interface SubTopology {
  readonly id: number
  readonly nodes: readonly TopologyNode[]
  readonly global: boolean
  readonly sourceTopics: readonly string[]
  readonly stores: readonly StoreDefinition[]
}

/** A whole topology as plain data, in the order in which it was built. */
export interface TopologyPlan {
  readonly nodes: readonly TopologyNode[]
  readonly stores: ReadonlyMap<string, StoreDefinition>
  /** By name, without the application's name before it. */
  readonly internalTopics: ReadonlyMap<string, InternalTopic>
  readonly subTopologies: readonly SubTopology[]
  /** Topics that must have the same number of partitions, as their records meet by key. */
  readonly copartitioned: readonly (readonly string[])[]
}

/** The changelog topic of a store, without the application's name. */
export function changelogTopic(store: string): string {
  return `${store}-changelog`
}

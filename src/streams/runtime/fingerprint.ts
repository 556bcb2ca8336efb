import { createHash } from 'node:crypto'
import { OperatorError } from '../../base/errors.ts'
import { bytes } from '../codecs/bytes.ts'
import type { AnyCodec } from '../codecs/codec.ts'
import { bigint64, float64, int64 } from '../codecs/numbers.ts'
import { string } from '../codecs/string.ts'
import type { StoreDefinition, SubTopology, TopologyPlan } from '../topology/topology.ts'

/**
 * What the rows of a store mean: its kind, how keys and values are written, its windows, and the topics that it is the
 * result of. State under another signature cannot be used. What a script may change at will is not in it: filters, what is
 * computed, where results go. Codecs of a script's own all look alike.
 */
export function storeSignature(plan: TopologyPlan, store: StoreDefinition): string {
  const { kind, key, value, retentionMs, windowMs } = store
  const what = [kind, codecName(key), codecName(value), windowMs ?? retentionMs ?? null, feeders(plan, store.name)]
  return createHash('sha256').update(JSON.stringify(what)).digest('hex').slice(0, 12)
}

/** The signatures of all stores of a sub-topology that outlive a run, by name. */
export function storeSignatures(plan: TopologyPlan, { stores }: SubTopology): Readonly<Record<string, string>> {
  return Object.fromEntries(stores.map(store => [store.name, storeSignature(plan, store)]))
}

/** What tasks there are and what they read: instances that share out tasks must agree on it. */
export function topologySignature(plan: TopologyPlan): string {
  const parts = plan.subTopologies.map(({ id, sourceTopics, stores }) => [
    id,
    sourceTopics,
    stores.map(store => [store.name, storeSignature(plan, store)]),
  ])
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 12)
}

/** Throws an OperatorError where a store of that name has been something else. `committed`: signatures by name of store. */
export function checkStores(plan: TopologyPlan, committed: Readonly<Record<string, string>>): void {
  for (const store of plan.stores.values()) {
    const before = committed[store.name]
    if (before === undefined || before === storeSignature(plan, store)) continue
    throw new OperatorError(
      `the store ${store.name} holds state of another kind: the script has changed what it is made of, or how it is written`,
      {
        hint:
          'give it another name in the script (store: …) to build it anew beside the old one, ' +
          'undo the change, or start from nothing: streamctl run SCRIPT --reset',
      },
    )
  }
}

const codecNames: ReadonlyMap<AnyCodec, string> = new Map([
  [string as AnyCodec, 'string'],
  [bytes as AnyCodec, 'bytes'],
  [int64 as AnyCodec, 'int64'],
  [bigint64 as AnyCodec, 'int64'],
  [float64 as AnyCodec, 'float64'],
])

function codecName(codec: AnyCodec): string {
  return codecNames.get(codec) ?? 'other'
}

/** The topics from which records reach the operators that have the store: those of others, behind repartition topics. */
function feeders(plan: TopologyPlan, store: string): readonly string[] {
  const found = new Set<string>()
  const seen = new Set<string>()
  const visit = (name: string): void => {
    if (seen.has(name)) return
    seen.add(name)
    const node = plan.nodes.find(other => other.name === name)
    if (node?.kind !== 'source') {
      for (const parent of node?.parents ?? []) visit(parent)
      return
    }
    for (const topic of node.topics) {
      if (!plan.internalTopics.has(topic)) found.add(topic)
      for (const sink of plan.nodes) if (sink.kind === 'sink' && sink.topic === topic) visit(sink.name)
    }
  }
  for (const node of plan.nodes) if (node.kind === 'processor' && node.stores.includes(store)) visit(node.name)
  return [...found].sort()
}

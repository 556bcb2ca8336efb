import { OperatorError } from '../../base/errors.ts'
import type { AnyCodec } from '../codecs/codec.ts'
import type { UserFunction } from '../operators/operator.ts'
import { selfJoin } from '../operators/self-join.ts'
import { passThrough } from '../operators/stateless.ts'
import { joinWindow, type StreamJoinOptions, streamJoin } from '../operators/stream-join.ts'
import type { JoinKind } from '../operators/table-join.ts'
import type { JoinWindows } from '../operators/windows.ts'
import { byteRows, valueRows } from '../state/row-format.ts'
import { UnmatchedStore } from '../state/unmatched-store.ts'
import { WindowStore } from '../state/window-store.ts'
import { type Duration, durationMs } from './duration.ts'
import type { TopologyGraph } from './graph.ts'
import { defaultCodec } from './materialized.ts'
import { repartitioned } from './repartition.ts'
import { StreamBuilder } from './stream.ts'

/** What a script says of a join of two streams. */
export interface StreamJoinSettings {
  readonly within: Duration | { readonly before: Duration; readonly after: Duration }
  readonly grace: Duration
  /** How the values of the two sides are written, where no topic says it. */
  readonly leftValue?: AnyCodec
  readonly rightValue?: AnyCodec
  readonly key?: AnyCodec
  /** Names the join, its stores and the topics before it. */
  readonly name?: string
  readonly stores?: { readonly left?: string; readonly right?: string }
  /**
   * When a record without a match is a result: when nothing can match it any more, or at once, whether or not a match comes
   * later (Kafka Streams before KIP-633).
   */
  readonly unmatched?: 'when-closed' | 'at-once'
}

interface SideNames {
  readonly window: string
  readonly join: string
  readonly store: string
}

/** Adds the join of two streams by key within a time. */
export function joinStreams(
  kind: JoinKind,
  leftStream: StreamBuilder,
  rightStream: StreamBuilder,
  joiner: UserFunction,
  settings: StreamJoinSettings,
): StreamBuilder {
  const windows = joinWindows(settings)
  const key = sharedKey(leftStream, rightStream, settings)
  const codecs = {
    key,
    left: settings.leftValue ?? leftStream.state.value ?? defaultCodec,
    right: settings.rightValue ?? rightStream.state.value ?? defaultCodec,
  }
  const { name } = settings
  const left = rekeyed(leftStream, { base: name && `${name}-left`, key, value: codecs.left })
  const right = rekeyed(rightStream, { base: name && `${name}-right`, key, value: codecs.right })
  const { graph } = left.state
  graph.copartition([...left.state.sources, ...right.state.sources])
  const names = joinNames(graph, kind, settings)
  const unmatched = kind === 'inner' || settings.unmatched === 'at-once' ? undefined : names.unmatched
  const retentionMs = windows.beforeMs + windows.afterMs + windows.graceMs
  addWindow(graph, left, names.left, { key, value: codecs.left, retentionMs })
  addWindow(graph, right, names.right, { key, value: codecs.right, retentionMs })
  if (unmatched !== undefined) addUnmatched(graph, unmatched, codecs)
  addSides(graph, names, kind, { windows, joiner, unmatchedStore: unmatched, name: names.left.store })
  if (kind === 'inner') {
    graph.addSelfJoinCandidate({
      leftWindow: names.left.window,
      rightWindow: names.right.window,
      joins: [names.left.join, names.right.join],
      merge: names.merge,
      leftStore: names.left.store,
      rightStore: names.right.store,
      create: selfJoin(names.left.store, windows, joiner),
    })
  }
  const sources = [...left.state.sources, ...right.state.sources]
  return new StreamBuilder({ graph, name: names.merge, key, value: undefined, sources, rekeyed: false })
}

/** Adds the operators of both sides, and the one in which their results come together. */
function addSides(
  graph: TopologyGraph,
  names: ReturnType<typeof joinNames>,
  kind: JoinKind,
  common: Pick<StreamJoinOptions, 'windows' | 'joiner' | 'unmatchedStore' | 'name'>,
): void {
  const shared = common.unmatchedStore === undefined ? [] : [common.unmatchedStore]
  const nullKeys = kind === 'inner' ? {} : { nullKeys: 'joins' as const }
  const { left, right } = names
  graph.addProcessor({
    name: left.join,
    parents: [left.window],
    stores: () => [right.store, ...shared],
    create: streamJoin({ ...common, side: 'left', otherStore: right.store, outer: kind !== 'inner' }),
    ...nullKeys,
  })
  graph.addProcessor({
    name: right.join,
    parents: [right.window],
    stores: () => [left.store, ...shared],
    create: streamJoin({ ...common, side: 'right', otherStore: left.store, outer: kind === 'outer' }),
    ...nullKeys,
  })
  graph.addProcessor({ name: names.merge, parents: [left.join, right.join], create: passThrough })
}

/** Declares the store in which records wait that have not found a match. */
function addUnmatched(
  graph: TopologyGraph,
  name: string,
  codecs: { readonly key: AnyCodec; readonly left: AnyCodec; readonly right: AnyCodec },
): void {
  graph.addStore({
    name,
    kind: 'unmatched',
    key: codecs.key,
    value: defaultCodec,
    retentionMs: undefined,
    changelog: true,
    sourceTopic: undefined,
    rows: byteRows,
    create: table => new UnmatchedStore(table, codecs),
  })
}

/** The codec that both sides write their keys with. Throws where they differ: equal keys would not meet. */
export function sharedKey(
  left: StreamBuilder,
  right: { state: { key: AnyCodec | undefined } },
  settings: { key?: AnyCodec },
): AnyCodec {
  const key = settings.key ?? left.state.key ?? right.state.key ?? defaultCodec
  for (const side of [left.state.key, right.state.key]) {
    if (side === undefined || side === key) continue
    throw new OperatorError(
      'the two sides of a join write their keys in different ways, so equal keys would not meet',
      {
        hint: 'give both topics the same key codec, or re-key one side with selectKey(…, { key: codec })',
      },
    )
  }
  return key
}

/** The stream as it is, or, where its keys have changed, through a topic that brings equal keys together. */
export function rekeyed(
  stream: StreamBuilder,
  { base, key, value }: { base: string | undefined; key: AnyCodec; value: AnyCodec },
): StreamBuilder {
  if (!stream.state.rekeyed) return stream
  return repartitioned(stream, { base: base ?? stream.state.name, key, value })
}

function joinWindows({ within, grace }: StreamJoinSettings): JoinWindows {
  const { before, after } = typeof within === 'object' ? within : { before: within, after: within }
  return {
    beforeMs: durationMs(before, 'before'),
    afterMs: durationMs(after, 'after'),
    graceMs: durationMs(grace, 'grace'),
  }
}

function joinNames(
  graph: TopologyGraph,
  kind: JoinKind,
  { name, stores }: StreamJoinSettings,
): { left: SideNames; right: SideNames; merge: string; unmatched: string } {
  const windows = [name ? `${name}-this-windowed` : undefined, name ? `${name}-other-windowed` : undefined]
  const [leftWindow, rightWindow] = windows.map(given => given ?? graph.newName('KSTREAM-WINDOWED-'))
  const leftGenerated = graph.newName(kind === 'outer' ? 'KSTREAM-OUTERTHIS-' : 'KSTREAM-JOINTHIS-')
  const rightGenerated = graph.newName(kind === 'inner' ? 'KSTREAM-JOINOTHER-' : 'KSTREAM-OUTEROTHER-')
  const leftSuffix = kind === 'outer' ? '-outer-this-join' : '-this-join'
  const rightSuffix = kind === 'inner' ? '-other-join' : '-outer-other-join'
  const merge = name ? `${name}-merge` : graph.newName('KSTREAM-MERGE-')
  const number = leftGenerated.slice(-10)
  const sharedSuffix = kind === 'outer' ? '-outer-shared-join-store' : '-left-shared-join-store'
  return {
    left: {
      window: leftWindow!,
      join: name ? `${name}${leftSuffix}` : leftGenerated,
      store: stores?.left ?? `${name ? `${name}${leftSuffix}` : leftGenerated}-store`,
    },
    right: {
      window: rightWindow!,
      join: name ? `${name}${rightSuffix}` : rightGenerated,
      store: stores?.right ?? `${name ? `${name}${rightSuffix}` : rightGenerated}-store`,
    },
    merge,
    unmatched: stores?.left
      ? `${stores.left}${sharedSuffix}`
      : name
        ? `${name}${sharedSuffix.replace('-join-store', '-join')}-store`
        : `KSTREAM-OUTERSHARED-${number}-store`,
  }
}

function addWindow(
  graph: TopologyGraph,
  stream: StreamBuilder,
  { window, store }: SideNames,
  { key, value, retentionMs }: { key: AnyCodec; value: AnyCodec; retentionMs: number },
): void {
  graph.addStore({
    name: store,
    kind: 'window',
    key,
    value,
    retentionMs,
    changelog: true,
    sourceTopic: undefined,
    rows: valueRows(value),
    create: table => new WindowStore(table, { key, value, retentionMs, duplicates: true }),
  })
  graph.addProcessor({ name: window, parents: [stream.state.name], stores: () => [store], create: joinWindow(store) })
}

import type { AnyCodec } from '../codecs/codec.ts'
import { json } from '../codecs/json.ts'
import { deduplicate } from '../operators/deduplicate.ts'
import type { UserFunction } from '../operators/operator.ts'
import { matchPattern, patternStateCodec } from '../operators/pattern-match.ts'
import { KeyValueStore } from '../state/key-value-store.ts'
import { valueRows } from '../state/row-format.ts'
import { WindowStore } from '../state/window-store.ts'
import { type Duration, durationMs } from './duration.ts'
import { defaultCodec } from './materialized.ts'
import { PatternBuilder } from './pattern.ts'
import { repartitioned } from './repartition.ts'
import { StreamBuilder } from './stream.ts'

export interface DeduplicateOptions {
  readonly id: UserFunction
  readonly within: Duration
  readonly name?: string
}

/** Builds a pattern out of its start. */
export type MatchBuilder = (start: PatternBuilder) => PatternBuilder

/** Adds an operator that passes on the first record of each id within a time. */
export function deduplicated(stream: StreamBuilder, options: DeduplicateOptions): StreamBuilder {
  const { graph } = stream.state
  const withinMs = durationMs(options.within, 'within')
  const name = options.name ?? graph.newName('KSTREAM-DEDUPLICATE-')
  const store = `${name}-store`
  const source = inPartitions(stream, name)
  const codecs = { key: defaultCodec, value: json() as AnyCodec }
  // A record may come up to `within` after and before the ones that it repeats.
  const retentionMs = 2 * withinMs + 1
  graph.addStore({
    name: store,
    kind: 'window',
    ...codecs,
    retentionMs,
    changelog: true,
    sourceTopic: undefined,
    rows: valueRows(codecs.value),
    create: table => new WindowStore(table, { ...codecs, retentionMs, duplicates: false }),
  })
  const create = deduplicate(store, options.id, withinMs)
  graph.addProcessor({ name, parents: [source.state.name], stores: () => [store], create })
  return new StreamBuilder({ ...source.state, name })
}

/** Adds an operator that finds a sequence of records of one key. */
export function matched(
  stream: StreamBuilder,
  build: MatchBuilder,
  result: UserFunction,
  options: { name?: string },
): StreamBuilder {
  const { graph } = stream.state
  const pattern = build(new PatternBuilder()).finish()
  const name = options.name ?? graph.newName('KSTREAM-MATCH-')
  const store = `${name}-store`
  const source = inPartitions(stream, name)
  const key = source.state.key ?? defaultCodec
  const value = patternStateCodec(source.state.value ?? defaultCodec)
  graph.addStore({
    name: store,
    kind: 'key-value',
    key,
    value,
    retentionMs: undefined,
    changelog: true,
    sourceTopic: undefined,
    rows: valueRows(value),
    create: table => new KeyValueStore(table, { key, value }),
  })
  const create = matchPattern(store, pattern, result)
  graph.addProcessor({ name, parents: [source.state.name], stores: () => [store], create })
  return new StreamBuilder({ ...source.state, name, value: undefined })
}

/** The stream with all records of one key in one partition. */
function inPartitions(stream: StreamBuilder, name: string): StreamBuilder {
  if (!stream.state.rekeyed) return stream
  const { key, value } = stream.state
  return repartitioned(stream, { base: name, key, value })
}

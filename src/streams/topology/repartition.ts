import { passThrough } from '../operators/stateless.ts'
import { defaultCodec } from './materialized.ts'
import { type MaybeCodec, StreamBuilder } from './stream.ts'

export interface Repartition {
  /** The name that the topic gets `-repartition` behind. */
  readonly base: string
  readonly key: MaybeCodec
  readonly value: MaybeCodec
  readonly partitions?: number | undefined
}

const generatedName = /^KSTREAM.*-\d{10}-repartition$/

/** Sends a stream through a topic of its own, so that all records of one key come together in one partition. */
export function repartitioned(stream: StreamBuilder, repartition: Repartition): StreamBuilder {
  const { graph, name: parent } = stream.state
  const { base, partitions } = repartition
  const topic = base.endsWith('-repartition') ? base : `${base}-repartition`
  const generated = {
    sink: graph.newName('KSTREAM-SINK-'),
    filter: graph.newName('KSTREAM-FILTER-'),
    source: graph.newName('KSTREAM-SOURCE-'),
  }
  const names = generatedName.test(topic)
    ? generated
    : { sink: `${topic}-sink`, filter: `${topic}-filter`, source: `${topic}-source` }
  const codecs = { key: repartition.key ?? defaultCodec, value: repartition.value ?? defaultCodec }
  graph.addInternalTopic({ name: topic, partitions })
  // Drops records without a key, unless a left or outer join behind has results for them (KIP-962).
  graph.addProcessor({ name: names.filter, parents: [parent], create: passThrough, nullKeys: 'filter' })
  graph.addSink({ name: names.sink, parents: [names.filter], topic, ...codecs, changes: false })
  graph.addSource({ name: names.source, topics: [topic], ...codecs, changes: false, global: false, onInvalid: 'fail' })
  return new StreamBuilder({ graph, name: names.source, ...codecs, sources: [names.source], rekeyed: false })
}

import {
  type Builder,
  type Codec,
  json,
  type Stream,
  streams,
  string,
  type Topic,
  type Topology,
  topic,
} from '../../src/streams/script.ts'

// Nexmark: an auction house. Events as its generator writes them (https://github.com/nexmark/nexmark).

export interface Person {
  readonly type: 'person'
  readonly id: number
  readonly name: string
  readonly city: string
  readonly state: string
  readonly dateTime: number
}

export interface Auction {
  readonly type: 'auction'
  readonly id: number
  readonly itemName: string
  readonly seller: number
  readonly category: number
  readonly dateTime: number
  readonly expires: number
}

export interface Bid {
  readonly type: 'bid'
  readonly auction: number
  readonly bidder: number
  readonly price: number
  readonly channel: string
  readonly url: string
  readonly dateTime: number
}

export type Event = Person | Auction | Bid

export const events = topic('nexmark-events', {
  key: string,
  value: json<Event>(),
  timestamp: event => event.dateTime,
})

/** A row of a result, in the order of its columns. */
export type Row = readonly (string | number | null)[]

/** Results of a query: rows without a key add up, rows under a key replace those that it had. */
export type Results = Topic<string | null, readonly Row[]>

/** A query: its topology, and where its rows go. */
export interface Query {
  readonly topology: Topology
  readonly results: Results
}

/** Declares a query by what becomes of the events. */
export function query(
  name: string,
  build: (
    events: Stream<string, Event>,
    builder: Builder,
  ) => Stream<string, readonly Row[]> | Stream<null, readonly Row[]>,
): Query {
  const results: Results = topic(`nexmark-${name}`, {
    key: string as Codec<string | null>,
    value: json<readonly Row[]>(),
  })
  const topology = streams(`nexmark-${name}`, builder => {
    const stream: { to(topic: Results): void } = build(builder.stream(events), builder)
    stream.to(results)
  })
  return { topology, results }
}

export const isPerson = (event: Event): event is Person => event.type === 'person'
export const isAuction = (event: Event): event is Auction => event.type === 'auction'
export const isBid = (event: Event): event is Bid => event.type === 'bid'

/** Rows that only add up. */
export function rows<K, V>(stream: Stream<K, V>, row: (value: V) => Row): Stream<null, readonly Row[]> {
  return stream.map(value => keyless([row(value)]))
}

/** Rows that replace those under the same key. */
export function keyed(key: string, all: readonly Row[]): { readonly key: string; readonly value: readonly Row[] } {
  return { key, value: all }
}

/** Rows that add up. */
export function keyless(all: readonly Row[]): { readonly key: null; readonly value: readonly Row[] } {
  return { key: null, value: all }
}

/** The day, in UTC, as YYYY-MM-DD. */
export function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10)
}

import { json, session, streams, string, type Topology, topic, tumbling } from '../../src/streams/script.ts'
import type { BidOf } from './fill.ts'

/** A bid, much as Nexmark's generator writes it: some 200 bytes of JSON. */
interface Bid {
  readonly auction: number
  readonly bidder: number
  readonly price: number
  readonly channel: string
  readonly url: string
  readonly dateTime: number
  readonly extra: string
}

const bids = topic('bids', { key: string, value: json<Bid>(), timestamp: bid => bid.dateTime })
const others = topic('others', { key: string, value: json<Bid>(), timestamp: bid => bid.dateTime })
const keyed = topic('keyed', { key: string, value: json<number>() })
const out = topic('out', { key: string, value: json<unknown>() })

interface Workload {
  readonly topology: () => Topology
  /** It reads `others`, too. */
  readonly joins?: boolean
  /** What it reads instead of `bids`, … */
  readonly input?: string
  /** … and what lies there. */
  readonly bidOf?: BidOf
}

/** What is measured, each a script. */
export const workloads: Readonly<Record<string, Workload>> = {
  q0: {
    topology: () =>
      streams('bench-q0', builder => {
        builder.stream(bids).to(out)
      }),
  },
  count: {
    topology: () =>
      streams('bench-count', builder => {
        builder
          .stream(bids)
          .groupByKey()
          .windowedBy(tumbling({ size: '10s', grace: '1s' }))
          .count({ store: 'counts' })
          .toStream()
          .map((count, windowed) => ({ key: windowed.key, value: count }))
          .to(out)
      }),
  },
  join: {
    joins: true,
    topology: () =>
      streams('bench-join', builder => {
        builder
          .stream(bids)
          .join(
            builder.stream(others),
            (bid, other) => ({ auction: bid.auction, price: bid.price, other: other.price }),
            { within: '100ms', grace: '100ms' },
          )
          .to(out)
      }),
  },
  session: {
    topology: () =>
      streams('bench-session', builder => {
        builder
          .stream(bids)
          .groupByKey()
          .windowedBy(session({ gap: '200ms', grace: '100ms' }))
          .count({ store: 'sessions' })
          .toStream()
          .map((count, windowed) => ({ key: windowed.key, value: count }))
          .to(out)
      }),
  },
  keys: {
    input: 'keyed',
    bidOf: number => ({
      time: firstTime + Math.floor(number / 20),
      // Spread over the store, and each of its own: a multiplication by an odd number forgets nothing.
      key: `customer-${(Math.imul(number, 0x9e37_79b1) >>> 0).toString(36).padStart(7, '0')}`,
      text: String(number),
    }),
    topology: () =>
      streams('bench-keys', builder => {
        builder.stream(keyed).groupByKey().count({ store: 'keys' })
      }),
  },
}

const firstTime = 1_700_000_000_000

/** The bid of that number: a hundred in a millisecond of event time, over a thousand auctions. */
export function bidAt(number: number): Bid {
  const spread = (number * 2_654_435_761) >>> 0
  const auction = 1_000 + (spread % 1_000)
  return {
    auction,
    bidder: 2_000 + ((spread >>> 10) % 5_000),
    price: 100 + (spread % 100_000),
    channel: `channel-${spread % 100}`,
    url: `https://www.nexmark.com/item.htm?query=1&channel_id=${spread % 10_000}`,
    dateTime: firstTime + Math.floor(number / 20),
    extra: '[`TM[oluzoivxmeos]ZNHU_JITPVYvqyzsiUVJZXMumaxmtZRYV',
  }
}

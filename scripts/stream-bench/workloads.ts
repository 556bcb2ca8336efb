import { json, session, streams, string, type Topology, topic, tumbling } from '../../src/streams/script.ts'

/** A bid, much as Nexmark's generator writes it: some 200 bytes of JSON. */
export interface Bid {
  readonly auction: number
  readonly bidder: number
  readonly price: number
  readonly channel: string
  readonly url: string
  readonly dateTime: number
  readonly extra: string
}

export const bids = topic('bids', { key: string, value: json<Bid>(), timestamp: bid => bid.dateTime })
export const others = topic('others', { key: string, value: json<Bid>(), timestamp: bid => bid.dateTime })
const out = topic('out', { key: string, value: json<unknown>() })

/** What is measured, each a script that reads `bids`. */
export const workloads: Readonly<Record<string, { readonly topology: () => Topology; readonly joins?: boolean }>> = {
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
    topology: () =>
      streams('bench-keys', builder => {
        builder
          .stream(bids)
          .groupBy(bid => `${bid.bidder}-${bid.price}-${bid.dateTime}-${bid.url}`)
          .count({ store: 'keys' })
      }),
  },
}

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
    dateTime: 1_700_000_000_000 + Math.floor(number / 20),
    extra: '[`TM[oluzoivxmeos]ZNHU_JITPVYvqyzsiUVJZXMumaxmtZRYV',
  }
}

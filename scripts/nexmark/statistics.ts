import { type Bid, dayOf, isBid, keyed, query } from './model.ts'

interface Ranks {
  readonly bids: number
  readonly ranks: readonly [number, number, number]
}

const noRanks: Ranks = { bids: 0, ranks: [0, 0, 0] }

function withRank({ bids, ranks }: Ranks, { price }: Bid): Ranks {
  const rank = price < 10_000 ? 0 : price < 1_000_000 ? 1 : 2
  const [first, second, third] = ranks.map((count, at) => count + (at === rank ? 1 : 0)) as [number, number, number]
  return { bids: bids + 1, ranks: [first, second, third] }
}

interface Distinct extends Ranks {
  readonly bidders: readonly number[]
  readonly auctions: readonly number[]
  readonly lastMinute: string
}

function withBid(distinct: Distinct, bid: Bid): Distinct {
  const { bidders, auctions, lastMinute } = distinct
  const minute = new Date(bid.dateTime).toISOString().slice(11, 16)
  return {
    ...withRank(distinct, bid),
    bidders: bidders.includes(bid.bidder) ? bidders : [...bidders, bid.bidder],
    auctions: auctions.includes(bid.auction) ? auctions : [...auctions, bid.auction],
    lastMinute: minute > lastMinute ? minute : lastMinute,
  }
}

const noBids: Distinct = { ...noRanks, bidders: [], auctions: [], lastMinute: '' }

/** Bids of each day by price, with the numbers of bidders and auctions. */
export const q15 = query('q15', events =>
  events
    .filter(isBid)
    .groupBy(bid => dayOf(bid.dateTime))
    .aggregate(() => noBids, withBid)
    .toStream()
    .map((all, day) => keyed(day, [[day, all.bids, ...all.ranks, all.bidders.length, all.auctions.length]])),
)

const namedChannels = ['Apple', 'Google', 'Facebook', 'Baidu']

/** Bids of each channel and day. */
export const q16 = query('q16', events =>
  events
    .filter(isBid)
    .filter(bid => namedChannels.includes(bid.channel))
    .groupBy(bid => `${bid.channel} ${dayOf(bid.dateTime)}`)
    .aggregate(() => noBids, withBid)
    .toStream()
    .map((all, key) =>
      keyed(key, [[...key.split(' '), all.lastMinute, all.bids, all.bidders.length, all.auctions.length]]),
    ),
)

interface Prices extends Ranks {
  readonly min: number
  readonly max: number
  readonly sum: number
}

/** Bids of each auction and day by price. */
export const q17 = query('q17', events =>
  events
    .filter(isBid)
    .groupBy(bid => ({ auction: bid.auction, day: dayOf(bid.dateTime) }))
    .aggregate<Prices>(
      () => ({ ...noRanks, min: Number.MAX_SAFE_INTEGER, max: 0, sum: 0 }),
      (prices, bid) => ({
        ...withRank(prices, bid),
        min: Math.min(prices.min, bid.price),
        max: Math.max(prices.max, bid.price),
        sum: prices.sum + bid.price,
      }),
    )
    .toStream()
    .map((all, { auction, day }) => {
      return keyed(`${auction} ${day}`, [[auction, day, all.bids, ...all.ranks, all.min, all.max, all.sum]])
    }),
)

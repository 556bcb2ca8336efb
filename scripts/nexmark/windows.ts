import { hopping, int64, json, session, tumbling } from '../../src/streams/script.ts'
import { type Bid, isAuction, isBid, isPerson, keyed, keyless, query, rows } from './model.ts'

/** One result of each window, also of the last ones: these close when the input has been silent for a second. */
const emit = { final: true, idle: '1s' } as const

interface Hottest {
  readonly count: number
  readonly auctions: readonly number[]
}

/** The auctions with the most bids in each ten seconds, every two seconds. */
export const q5 = query('q5', events =>
  events
    .filter(isBid)
    .groupBy(bid => bid.auction, { key: int64 })
    .windowedBy(hopping({ size: '10s', advance: '2s', grace: 0 }))
    .count({ emit })
    .toStream()
    .map((count, { key, window }) => ({ key: window.start, value: { auction: key, count } }), { key: int64 })
    .groupByKey()
    .aggregate<Hottest>(
      () => ({ count: 0, auctions: [] }),
      (hottest, { auction, count }) => {
        if (count < hottest.count) return hottest
        return { count, auctions: count === hottest.count ? [...hottest.auctions, auction] : [auction] }
      },
    )
    .toStream()
    .map(({ count, auctions }, start) =>
      keyed(
        String(start),
        auctions.map(auction => [auction, count, start, start + 10_000]),
      ),
    ),
)

/** The highest bids of each ten seconds: with the bounds of the SQL query, where the end of a window belongs to it too. */
export const q7 = query('q7', events => {
  const byPrice = events.filter(isBid).selectKey(bid => bid.price, { key: int64 })
  const highest = events
    .filter(isBid)
    .groupBy(() => 0, { key: int64 })
    .windowedBy(tumbling({ size: '10s', grace: 0 }))
    .aggregate(
      () => 0,
      (highest, bid) => Math.max(highest, bid.price),
      { emit, value: int64 },
    )
    .toStream()
    .map((price, { window }) => ({ key: price, value: { end: window.end } }), { key: int64 })
  const matching = byPrice.join(highest, (bid, { end }) => ({ bid, end }), { within: '30s', grace: '30s' })
  return rows(
    matching.filter(({ bid, end }) => bid.dateTime >= end - 10_000 && bid.dateTime <= end),
    ({ bid }) => [bid.auction, bid.price, bid.bidder, bid.dateTime],
  )
})

/** Who opened an auction in the ten seconds in which they registered. */
export const q8 = query('q8', events => {
  const window = tumbling({ size: '10s', grace: 0 })
  const persons = events
    .filter(isPerson)
    .groupBy(person => person.id, { key: int64 })
    .windowedBy(window)
    .aggregate(
      () => '',
      (_name, person) => person.name,
      { value: json<string>() },
    )
  const sellers = events
    .filter(isAuction)
    .groupBy(auction => auction.seller, { key: int64 })
    .windowedBy(window)
    .count()
  return persons
    .join(sellers, name => name)
    .toStream()
    .map((name, { key, window: { start } }) => keyed(`${key} ${start}`, name === null ? [] : [[key, name, start]]))
})

/** Sessions of bidders, with at most ten seconds between bids. */
export const q11 = query('q11', events =>
  events
    .filter(isBid)
    .groupBy(bid => bid.bidder, { key: int64 })
    .windowedBy(session({ gap: '10s', grace: 0 }))
    .count({ emit })
    .toStream()
    .map((count, { key, window }) => keyless(count === null ? [] : [[key, count, window.start, window.end]])),
)

/** The last bid of each bidder on each auction. */
export const q18 = query('q18', events =>
  events
    .filter(isBid)
    .groupBy(bid => `${bid.bidder} ${bid.auction}`)
    .reduce((last, bid): Bid => (bid.dateTime >= last.dateTime ? bid : last))
    .toStream()
    .map((bid, key) => keyed(key, [[bid.auction, bid.bidder, bid.price, bid.dateTime]])),
)

/** The ten highest bids of each auction, earlier ones first where prices are the same. */
export const q19 = query('q19', events =>
  events
    .filter(isBid)
    .groupBy(bid => bid.auction, { key: int64 })
    .aggregate<readonly Bid[]>(
      () => [],
      (top, bid) => {
        const at = top.findIndex(other => other.price < bid.price)
        return top.toSpliced(at < 0 ? top.length : at, 0, bid).slice(0, 10)
      },
    )
    .toStream()
    .map((top, auction) =>
      keyed(
        String(auction),
        top.map((bid, at) => [auction, bid.bidder, bid.price, bid.dateTime, at + 1]),
      ),
    ),
)

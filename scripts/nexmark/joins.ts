import { int64, json, type Stream, type Table } from '../../src/streams/script.ts'
import {
  type Auction,
  type Bid,
  type Event,
  isAuction,
  isBid,
  isPerson,
  keyed,
  query,
  type Row,
  rows,
} from './model.ts'

const states = ['OR', 'ID', 'CA']

/** Who sells things of category 10 in three states. */
export const q3 = query('q3', events => {
  const auctions = events
    .filter(isAuction)
    .filter(auction => auction.category === 10)
    .selectKey(auction => auction.id, { key: int64 })
    .toTable()
  const persons = events
    .filter(isPerson)
    .filter(person => states.includes(person.state))
    .selectKey(person => person.id, { key: int64 })
    .toTable()
  return auctions
    .join(persons, ({ id }, { name, city, state }): Row => [name, city, state, id], {
      foreignKey: auction => auction.seller,
    })
    .toStream()
    .map((row, id) => keyed(String(id), row ? [row] : []))
})

/** An auction and the bid that leads it. Bids that came before their auction wait for it. */
interface Sale {
  readonly auction: Auction | null
  readonly best: Bid | null
  readonly waiting: readonly Bid[]
}

/** The highest bid while the auction is open, both ends included; the earliest where prices are the same. */
function winningBids(events: Stream<string, Event>): Table<number, Sale> {
  const auctions = events.filter(isAuction).groupBy(auction => auction.id, { key: int64 })
  const bids = events.filter(isBid).groupBy(bid => bid.auction, { key: int64 })
  const withBid = (sale: Sale, auction: Auction, bid: Bid): Sale => {
    const { best } = sale
    const isOpen = bid.dateTime >= auction.dateTime && bid.dateTime <= auction.expires
    const leads = !best || bid.price > best.price || (bid.price === best.price && bid.dateTime < best.dateTime)
    return isOpen && leads ? { ...sale, best: bid } : sale
  }
  return bids
    .cogroup<Sale>((sale, bid) =>
      sale.auction ? withBid(sale, sale.auction, bid) : { ...sale, waiting: [...sale.waiting, bid] },
    )
    .cogroup(auctions, (sale, auction) =>
      sale.waiting.reduce<Sale>((open, bid) => withBid(open, auction, bid), { ...sale, auction, waiting: [] }),
    )
    .aggregate(() => ({ auction: null, best: null, waiting: [] }), { value: json<Sale>() })
    .filter(({ best }) => best !== null)
}

/** The sum and number of the winning bids of each category. */
export const q4 = query('q4', events =>
  winningBids(events)
    .groupBy(({ auction, best }) => ({ key: auction!.category, value: best!.price }), { key: int64, value: int64 })
    .aggregate(
      () => ({ sum: 0, count: 0 }),
      ({ sum, count }, price) => ({ sum: sum + price, count: count + 1 }),
      ({ sum, count }, price) => ({ sum: sum - price, count: count - 1 }),
    )
    .toStream()
    .map(({ sum, count }, category) => keyed(String(category), count === 0 ? [] : [[category, sum, count]])),
)

/** The winning bid of each auction. */
export const q9 = query('q9', events =>
  winningBids(events)
    .toStream()
    .map((sale, id) => {
      const best = sale?.best
      return keyed(String(id), best ? [[id, best.auction, best.bidder, best.price, best.dateTime]] : [])
    }),
)

/** Bids with the auctions of category 10 that they are for, whichever came first. */
export const q20 = query('q20', events => {
  const bids = events.filter(isBid).selectKey(bid => bid.auction, { key: int64 })
  const auctions = events
    .filter(isAuction)
    .filter(auction => auction.category === 10)
    .selectKey(auction => auction.id, { key: int64 })
  const sold = bids.join(auctions, (bid, { itemName, seller }) => ({ ...bid, itemName, seller }), {
    within: '7d',
    grace: '1d',
  })
  return rows(sold, bid => [bid.auction, bid.bidder, bid.price, bid.dateTime, bid.itemName, bid.seller])
})

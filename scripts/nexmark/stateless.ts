import { isBid, query, rows } from './model.ts'

/** Passes bids through. */
export const q0 = query('q0', events =>
  rows(events.filter(isBid), bid => [bid.auction, bid.bidder, bid.price, bid.channel, bid.url, bid.dateTime]),
)

/** Prices in euro, to three decimals. */
export const q1 = query('q1', events =>
  rows(events.filter(isBid), bid => [bid.auction, bid.bidder, Math.round(bid.price * 908) / 1000, bid.dateTime]),
)

/** Bids on some auctions. */
export const q2 = query('q2', events =>
  rows(
    events.filter(isBid).filter(bid => bid.auction % 123 === 0),
    bid => [bid.auction, bid.price],
  ),
)

const knownChannels: Readonly<Record<string, string>> = { apple: '0', google: '1', facebook: '2', baidu: '3' }

function channelId({ channel, url }: { channel: string; url: string }): string | null {
  return knownChannels[channel.toLowerCase()] ?? /(?:&|^)channel_id=([^&]*)/.exec(url)?.[1] ?? null
}

/** The numbers of channels. */
export const q21 = query('q21', events =>
  rows(
    events.filter(isBid).filter(bid => channelId(bid) !== null),
    bid => [bid.auction, bid.bidder, bid.price, bid.channel, channelId(bid)],
  ),
)

/** The directories of URLs. */
export const q22 = query('q22', events =>
  rows(events.filter(isBid), bid => {
    const [, , , dir1, dir2, dir3] = bid.url.split('/')
    return [bid.auction, bid.bidder, bid.price, dir1 ?? null, dir2 ?? null, dir3 ?? null]
  }),
)

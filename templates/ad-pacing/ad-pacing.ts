// Advertising: how much of its budget has a campaign spent, and how much is in flight: bids that were won, whose ads may yet
// be shown and charged? Bidding stops before the budget is gone, not after the bills are in.
import { json, streams, string, topic } from 'streamctl'

type Win = { bidId: string; campaign: string; cents: number; at: number }
type Impression = { bidId: string; campaign: string; cents: number; at: number }
type Budget = { cents: number }
type Spend = {
  spent: number
  /** Bids that were won and neither shown nor given up. */
  inFlight: Record<string, { cents: number; at: number }>
  /** How many bids have ended, and how many of them with the ad being shown. */
  ended: number
  shown: number
}
type Pace = { campaign: string; pace: 'go' | 'slow' | 'stop'; spent: number; expected: number; budget: number }

export const wins = topic('ad-wins', { key: string, value: json<Win>(), timestamp: win => win.at })
export const impressions = topic('ad-impressions', {
  key: string,
  value: json<Impression>(),
  timestamp: impression => impression.at,
})
export const budgets = topic('ad-budgets', { key: string, value: json<Budget>() })
export const paces = topic('ad-paces', { key: string, value: json<Pace>() })

/** An ad that is not shown by then never is. */
const shownWithinMs = 10 * 60_000

/** Gives up what has been in flight for too long. */
function settle(spend: Spend, now: number): Spend {
  const inFlight = Object.entries(spend.inFlight)
  const open = inFlight.filter(([, { at }]) => now - at < shownWithinMs)
  return { ...spend, ended: spend.ended + inFlight.length - open.length, inFlight: Object.fromEntries(open) }
}

function won(spend: Spend, { bidId, cents, at }: Win): Spend {
  const settled = settle(spend, at)
  return { ...settled, inFlight: { ...settled.inFlight, [bidId]: { cents, at } } }
}

function charged(spend: Spend, { bidId, cents, at }: Impression): Spend {
  const { [bidId]: known, ...inFlight } = spend.inFlight
  const ended = known ? spend.ended + 1 : spend.ended
  const shown = known ? spend.shown + 1 : spend.shown
  return settle({ spent: spend.spent + cents, inFlight, ended, shown }, at)
}

function paceOf({ spent, inFlight, ended, shown }: Spend, budget: Budget, campaign: string): Pace {
  // The share of won bids whose ads are shown, as seen so far; before anything is seen, all (the careful guess).
  const shownShare = (shown + 1) / (ended + 1)
  const open = Object.values(inFlight).reduce((sum, { cents }) => sum + cents, 0)
  const expected = Math.round(spent + open * shownShare)
  const pace = expected >= budget.cents ? 'stop' : expected >= budget.cents * 0.9 ? 'slow' : 'go'
  return { campaign, pace, spent, expected, budget: budget.cents }
}

export default streams('ad-pacing', builder => {
  const chargedByCampaign = builder.stream(impressions).groupBy(impression => impression.campaign, { key: string })
  builder
    .stream(wins)
    .groupBy(win => win.campaign, { key: string })
    .cogroup(won)
    .cogroup(chargedByCampaign, charged)
    .aggregate((): Spend => ({ spent: 0, inFlight: {}, ended: 0, shown: 0 }), { store: 'spend' })
    .toStream()
    .join(builder.table(budgets, { store: 'budgets' }), paceOf)
    .to(paces)
})

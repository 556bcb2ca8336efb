// Card fraud: an authorisation and its settlement belong together. What does not fit, or never comes, is an alert.
import { json, streams, string, topic } from 'streamctl'

type Authorisation = { card: string; txId: string; amount: number; country: string }
type Settlement = { card: string; txId: string; amount: number; country: string }
type Alert = {
  card: string
  reason: 'country' | 'amount' | 'unsettled'
  authorisation: Authorisation
  settlement?: Settlement
}

export const authorisations = topic('card-auth', { key: string, value: json<Authorisation>() })
export const settlements = topic('card-settle', { key: string, value: json<Settlement>() })
export const alerts = topic('fraud-alerts', { key: string, value: json<Alert>() })

/** A tip is no fraud. */
const tolerance = 1.2

function judge(authorisation: Authorisation, settlement: Settlement | null): Alert | null {
  const { card } = authorisation
  if (settlement === null) return { card, reason: 'unsettled', authorisation }
  if (settlement.country !== authorisation.country) return { card, reason: 'country', authorisation, settlement }
  if (settlement.amount > authorisation.amount * tolerance) return { card, reason: 'amount', authorisation, settlement }
  return null
}

export default streams(
  'fraud',
  builder => {
    const byTransaction = <T extends { txId: string }>(value: T): string => value.txId
    const settled = builder.stream(settlements).selectKey(byTransaction)
    builder
      .stream(authorisations)
      .selectKey(byTransaction)
      .leftJoin(settled, judge, { within: { before: 0, after: '30m' }, grace: '1m' })
      .filter(alert => alert !== null)
      .selectKey(alert => alert.card)
      .to(alerts)
  },
  { standbys: 1 },
)

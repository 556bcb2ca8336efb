import type { Difference } from './compare.ts'

interface Known {
  /** Left out: in all of them. */
  readonly scenario?: string
  /** Of the step's text and the path, joined by a space. */
  readonly where: RegExp
  /** What the difference consists of, where that matters. */
  readonly is?: (difference: Difference) => boolean
  readonly reason: string
}

const weSayMore = ({ ours, kafka }: Difference): boolean => ours === '<message>' && kafka === null
const weDoNotServe = ({ ours }: Difference): boolean => ours === undefined
const atLeastKafkas = ({ ours, kafka }: Difference): boolean => Number(ours) < Number(kafka)

/** Where we answer otherwise than Kafka 4.2, and why. The list is to shrink. */
const known: readonly Known[] = [
  { where: /errorMessage$/, is: weSayMore, reason: 'a sentence where Kafka has none' },
  {
    where: /apiKeys\[\d+\]\.minVersion$/,
    is: atLeastKafkas,
    reason: 'versions of Kafka 3.9, too, which older clients speak',
  },
  { where: /apiKeys\[7[12]\]$/, reason: 'client telemetry is taken, Kafka wants a plug-in for it' },
  {
    where: /apiKeys\[(17|36|64|68|69|7[6-9]|8\d|9\d)\]$/,
    is: weDoNotServe,
    reason: 'SASL, the group types of KIP-848, KIP-932 and KIP-1071, and what only a cluster has, are not served',
  },
  {
    where: /(supported|finalized)Features/,
    reason: 'a feature is named only where its APIs are served; the epoch is that of a cluster',
  },
  {
    where: /configs\[(remote|local)\./,
    is: weDoNotServe,
    reason: 'settings of tiered storage, which is not there',
  },
  {
    where: /min\.insync\.replicas\]|all settings of the brokers/,
    reason: 'Kafka sets it for the whole cluster when eligible leader replicas are on (KIP-966)',
  },
  {
    scenario: 'records',
    where: /sequence 0 again .*logAppendTimeMs$/,
    reason: 'Kafka tells the time of a repeated batch as if it were the time of appending',
  },
  {
    where: /partitionResponses\[\d\]\.logStartOffset$/,
    is: ({ ours, kafka }) => ours === -1 && kafka === 0,
    reason: 'the log start comes with a success only',
  },
  {
    scenario: 'records',
    where: /not there .*abortedTransactions$/,
    reason: 'no list beside an error, where Kafka has an empty one',
  },
  { where: /coordinatorEpoch$/, reason: 'there is one coordinator, its epoch stays 0' },
  {
    where: /describe .*topics/,
    is: ({ kafka }) => JSON.stringify(kafka)?.includes('__consumer_offsets') ?? false,
    reason: 'offsets of groups are no topic here',
  },
  {
    scenario: 'administration',
    where: /transaction\.version to 1 /,
    reason: 'the way back to the first generation of transactions is not offered: its clients are served as they are',
  },
  {
    scenario: 'administration',
    where: /"max\.message\.bytes",7/,
    reason: "an operation that is none is the request's fault, not an unknown error of the server",
  },
  {
    scenario: 'administration',
    where: /of a kind twice/,
    reason: 'an entity with two clients is refused, where Kafka forgets one of them',
  },
]

/** Why a difference is as it should be; undefined where nobody has said so yet. */
export function reasonFor(scenario: string, difference: Difference): string | undefined {
  const place = `${difference.step} ${difference.path}`
  return known.find(
    entry => (entry.scenario ?? scenario) === scenario && entry.where.test(place) && (entry.is?.(difference) ?? true),
  )?.reason
}

import type { Env } from '../../base/env.ts'
import type { Cluster } from '../../client/cluster.ts'
import { controllerTime } from '../../client/diagnosis.ts'
import { humaneDuration } from '../table/humane.ts'
import type { Finding } from './journal.ts'

/** Records beyond it are refused by default settings of Apache Kafka (message.timestamp.after.max.ms). */
const refusedBeyondMs = 3_600_000
const warnBeyondMs = 2_000

/** Compares clocks; what is between question and answer is the uncertainty. */
export async function compareClocks(env: Env, cluster: Cluster): Promise<Omit<Finding, 'step' | 'subject'>> {
  const sentMs = env.clock.now()
  const brokerMs = await controllerTime(cluster)
  if (brokerMs === undefined) {
    return { outcome: 'skipped', detail: 'the cluster does not tell its time (it may need Describe on the cluster)' }
  }
  return judgeClock({ sentMs, receivedMs: env.clock.now(), brokerMs })
}

/** Times in milliseconds since 1970; the first two by our clock. Pure. */
export function judgeClock(times: {
  readonly sentMs: number
  readonly receivedMs: number
  readonly brokerMs: number
}): Pick<Finding, 'outcome' | 'detail' | 'hint'> {
  const { sentMs, receivedMs, brokerMs } = times
  // Anywhere between question and answer is as good as the same.
  const aheadMs = brokerMs > receivedMs ? brokerMs - receivedMs : Math.min(0, brokerMs - sentMs)
  if (Math.abs(aheadMs) <= warnBeyondMs) return { outcome: 'ok', detail: 'this clock and that of the controller agree' }
  const apart = humaneDuration(Math.abs(aheadMs))
  const isRefused = -aheadMs > refusedBeyondMs
  return {
    outcome: 'warning',
    detail: `this clock is ${apart} ${aheadMs > 0 ? 'behind' : 'ahead of'} that of the controller`,
    hint: isRefused
      ? 'records with times of this machine may be refused (message.timestamp.after.max.ms); set the clock by NTP'
      : 'offsets by time and retention go by these clocks; set them by NTP',
  }
}

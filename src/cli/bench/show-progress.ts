import type { Env } from '../../base/env.ts'
import type { Output } from '../output.ts'

const periodMs = 250

/** Shows on a terminal how many records there are, a few times a second. */
export function showProgress(env: Env, output: Output): (records: number) => void {
  const startMs = env.clock.monotonic()
  let shownMs = startMs
  let shownRecords = 0
  return records => {
    const nowMs = env.clock.monotonic()
    if (nowMs - shownMs < periodMs) return
    const perSecond = Math.round(((records - shownRecords) * 1000) / (nowMs - shownMs))
    shownMs = nowMs
    shownRecords = records
    const seconds = ((nowMs - startMs) / 1000).toFixed(1)
    output.progress(() => `${seconds} s: ${records} records, ${perSecond} a second`)
  }
}

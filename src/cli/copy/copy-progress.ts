import type { Env } from '../../base/env.ts'
import type { Output } from '../output.ts'

const showEveryMs = 200

/** Shows now and then how far a long piece of work is: records, share of the whole where it is known, speed. */
export function progressLine(env: Env, output: Output, wholeCount: number | undefined): (doneCount: number) => void {
  const startMs = env.clock.monotonic()
  let shownMs = startMs
  return doneCount => {
    const nowMs = env.clock.monotonic()
    if (nowMs - shownMs < showEveryMs) return
    shownMs = nowMs
    const perSecond = Math.round((doneCount * 1000) / Math.max(1, nowMs - startMs))
    const share = wholeCount ? ` of ${wholeCount.toLocaleString('en')} (${percent(doneCount, wholeCount)})` : ''
    output.progress(
      () => `${doneCount.toLocaleString('en')}${share} records, ${perSecond.toLocaleString('en')} a second`,
    )
  }
}

function percent(part: number, whole: number): string {
  return `${Math.min(100, Math.floor((part * 100) / whole))} %`
}

import type { CommandContext } from '../command.ts'

const periodMs = 100

/** Shows how far a long piece of work is, some times a second; `text` is only asked for when it is shown. */
export function progressLine({ env, output }: CommandContext): (text: () => string) => void {
  let shownMs = Number.NEGATIVE_INFINITY
  return text => {
    const nowMs = env.clock.monotonic()
    if (nowMs - shownMs < periodMs) return
    shownMs = nowMs
    output.progress(text)
  }
}

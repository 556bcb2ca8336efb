import type { Env } from '../base/env.ts'

/** Does something again and again, each time so long after the last has ended, until the returned function is called. */
export function every(env: Env, periodMs: number, action: () => Promise<void>): () => void {
  let stopped = false
  const again = async (): Promise<void> => {
    await action()
    if (!stopped) timer = env.clock.after(periodMs, () => void again())
  }
  let timer = env.clock.after(periodMs, () => void again())
  return () => {
    stopped = true
    timer.cancel()
  }
}

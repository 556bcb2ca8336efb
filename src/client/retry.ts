import type { Env } from '../base/env.ts'

/** Growing pauses between attempts, up to a time. */
export interface Backoff {
  /** The time for attempts has passed. */
  readonly isOver: boolean
  /** Waits for the next pause, or until the signal aborts. */
  pause(): Promise<void>
  /** An attempt succeeded: pauses and time start again. */
  reset(): void
}

const firstPauseMs = 50
const longestPauseMs = 2_000

/** Pauses double from 50 ms to 2 s and vary by a fifth, so that many clients of a restarted broker do not come back at once. */
export function backoff(env: Env, options: { readonly retryForMs: number; readonly signal?: AbortSignal }): Backoff {
  let startMs = env.clock.monotonic()
  let pauseMs = firstPauseMs
  return {
    get isOver() {
      return options.signal?.aborted === true || env.clock.monotonic() - startMs >= options.retryForMs
    },
    async pause() {
      const variedMs = pauseMs * 0.9 + env.random.below(Math.ceil(pauseMs * 0.2))
      pauseMs = Math.min(pauseMs * 2, longestPauseMs)
      await sleep(env, variedMs, options.signal)
    },
    reset() {
      startMs = env.clock.monotonic()
      pauseMs = firstPauseMs
    },
  }
}

/** Resolves after `ms`, or at once when the signal aborts. */
export function sleep(env: Env, ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve()
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = env.clock.after(ms, resolve)
  const stop = (): void => {
    timer.cancel()
    resolve()
  }
  signal?.addEventListener('abort', stop, { once: true })
  return promise.finally(() => signal?.removeEventListener('abort', stop))
}

import type { Env } from '../../base/env.ts'

/** How much is to be sent, and how fast. */
export interface Load {
  /** Records a second; without it as fast as they are taken. */
  readonly rate: number | undefined
  readonly recordsMax: number
  readonly durationMs: number
  /** The first part, which does not count. */
  readonly warmupMs: number
}

/** A record is due every so often, whether the last one has been sent or not. */
const turnRecordsMax = 256
const tickMs = 1

/**
 * Calls `send` for each record with the time at which it was due, on the monotonic clock. With a rate, a record that has
 * to wait for those before it is late, and its time says so: that a slow broker also holds back the load does not make it
 * look fast ("coordinated omission", after Gil Tene). `ready` is waited for before each turn. Ends with the number of
 * records, the duration or the signal; resolves with the time at which records began to count.
 */
export async function runLoad(
  env: Env,
  load: Load,
  actions: {
    readonly send: (dueMs: number, isCounted: boolean) => void
    readonly ready: () => Promise<void>
    readonly signal: AbortSignal
  },
): Promise<{ readonly countedFromMs: number; readonly sent: number }> {
  const startMs = env.clock.monotonic()
  const countedFromMs = startMs + load.warmupMs
  const endMs = countedFromMs + load.durationMs
  const intervalMs = load.rate === undefined ? undefined : 1000 / load.rate
  let sent = 0
  let counted = 0
  while (!actions.signal.aborted && counted < load.recordsMax) {
    await actions.ready()
    const nowMs = env.clock.monotonic()
    if (intervalMs === undefined && nowMs >= endMs) break
    let inTurn = 0
    for (; inTurn < turnRecordsMax && counted < load.recordsMax; inTurn++) {
      const dueMs = intervalMs === undefined ? nowMs : startMs + sent * intervalMs
      if (dueMs > nowMs || dueMs >= endMs) break
      const isCounted = dueMs >= countedFromMs
      actions.send(dueMs, isCounted)
      sent++
      if (isCounted) counted++
    }
    if (intervalMs !== undefined && startMs + sent * intervalMs >= endMs) break
    await (inTurn === 0 ? pause(env) : turn(env))
  }
  return { countedFromMs, sent }
}

function pause(env: Env): Promise<void> {
  return new Promise(resolve => void env.clock.after(tickMs, resolve))
}

/** Lets sockets be read and written. */
function turn(env: Env): Promise<void> {
  return new Promise(resolve => env.clock.soon(resolve))
}

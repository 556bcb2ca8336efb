import type { Clock, Env, Log, Random, Timer } from '../../src/base/env.ts'
import { noMetrics } from '../../src/base/system-env.ts'

/** A clock that stands still until a test moves it. */
export interface SimulatedClock extends Clock {
  /** Moves time forward, running what falls due in order; then runs everything queued by `soon`. */
  advance(ms: number): void
  /** Runs everything queued by `soon`, and what that queues. */
  settle(): void
}

export function simulatedClock(startMs = 1_700_000_000_000): SimulatedClock {
  let nowMs = startMs
  let sequence = 0
  let timers: { dueMs: number; sequence: number; action: () => void }[] = []
  const queue: (() => void)[] = []
  const settle = (): void => {
    for (let action = queue.shift(); action; action = queue.shift()) action()
  }
  const after = (delayMs: number, action: () => void): Timer => {
    const timer = { dueMs: nowMs + Math.max(0, delayMs), sequence: sequence++, action }
    timers.push(timer)
    const cancel = (): void => {
      timers = timers.filter(other => other !== timer)
    }
    return { cancel }
  }
  const advance = (ms: number): void => {
    const untilMs = nowMs + ms
    for (;;) {
      settle()
      const next = timers
        .filter(timer => timer.dueMs <= untilMs)
        .sort((a, b) => a.dueMs - b.dueMs || a.sequence - b.sequence)[0]
      if (!next) break
      nowMs = Math.max(nowMs, next.dueMs)
      timers = timers.filter(timer => timer !== next)
      next.action()
    }
    nowMs = untilMs
    settle()
  }
  return {
    now: () => nowMs,
    monotonic: () => nowMs - startMs,
    after,
    soon: action => void queue.push(action),
    advance,
    settle,
  }
}

/** A small seeded generator (mulberry32): the same seed gives the same run. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    bytes: count => Buffer.from(Array.from({ length: count }, () => Math.floor(next() * 256))),
    below: limit => Math.floor(next() * limit),
  }
}

/** A log that keeps what it was told; a test fails on `errors`. */
export interface RecordingLog extends Log {
  readonly lines: string[]
  readonly errors: unknown[]
}

export function recordingLog(): RecordingLog {
  const lines: string[] = []
  const errors: unknown[] = []
  return {
    lines,
    errors,
    debug: message => void lines.push(message),
    info: message => void lines.push(message),
    warn: message => void lines.push(message),
    error: (message, error) => {
      lines.push(message)
      errors.push(error)
    },
  }
}

export function simulatedEnv(options: { seed?: number; clock?: SimulatedClock } = {}): Env & {
  clock: SimulatedClock
  log: RecordingLog
} {
  return {
    clock: options.clock ?? simulatedClock(),
    random: seededRandom(options.seed ?? 1),
    log: recordingLog(),
    metrics: noMetrics,
  }
}

import { randomBytes, randomInt } from 'node:crypto'
import type { Clock, Env, Log, LogFields, Metrics, Random, Timer } from './env.ts'

/** Real time. Timers do not keep the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after: systemTimer,
  soon: action => void setImmediate(action),
}

// Node's timers fire at once for delays beyond 2^31-1 ms (25 days): wait for a longer one in steps.
const longestDelayMs = 2 ** 31 - 1

function systemTimer(delayMs: number, action: () => void): Timer {
  let handle: NodeJS.Timeout
  const wait = (remainingMs: number): void => {
    const stepMs = Math.min(remainingMs, longestDelayMs)
    handle = setTimeout(() => (remainingMs > stepMs ? wait(remainingMs - stepMs) : action()), stepMs)
    handle.unref()
  }
  wait(Math.max(0, delayMs))
  return { cancel: () => clearTimeout(handle) }
}

/** The operating system's random source. */
export const systemRandom: Random = {
  bytes: count => randomBytes(count),
  below: limit => randomInt(limit),
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'
const levels: readonly LogLevel[] = ['debug', 'info', 'warn', 'error']

/** The level that a text names, `info` for any other. */
export function logLevel(text: string | undefined): LogLevel {
  return levels.find(level => level === text) ?? 'info'
}

/** Writes one line a message to stderr: time, level, message, `name=value` fields; an error's stack behind it. */
export function standardErrorLog(lowest: LogLevel): Log {
  const write = (level: LogLevel, message: string, fields: LogFields = {}): void => {
    if (levels.indexOf(level) < levels.indexOf(lowest)) return
    const pairs = Object.entries(fields).map(([name, value]) => ` ${name}=${JSON.stringify(value)}`)
    process.stderr.write(`${new Date().toISOString()} ${level.padEnd(5)} ${message}${pairs.join('')}\n`)
  }
  return {
    debug: (message, fields) => write('debug', message, fields),
    info: (message, fields) => write('info', message, fields),
    warn: (message, fields) => write('warn', message, fields),
    error: (message, error, fields) =>
      write('error', `${message}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`, fields),
  }
}

/** Metrics that nobody reads. */
export const noMetrics: Metrics = { count: () => {}, gauge: () => {}, observe: () => {} }

/** The environment of a program that runs for real. */
export function systemEnv(options: { log?: Log; metrics?: Metrics } = {}): Env {
  return {
    clock: systemClock,
    random: systemRandom,
    log: options.log ?? standardErrorLog('info'),
    metrics: options.metrics ?? noMetrics,
  }
}

/** A pending call of `Clock.after`. */
export interface Timer {
  cancel(): void
}

/** The only way to time. In simulations it stands still until it is moved. */
export interface Clock {
  /** Wall-clock time, milliseconds since 1970. */
  now(): number
  /** Milliseconds since an arbitrary point, never falling, with fractions. For durations. */
  monotonic(): number
  /** Calls `action` once, no sooner than `delayMs` from now. A pending timer does not keep the process alive. */
  after(delayMs: number, action: () => void): Timer
  /** Calls `action` once this turn of the event loop has handled its input. */
  soon(action: () => void): void
}

/** The only way to chance. */
export interface Random {
  bytes(count: number): Buffer
  /** A whole number in [0, limit). */
  below(limit: number): number
}

export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>

/** Structured messages for the operator. Data never goes here. */
export interface Log {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, error: unknown, fields?: LogFields): void
}

export type Labels = Readonly<Record<string, string | number>>

/** Counters, gauges and histograms, named as Prometheus wants them (`streamctl_requests_total`). */
export interface Metrics {
  /** Adds `by` (default 1) to a counter. */
  count(name: string, labels?: Labels, by?: number): void
  /** Sets a gauge. */
  gauge(name: string, value: number, labels?: Labels): void
  /** Records one observation, in seconds or bytes as the name says. */
  observe(name: string, value: number, labels?: Labels): void
}

/** The door to the outside: everything else that the node does is a function of its input. */
export interface Env {
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly metrics: Metrics
}

import { OperatorError } from '../../base/errors.ts'

/** Windows of one size that start every `advanceMs`: tumbling where both are equal. Start included, end not. */
export interface TimeWindows {
  readonly kind: 'time'
  readonly sizeMs: number
  readonly advanceMs: number
  readonly graceMs: number
}

/** For each record the windows of that length before and after it (KIP-450). Both ends included. */
export interface SlidingWindows {
  readonly kind: 'sliding'
  readonly differenceMs: number
  readonly graceMs: number
  /** Updates the windows of a record from the first to the last: Kafka Streams does so over stores that it cannot read backwards. */
  readonly firstToLast?: boolean
}

/** Stretches of records that are not further apart than the gap. Both ends included. */
export interface SessionWindows {
  readonly kind: 'session'
  readonly gapMs: number
  readonly graceMs: number
}

/** For each left record the right ones from `beforeMs` before to `afterMs` after it, both included. */
export interface JoinWindows {
  readonly beforeMs: number
  readonly afterMs: number
  readonly graceMs: number
}

/** When results of a window are passed on: with every update, or once, when it has closed. */
export interface EmitRule {
  readonly final: boolean
  /** Without input for this long (wall clock), stream time goes on with the wall clock. Only with `final`. */
  readonly idleMs?: number
}

/** Throws unless the windows make sense. */
export function checkWindows(windows: TimeWindows | SlidingWindows | SessionWindows): void {
  const positive = (what: string, value: number): void => {
    if (value <= 0) throw new OperatorError(`${what} must be more than 0 ms, not ${value}`)
  }
  switch (windows.kind) {
    case 'time':
      positive('the size of a window', windows.sizeMs)
      positive('the advance of a hopping window', windows.advanceMs)
      if (windows.advanceMs > windows.sizeMs) {
        throw new OperatorError(
          `windows of ${windows.sizeMs} ms that advance by ${windows.advanceMs} ms would leave records out`,
          { hint: 'choose an advance that is at most the size' },
        )
      }
      return
    case 'sliding':
      // Kafka Streams accepts 0 and then fails with every record.
      positive('the difference of a sliding window', windows.differenceMs)
      return
    case 'session':
      positive('the gap of a session', windows.gapMs)
      return
  }
}

/** How long after the end of a window nothing can change it any more, counted in stream time. */
export function closeDelayMs(windows: TimeWindows | SlidingWindows | SessionWindows): number {
  return windows.kind === 'session' ? windows.gapMs + windows.graceMs : windows.graceMs
}

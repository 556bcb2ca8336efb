import type { Mark } from '../state/marks.ts'
import type { Stamped, WindowEntry } from '../state/store.ts'
import type { WindowStore } from '../state/window-store.ts'
import { untouched } from './aggregate.ts'
import { type OperatorFactory, orNull, type Receive } from './operator.ts'
import { StreamTime } from './stream-time.ts'
import type { WindowAggregateOptions } from './time-window-aggregate.ts'
import type { SlidingWindows } from './windows.ts'

/** What the windows that a record falls into tell of the ones that it may have to create. */
interface Neighbours {
  /** Starts of the windows that were found. */
  readonly starts: Set<number>
  /** Of the last window that lies wholly before the record. */
  leftAggregate: Stamped | undefined
  /** Of a window that holds the record and later ones. */
  rightAggregate: Stamped | undefined
  leftExists: boolean
  rightExists: boolean
  /** The timestamp of the record before this one. */
  previous: number | undefined
}

/**
 * Aggregates a stream by key in sliding windows (KIP-450): for each record those that end and start right behind it.
 * Kafka's KStreamSlidingWindowAggregate, which walks the windows of the key from the last to the first.
 */
export function slidingWindowAggregate(options: WindowAggregateOptions<SlidingWindows>): OperatorFactory {
  const { windows, emit } = options
  const { differenceMs, graceMs } = windows
  return context => {
    const store = context.store<WindowStore>(options.table.store)
    const emitClosed = closedSlidingWindows(
      store,
      windows,
      context.forward,
      context.mark(`${options.table.store}.closed`, -1),
    )
    const streamTime = new StreamTime(context, options.table.store, emit, () => emitClosed(streamTime.now - graceMs))
    const state = new SlidingState(options, store, context.forward)
    return (key, value, timestamp) => {
      if (key === null) return context.drop('null-key')
      if (value === null) return context.drop('null-value')
      streamTime.observe(timestamp)
      const closeTime = streamTime.now - graceMs
      if (timestamp + differenceMs < closeTime) {
        context.drop('late')
        context.late(key, value, timestamp, null, true)
        return
      }
      state.start(key, value, timestamp, closeTime)
      // Windows cannot start before 1970: what lies there goes into the first one.
      if (timestamp < differenceMs) return state.addEarly()
      state.add()
      if (emit.final) emitClosed(closeTime)
    }
  }
}

/** The work on one record. Its fields are those of the record at hand: one object for all of them. */
class SlidingState {
  readonly #options: WindowAggregateOptions<SlidingWindows>
  readonly #store: WindowStore
  readonly #forward: Receive
  #key: unknown = null
  #value: unknown = null
  #timestamp = 0
  #closeTime = 0

  constructor(options: WindowAggregateOptions<SlidingWindows>, store: WindowStore, forward: Receive) {
    this.#options = options
    this.#store = store
    this.#forward = forward
  }

  start(key: unknown, value: unknown, timestamp: number, closeTime: number): void {
    this.#key = key
    this.#value = value
    this.#timestamp = timestamp
    this.#closeTime = closeTime
  }

  add(): void {
    const timestamp = this.#timestamp
    const length = this.#options.windows.differenceMs
    const found = noNeighbours()
    const holding: WindowEntry[] = []
    // Both the windows that hold the record and, before them, the one that the record's left window starts from.
    for (const window of this.#store.fetchBackward(this.#key, Math.max(0, timestamp - 2 * length), timestamp + 1)) {
      const end = window.start + length
      found.starts.add(window.start)
      if (window.start === timestamp + 1) found.rightExists = true
      else if (end > timestamp) {
        found.rightAggregate ??= window
        holding.push(window)
      } else if (end === timestamp) {
        found.leftExists = true
        holding.push(window)
        // Another record of this very time was here before: all windows exist.
        if (window.timestamp >= timestamp) {
          this.#updateAll(holding)
          return
        }
        found.previous = window.timestamp
      } else {
        found.leftAggregate = window
        found.previous = window.timestamp
        break
      }
    }
    this.#updateAll(holding)
    this.#create(found)
  }

  #updateAll(windows: readonly WindowEntry[]): void {
    const { firstToLast } = this.#options.windows
    for (const window of firstToLast ? windows.toReversed() : windows) this.#update(window.start, window)
  }

  /** For records that lie within one difference of 1970: the window that starts at 0 holds all of them. */
  addEarly(): void {
    const timestamp = this.#timestamp
    const found = noNeighbours()
    let combined: Stamped | undefined
    for (const window of this.#store.fetch(this.#key, 0, timestamp + 1)) {
      found.starts.add(window.start)
      if (window.start === 0) {
        combined = window
        if (window.timestamp < timestamp) found.previous = window.timestamp
      } else if (window.start <= timestamp) {
        found.rightAggregate = window
        this.#update(window.start, window)
      } else found.rightExists = true
    }
    if (!found.rightAggregate && combined && combined.timestamp > timestamp) found.rightAggregate = combined
    this.#createRight(found)
    if (found.previous !== undefined && !found.starts.has(found.previous + 1))
      this.#update(found.previous + 1, undefined)
    this.#update(0, combined)
  }

  #create(found: Neighbours): void {
    const timestamp = this.#timestamp
    const length = this.#options.windows.differenceMs
    const { previous } = found
    if (previous !== undefined && !found.starts.has(previous + 1) && previous + 1 + length >= timestamp) {
      this.#update(previous + 1, undefined)
    }
    if (!found.leftExists) {
      const holdsPrevious = previous !== undefined && timestamp - length <= previous
      const value =
        holdsPrevious && found.leftAggregate ? found.leftAggregate.value : this.#options.aggregation.initialize()
      this.#update(timestamp - length, { value, timestamp })
    }
    this.#createRight(found)
  }

  /** The window behind the record, if later records are there: it holds what a window around both holds now. */
  #createRight({ rightExists, rightAggregate }: Neighbours): void {
    if (rightExists || !rightAggregate || rightAggregate.timestamp <= this.#timestamp) return
    const start = this.#timestamp + 1
    this.#store.put(this.#key, start, rightAggregate.value, rightAggregate.timestamp)
    this.#emit(start, rightAggregate.value, null, rightAggregate.timestamp)
  }

  /** Adds the record to the window that starts there, or to a new one. */
  #update(start: number, window: Stamped | undefined): void {
    const { aggregation, windows, table } = this.#options
    if (start + windows.differenceMs < this.#closeTime) return
    const before = window ? window.value : aggregation.initialize()
    const old = table.sendOldValues
      ? untouched(before, () => this.#store.get(this.#key, start)?.value ?? aggregation.initialize())
      : null
    const after = orNull(aggregation.add(before, this.#value, this.#key))
    const timestamp = Math.max(this.#timestamp, window?.timestamp ?? 0)
    this.#store.put(this.#key, start, after, timestamp)
    this.#emit(start, after, old, timestamp)
  }

  #emit(start: number, after: unknown, old: unknown, timestamp: number): void {
    const { emit, windows } = this.#options
    if (emit.final) return
    const windowed = { key: this.#key, window: { start, end: start + windows.differenceMs } }
    this.#forward(windowed, after, timestamp, old, true)
  }
}

function noNeighbours(): Neighbours {
  return {
    starts: new Set(),
    leftAggregate: undefined,
    rightAggregate: undefined,
    leftExists: false,
    rightExists: false,
    previous: undefined,
  }
}

function closedSlidingWindows(
  store: WindowStore,
  { differenceMs }: SlidingWindows,
  forward: Receive,
  closed: Mark,
): (closeTime: number) => void {
  return closeTime => {
    // The end belongs to the window: it is closed when the time has gone past it.
    const last = closeTime - differenceMs - 1
    if (closeTime <= closed.value || last < 0) return
    const first = closed.value < 0 ? 0 : Math.max(0, closed.value - differenceMs)
    for (const { key, start, value, timestamp } of store.fetchAll(first, last)) {
      forward({ key, window: { start, end: start + differenceMs } }, value, timestamp, null, true)
    }
    closed.value = closeTime
  }
}

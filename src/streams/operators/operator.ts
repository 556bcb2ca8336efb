import type { Mark } from '../state/marks.ts'
import type { TableStore } from '../state/store.ts'

/**
 * Takes one record. Of a stream: key, value and timestamp in milliseconds; null stands for no key, no value. Of a table's
 * updates also what the value was before (null where that is not known or asked for), and whether the new one is the latest
 * version. Operators hold the receiver of the next one and call it: no record object, no queue between them.
 */
export type Receive = (key: unknown, value: unknown, timestamp: number, oldValue: unknown, isLatest: boolean) => void

/** Where the record that is being processed came from. One object for each task, changed for each record. */
export interface RecordOrigin {
  topic: string
  partition: number
  offset: number
  /** Of the record as the current operator sees it. */
  timestamp: number
  headers: ReadonlyMap<string, Uint8Array>
}

/** Why a record was left out: each is counted by the runtime. */
export type DropReason = 'null-key' | 'null-value' | 'null-join-key' | 'late' | 'out-of-order'

/** What an operator gets from its task, once, when the task is built. */
export interface OperatorContext {
  /** To all operators behind this one, in the order in which they were added. */
  readonly forward: Receive
  /** To each of them alone. */
  readonly children: readonly Receive[]
  /** To the operators that asked for the records that come too late. */
  readonly late: Receive
  readonly origin: RecordOrigin
  /** Counts a record that is left out. */
  drop(reason: DropReason): void
  /** The state of a store of this task, as it was declared. */
  store<S>(name: string): S
  /** A number that this operator, or those that know its name, remember. It is committed with the task's position. */
  mark(name: string, start: number): Mark
  /** The wall clock, milliseconds since 1970. */
  now(): number
  /** Calls `action` with the time, again and again: see `Schedule`. */
  schedule(everyMs: number, by: 'stream-time' | 'wall-clock', action: (now: number) => void): void
  /** The number of the partition of this task. */
  readonly partition: number
}

/** Builds the operator of one task. */
export type OperatorFactory = (context: OperatorContext) => Receive

/** A user's function, of whose types the operators know nothing. */
export type UserFunction = (...values: unknown[]) => unknown

/** How others read a table: from its own store, or computed from the store of a table before it. */
export type TableView = (context: OperatorContext) => TableGetter

export type TableGetter = Pick<TableStore, 'get' | 'getAsOf'>

/** What a user's function answered, with `undefined` as null: both mean no value. */
export function orNull(answer: unknown): unknown {
  return answer === undefined ? null : answer
}

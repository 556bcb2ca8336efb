import type { OperatorFactory, TableView, UserFunction } from './operator.ts'
import { orNull } from './operator.ts'
import type { TableOptions } from './tables.ts'

export type JoinKind = 'inner' | 'left' | 'outer'

export interface TableJoinOptions {
  readonly kind: JoinKind
  /** The side whose updates this operator takes. */
  readonly side: 'left' | 'right'
  /** Of the table that comes out. */
  readonly result: TableOptions
  /** Of the table whose updates come in. */
  readonly own: TableOptions
  readonly other: TableView
  /** `joiner(left, right)`. */
  readonly joiner: UserFunction
}

/** One side of a join of two tables by key: an update of one side meets what the other side holds now. */
export function tableJoin(options: TableJoinOptions): OperatorFactory {
  const { kind, side, result, own, joiner } = options
  const join = side === 'left' ? joiner : (mine: unknown, theirs: unknown) => joiner(theirs, mine)
  // Whether a row of this side alone, and one of the other side alone, is a row of the result.
  const mineAlone = kind === 'outer' || (kind === 'left' && side === 'left')
  const theirsAlone = kind === 'outer' || (kind === 'left' && side === 'right')
  return context => {
    const { forward, drop } = context
    const other = options.other(context)
    return (key, value, timestamp, oldValue, isLatest) => {
      if (key === null) return drop('null-key')
      // KIP-914: history of a versioned table does not change what is joined now.
      if (own.versioned && !isLatest) return drop('out-of-order')
      const found = other.get(key)
      const theirs = found ? found.value : null
      if (theirs === null && (!mineAlone || (value === null && oldValue === null))) return
      const joined = (mine: unknown): unknown => {
        const isRow = mine !== null || (theirsAlone && theirs !== null)
        return isRow ? orNull(join(mine, theirs)) : null
      }
      const before = result.sendOldValues ? joined(oldValue) : null
      const time = found && found.timestamp > timestamp ? found.timestamp : timestamp
      forward(key, joined(value), time, before, isLatest)
    }
  }
}

/** The table that comes out of a join, as others read it where it is not kept. */
export function joinedView(kind: JoinKind, left: TableView, right: TableView, joiner: UserFunction): TableView {
  return context => {
    const leftGetter = left(context)
    const rightGetter = right(context)
    return {
      get(key) {
        const mine = leftGetter.get(key)
        const theirs = rightGetter.get(key)
        const isRow = kind === 'outer' ? mine || theirs : kind === 'left' ? mine : mine && theirs
        if (!isRow) return undefined
        const value = orNull(joiner(mine?.value ?? null, theirs?.value ?? null))
        if (value === null) return undefined
        return { value, timestamp: Math.max(mine?.timestamp ?? -1, theirs?.timestamp ?? -1) }
      },
    }
  }
}

import { OperatorError } from '../../base/errors.ts'
import type { AnyCodec } from '../codecs/codec.ts'
import { sessionWindowed, timeWindowed } from '../codecs/windowed.ts'
import type { Aggregation } from '../operators/aggregate.ts'
import type { OperatorFactory, UserFunction } from '../operators/operator.ts'
import { sessionWindowAggregate } from '../operators/session-window-aggregate.ts'
import { slidingWindowAggregate } from '../operators/sliding-window-aggregate.ts'
import { passThrough } from '../operators/stateless.ts'
import type { TableOptions } from '../operators/tables.ts'
import { timeWindowAggregate } from '../operators/time-window-aggregate.ts'
import { sessionView, windowView } from '../operators/window-views.ts'
import {
  closeDelayMs,
  type EmitRule,
  type SessionWindows,
  type SlidingWindows,
  type TimeWindows,
} from '../operators/windows.ts'
import { valueRows } from '../state/row-format.ts'
import { SessionStore } from '../state/session-store.ts'
import { WindowStore } from '../state/window-store.ts'
import { type Duration, durationMs } from './duration.ts'
import {
  type AggregateRequest,
  aggregateRequest,
  countRequest,
  type GroupedStreamBuilder,
  reduceRequest,
} from './grouped-stream.ts'
import type { MaterializedOptions } from './materialized.ts'
import { StreamBuilder } from './stream.ts'
import { TableBuilder } from './table.ts'

export type AnyWindows = TimeWindows | SlidingWindows | SessionWindows

/** When a windowed aggregate tells its results, as scripts say it. */
export type EmitOption = 'update' | 'final' | { readonly final: true; readonly idle?: Duration }

type WindowedOptions = MaterializedOptions & { readonly emit?: EmitOption }

/** A grouped stream cut into windows. */
export class WindowedStreamBuilder {
  readonly #grouped: GroupedStreamBuilder
  readonly #windows: AnyWindows
  /** The aggregating nodes, which know what came too late. */
  readonly #aggregates: string[] = []

  constructor(grouped: GroupedStreamBuilder, windows: AnyWindows) {
    this.#grouped = grouped
    this.#windows = windows
  }

  count(options: WindowedOptions = {}): TableBuilder {
    return this.#aggregate(countRequest(options), options.emit)
  }

  reduce(reducer: UserFunction, options: WindowedOptions = {}): TableBuilder {
    return this.#aggregate(reduceRequest(this.#grouped.stream, reducer, options), options.emit)
  }

  /** For sessions the third argument merges two aggregates. */
  aggregate(initialize: () => unknown, add: UserFunction, ...rest: unknown[]): TableBuilder {
    const merge = this.#windows.kind === 'session' ? (rest.shift() as UserFunction | undefined) : undefined
    if (this.#windows.kind === 'session' && typeof merge !== 'function') {
      throw new OperatorError('sessions need to know how two aggregates become one', {
        hint: 'give it as the third argument: aggregate(init, add, merge)',
      })
    }
    const options = (rest[0] ?? {}) as WindowedOptions
    return this.#aggregate(aggregateRequest({ initialize, add, ...(merge && { merge }) }, options), options.emit)
  }

  /** The records that came too late for all of their windows, as they came in. Ask for them behind the aggregate. */
  late(): StreamBuilder {
    if (this.#aggregates.length === 0) {
      throw new OperatorError('late() has nothing to tell before the windows are aggregated', {
        hint: 'keep the windowed stream in a variable, call count(), reduce() or aggregate() on it, then late()',
      })
    }
    const { state } = this.#grouped.stream
    const name = state.graph.newName('KSTREAM-LATE-')
    const parents = this.#aggregates.slice(0, 1)
    state.graph.addProcessor({ name, parents, create: passThrough, takesLate: true })
    return new StreamBuilder({ ...state, name, rekeyed: false })
  }

  #aggregate(request: AggregateRequest, emit: EmitOption = 'update'): TableBuilder {
    const { graph } = this.#grouped.stream.state
    const { prefix, materialized } = request
    const store = materialized.store ?? graph.newStoreName(prefix)
    const name = graph.newName(prefix)
    const stream = this.#grouped.partitioned(store)
    const table = addWindowedAggregate({
      windows: this.#windows,
      aggregation: request.aggregation,
      emit: emitRule(emit),
      key: materialized.key ?? this.#grouped.key,
      value: request.value,
      materialized,
      store,
      stream,
    })
    graph.addProcessor({ name, parents: [stream.state.name], stores: () => [store], create: table.create })
    this.#aggregates.push(name)
    return table.at(name, stream.state.sources)
  }
}

export interface WindowedAggregate {
  readonly windows: AnyWindows
  readonly aggregation: Aggregation
  readonly emit: EmitRule
  readonly key: AnyCodec
  readonly value: AnyCodec
  readonly materialized: MaterializedOptions
  readonly store: string
  readonly stream: StreamBuilder
}

/** Declares the store of a windowed aggregate. `create` makes its operator, `at` the table that comes out of a node. */
export function addWindowedAggregate(aggregate: WindowedAggregate): {
  create: OperatorFactory
  createFor: (aggregation: Aggregation) => OperatorFactory
  at: (name: string, sources: readonly string[]) => TableBuilder
} {
  const { windows, key, value, store, stream, emit } = aggregate
  const { graph } = stream.state
  addWindowedStore(aggregate)
  const options: TableOptions & { store: string } = { store, sendOldValues: false, versioned: false }
  const createFor = (aggregation: Aggregation): OperatorFactory => {
    const common = { table: options, aggregation, emit }
    switch (windows.kind) {
      case 'time':
        return timeWindowAggregate({ ...common, windows })
      case 'sliding':
        return slidingWindowAggregate({ ...common, windows })
      case 'session':
        return sessionWindowAggregate({ ...common, windows })
    }
  }
  const lengthMs = windowLengthMs(windows) ?? 0
  const windowedKey = windows.kind === 'session' ? sessionWindowed(key) : timeWindowed(key, lengthMs)
  return {
    create: createFor(aggregate.aggregation),
    createFor,
    at: (name, sources) =>
      TableBuilder.windowed({
        graph,
        name,
        key: windowedKey,
        value,
        sources,
        options,
        view: windows.kind === 'session' ? sessionView(store) : windowView(store),
        closeDelayMs: closeDelayMs(windows),
      }),
  }
}

/** Kafka's in-memory stores keep closed windows a little longer when only final results are told: joins may look at them. */
const finalRetentionMs = 60_000

function addWindowedStore({ windows, key, value, materialized, store, stream, emit }: WindowedAggregate): void {
  const neededMs = neededRetentionMs(windows)
  const asked = materialized.retention === undefined ? neededMs : durationMs(materialized.retention, 'retention')
  if (asked < neededMs) {
    throw new OperatorError(
      `the windows of ${store} are needed for ${neededMs} ms, its retention is only ${asked} ms`,
      {
        hint: 'leave the retention out, or make it at least the size of the window and its grace',
      },
    )
  }
  const retentionMs = emit.final ? Math.max(asked, neededMs + finalRetentionMs) : asked
  stream.state.graph.addStore({
    name: store,
    kind: windows.kind === 'session' ? 'session' : 'window',
    key,
    value,
    retentionMs,
    windowMs: windowLengthMs(windows),
    changelog: materialized.changelog ?? true,
    sourceTopic: undefined,
    rows: valueRows(value),
    create: table =>
      windows.kind === 'session'
        ? new SessionStore(table, { key, value, retentionMs })
        : new WindowStore(table, { key, value, retentionMs, duplicates: false }),
  })
}

/** How long each window is; sessions have no one length. */
function windowLengthMs(windows: AnyWindows): number | undefined {
  switch (windows.kind) {
    case 'time':
      return windows.sizeMs
    case 'sliding':
      return windows.differenceMs
    case 'session':
      return undefined
  }
}

function neededRetentionMs(windows: AnyWindows): number {
  switch (windows.kind) {
    case 'time':
      return windows.sizeMs + windows.graceMs
    case 'sliding':
      return 2 * windows.differenceMs + windows.graceMs
    case 'session':
      return windows.gapMs + windows.graceMs
  }
}

export function emitRule(emit: EmitOption): EmitRule {
  if (typeof emit === 'string') return { final: emit === 'final' }
  return emit.idle === undefined ? { final: true } : { final: true, idleMs: durationMs(emit.idle, 'idle') }
}

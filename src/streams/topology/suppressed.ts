import { OperatorError } from '../../base/errors.ts'
import { type SuppressOptions, suppress, suppressedView } from '../operators/suppress.ts'
import { byteRows } from '../state/row-format.ts'
import { TimeOrderedBuffer } from '../state/time-ordered-buffer.ts'
import { type Duration, durationMs } from './duration.ts'
import { TableBuilder } from './table.ts'

interface Limits {
  readonly maxRecords?: number
  readonly maxBytes?: number
  readonly name?: string
}

/** What a script says of holding back updates. */
export type SuppressRequest =
  | 'until-window-closes'
  | ({ readonly untilWindowCloses: true } & Limits)
  | ({ readonly untilTimeLimit: Duration; readonly whenFull?: 'emit-early' | 'fail' } & Limits)

/** Adds an operator that holds back updates of a table until their window closes, or for a time. */
export function suppressed(table: TableBuilder, request: SuppressRequest): TableBuilder {
  const { graph, name: parent, key, value, versioned } = table.state
  if (versioned) throw new OperatorError('suppress() does not work on tables that keep versions')
  const given = typeof request === 'string' ? undefined : request.name
  const name = given ?? graph.newName('KTABLE-SUPPRESS-')
  const settings = suppressSettings(table, request)
  const store = given ? `${given}-store` : graph.newStoreName('KTABLE-SUPPRESS-')
  // What was before the first of the updates that wait is what others still see.
  table.state.enableOldValues(true)
  graph.addStore({
    name: store,
    kind: 'buffer',
    key,
    value,
    retentionMs: undefined,
    changelog: true,
    sourceTopic: undefined,
    rows: byteRows,
    create: state => new TimeOrderedBuffer(state, { key, value }),
  })
  graph.addProcessor({ name, parents: [parent], stores: () => [store], create: suppress({ ...settings, store }) })
  return new TableBuilder({
    ...table.state,
    name,
    view() {
      const parentTable = table.view()
      return { view: suppressedView(store, parentTable.view), stores: [store, ...parentTable.stores] }
    },
  })
}

function suppressSettings(table: TableBuilder, request: SuppressRequest): Omit<SuppressOptions, 'store'> {
  const unbounded = Number.POSITIVE_INFINITY
  const limits: Limits = typeof request === 'string' ? {} : request
  const { maxRecords = unbounded, maxBytes = unbounded } = limits
  if (typeof request === 'object' && 'untilTimeLimit' in request) {
    const waitMs = durationMs(request.untilTimeLimit, 'untilTimeLimit')
    return { waitMs, fromWindowEnd: false, maxRecords, maxBytes, whenFull: request.whenFull ?? 'emit-early' }
  }
  const { closeDelayMs } = table.state
  if (closeDelayMs === undefined) {
    throw new OperatorError('only windowed tables have windows that close', {
      hint: "use suppress({ untilTimeLimit: '10s' }) for other tables",
    })
  }
  // To let a window go early would break the promise of one final result: so a full buffer is an error.
  return { waitMs: closeDelayMs, fromWindowEnd: true, maxRecords, maxBytes, whenFull: 'fail' }
}

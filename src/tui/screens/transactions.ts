import { printable } from '../cells.ts'
import { shortDuration } from '../components/amounts.ts'
import { emptyList, type ListState, listLines, listStatus, listStep, listWith } from '../components/list.ts'
import { currentRow, type TableColumn, type TableSpec, tableActions } from '../components/table.ts'
import type { TransactionRow } from '../data/transactions-source.ts'
import type { Line, Look } from '../line.ts'
import { defineScreen, type Effect } from '../screen.ts'
import type { AbortTransactionWork } from '../works/cluster-works.ts'

interface TransactionsState extends ListState<TransactionRow> {
  /** Milliseconds since 1970: how long something has been open is counted to here. */
  readonly nowMs: number
  readonly onlyOpen: boolean
}

const plainColumns: readonly TableColumn<TransactionRow>[] = [
  { title: 'TRANSACTIONAL ID', value: row => row.transactionalId, width: 20, grows: true },
  { title: 'STATE', value: row => row.state, look: row => stateLook(row.state), width: 14, rank: 0 },
  {
    title: 'PARTS',
    value: row => (row.startedAtMs === null ? null : row.partitions.length),
    align: 'right',
    width: 5,
    rank: 3,
  },
  { title: 'PRODUCER', value: row => row.producerId, align: 'right', width: 9, rank: 2 },
  { title: 'EPOCH', value: row => row.producerEpoch, align: 'right', width: 6, rank: 4 },
  {
    title: 'TIMEOUT',
    value: row => row.timeoutMs,
    text: row => shortDuration(row.timeoutMs),
    align: 'right',
    width: 7,
    rank: 5,
  },
  { title: 'BROKER', value: row => row.coordinator, align: 'right', width: 6, rank: 6 },
]

function specAt(nowMs: number): TableSpec<TransactionRow> {
  const openFor = (row: TransactionRow): number | null =>
    row.startedAtMs === null ? null : Math.max(0, nowMs - row.startedAtMs)
  return {
    key: ({ transactionalId }) => transactionalId,
    filterText: ({ transactionalId, state, partitions }) => `${transactionalId} ${state} ${partitions.join(' ')}`,
    columns: [
      ...plainColumns.slice(0, 2),
      {
        title: 'OPEN FOR',
        value: openFor,
        text: row => shortDuration(openFor(row)),
        look: row => (row.timeoutMs !== null && (openFor(row) ?? 0) > row.timeoutMs ? 'bad' : 'plain'),
        align: 'right',
        width: 8,
        rank: 1,
      },
      ...plainColumns.slice(2),
    ],
  }
}

/** Transactions: which are open, for how long, and what they hold up. */
export const transactionsScreen = defineScreen<TransactionsState>({
  name: 'transactions',
  aliases: ['txn', 'transaction', 'tx'],
  summary: 'transactions: open ones first, what they have written to',
  open: () => ({ ...emptyList<TransactionRow>({ column: 2, descending: true }), nowMs: 0, onlyOpen: false }),
  title: () => 'Transactions',
  status: state => `${listStatus(state)}${state.onlyOpen ? ' open only' : ''}`,
  actions: ['open', 'filter', 'internal', 'delete', 'copy', ...tableActions, 'back'],
  sources: () => [{ kind: 'transactions' }],
  update: (state, event, context) => {
    const spec = specAt(context.nowMs)
    const shown = (next: TransactionsState, all: readonly TransactionRow[]): TransactionsState => ({
      ...next,
      ...listWith(spec, next, all, ({ startedAtMs }) => !next.onlyOpen || startedAtMs !== null),
      nowMs: context.nowMs,
    })
    if (event.kind === 'data') return { state: shown(state, event.data as readonly TransactionRow[]) }
    if (event.kind === 'done') return { state, effects: [{ kind: 'refresh' }] }
    const step = listStep(spec, state, event, context)
    if (step) return { ...step, state: { ...state, ...step.state } }
    if (event.kind !== 'action') return { state }
    if (event.action === 'internal') return { state: shown({ ...state, onlyOpen: !state.onlyOpen }, state.all ?? []) }
    const row = currentRow(state.table)
    return row ? { state, effects: effectsOf(row, event.action) } : { state }
  },
  view: (state, context) => {
    const about = aboutLines(currentRow(state.table))
    const room = { ...context, rows: context.rows - about.length }
    const lines = listLines(specAt(context.nowMs), state, room, {
      kind: 'transactions',
      whenEmpty: state.onlyOpen ? ['no transaction is open', 'i: show all'] : ['nobody has used transactions'],
    })
    const blank = Array.from({ length: Math.max(0, room.rows - lines.length) }, (): Line => [])
    return [...lines, ...blank, ...about]
  },
})

function effectsOf(row: TransactionRow, action: string): readonly Effect[] {
  switch (action) {
    case 'open': {
      const [, topic, partition] = /^(.*) \[(\d+)\]$/.exec(row.partitions[0] ?? '') ?? []
      if (topic === undefined) return [{ kind: 'flash', text: 'it has no transaction open', look: 'warning' }]
      return [{ kind: 'open', screen: 'records', argument: topic, given: { from: '', partition } }]
    }
    case 'delete': {
      if (row.startedAtMs === null) {
        return [{ kind: 'flash', text: 'it has no transaction open that could be aborted', look: 'warning' }]
      }
      const work: AbortTransactionWork = {
        kind: 'abortTransaction',
        changes: true,
        transactionalId: row.transactionalId,
      }
      const lines = ['what it has written is lost to readers of committed records; its producer is fenced']
      const title = `Abort the transaction of ${row.transactionalId}?`
      return [{ kind: 'confirm', confirmation: { title, lines, word: row.transactionalId, work } }]
    }
    case 'copy':
      return [{ kind: 'copy', text: row.transactionalId, what: 'the id' }]
    default:
      return []
  }
}

/** Which partitions the transaction under the cursor holds up. */
function aboutLines(row: TransactionRow | undefined): readonly Line[] {
  if (!row || row.partitions.length === 0) return []
  return [
    [
      { text: ' holds up ', look: 'dim' },
      { text: printable(row.partitions.join(', ')), look: 'warning' },
    ],
  ]
}

function stateLook(state: string): Look {
  if (state === 'Ongoing') return 'warning'
  return state.startsWith('Prepare') ? 'bad' : state.startsWith('Complete') ? 'good' : 'dim'
}

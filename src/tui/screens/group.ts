import { timeChartLines } from '../charts/time-chart.ts'
import { shortCount, shortDuration, shortRate } from '../components/amounts.ts'
import { emptyList, type ListState, listLines, listStep, listWith } from '../components/list.ts'
import { currentRow, type TableSpec, tableActions } from '../components/table.ts'
import { trendColumn } from '../components/trend-column.ts'
import { emptyLines } from '../components/trouble.ts'
import type { GroupPartition, GroupPicture } from '../data/group-source.ts'
import { type Line, line } from '../line.ts'
import { defineScreen, type Effect, type ScreenContext, type ScreenEvent, type Step } from '../screen.ts'
import type { SeekPlan } from '../works/group-works.ts'
import { deleteGroupEffect, planEffect, planShown, seekForm } from './group-seek.ts'
import { stateLook, trendLook } from './groups.ts'

interface GroupState {
  readonly group: string
  readonly picture: GroupPicture | undefined
  readonly list: ListState<GroupPartition>
  readonly showsChart: boolean
  /** It was opened to be moved: the form comes with the first news. */
  readonly isSeekWanted: boolean
}

const chartMs = 5 * 60_000

const spec: TableSpec<GroupPartition> = {
  key: ({ topic, partition }) => `${topic} ${String(partition).padStart(6, '0')}`,
  filterText: ({ topic, partition, clientId, host }) => `${topic} [${partition}] ${clientId ?? ''} ${host ?? ''}`,
  columns: [
    { title: 'TOPIC', value: row => row.topic, width: 12, grows: true },
    { title: 'PART', value: row => row.partition, align: 'right', width: 4 },
    { title: 'AT', value: row => row.committed, align: 'right', width: 10, rank: 3 },
    { title: 'END', value: row => row.end, align: 'right', width: 10, rank: 4 },
    {
      title: 'LAG',
      value: row => row.lag,
      text: row => shortCount(row.lag),
      look: row => (row.lost ? 'bad' : 'plain'),
      align: 'right',
      width: 7,
      rank: 0,
    },
    {
      title: 'LATE',
      value: row => row.lagMs,
      text: row => (row.lagMs === 0 ? '0' : shortDuration(row.lagMs)),
      align: 'right',
      width: 6,
      rank: 1,
    },
    trendColumn({ value: row => row.trend, look: row => trendLook(row.trend), width: 10, rank: 5 }),
    { title: 'CLIENT', value: row => row.clientId, width: 12, rank: 2 },
    { title: 'HOST', value: row => row.host, width: 15, rank: 6 },
    { title: 'LOST', value: row => row.lost, text: row => shortCount(row.lost), align: 'right', width: 6, rank: 7 },
  ],
}

/** One group: where it is in each partition, who reads it, how late it is. */
export const groupScreen = defineScreen<GroupState>({
  name: 'group',
  aliases: [],
  summary: 'one group: lag by partition, members, seek',
  argument: 'group',
  open: ({ argument = '', given }) => ({
    group: argument,
    picture: undefined,
    list: emptyList(),
    showsChart: true,
    isSeekWanted: (given as { readonly seek?: boolean } | undefined)?.seek ?? false,
  }),
  title: ({ group }) => group,
  status: ({ picture }) => picture?.state ?? '',
  actions: ['open', 'filter', 'seek', 'delete', 'mode', 'copy', ...tableActions, 'back'],
  sources: ({ group }) => [{ kind: 'group', group }],
  update,
  view,
})

function update(state: GroupState, event: ScreenEvent, context: ScreenContext): Step<GroupState> {
  switch (event.kind) {
    case 'data': {
      const picture = event.data as GroupPicture
      const next = { ...state, picture, list: listWith(spec, state.list, picture.partitions), isSeekWanted: false }
      return state.isSeekWanted ? { state: next, effects: seekEffects(state) } : { state: next }
    }
    case 'submitted':
      return { state, effects: [planEffect(state.group, event.values)] }
    case 'done':
      if (event.work.kind === 'planSeek') return { state, effects: [planShown(state.group, event.result as SeekPlan)] }
      if (event.work.kind === 'deleteGroup') return { state, effects: [{ kind: 'back' }] }
      return { state, effects: [{ kind: 'refresh' }] }
    default: {
      const room = { ...context, rows: context.rows - headRows(state, context) }
      const step = listStep(spec, state.list, event, room)
      if (step) return { ...step, state: { ...state, list: step.state } }
      return event.kind === 'action' ? action(state, event.action) : { state }
    }
  }
}

function action(state: GroupState, name: string): Step<GroupState> {
  const row = currentRow(state.list.table)
  switch (name) {
    case 'open': {
      if (!row) return { state }
      // Where the group is in that partition, with what comes before and behind it.
      const given = row.committed === null ? undefined : { from: `${row.partition}=${row.committed}` }
      return { state, effects: [{ kind: 'open', screen: 'records', argument: row.topic, given }] }
    }
    case 'seek':
      return { state, effects: seekEffects(state) }
    case 'delete':
      return { state, effects: [deleteGroupEffect(state.group, state.picture?.members.length ?? null)] }
    case 'mode':
      return { state: { ...state, showsChart: !state.showsChart } }
    case 'copy':
      return { state, effects: [{ kind: 'copy', text: state.group, what: 'the name' }] }
    default:
      return { state }
  }
}

function seekEffects({ group }: GroupState): readonly Effect[] {
  return [{ kind: 'form', form: seekForm(group) }]
}

function view(state: GroupState, context: ScreenContext): readonly Line[] {
  const { picture, list } = state
  if (!picture) return emptyLines(context, 'group', ['asking the cluster …'])
  const head = headLines(picture, state, context)
  return [
    ...head,
    ...listLines(
      spec,
      list,
      { ...context, rows: context.rows - head.length },
      {
        kind: 'group',
        whenEmpty: ['the group has committed nothing and reads nothing', 's: let it begin somewhere'],
      },
    ),
  ]
}

/** The same number of lines, whatever is known, so that the table does not jump. */
function headRows({ picture, showsChart }: GroupState, context: ScreenContext): number {
  return picture ? 2 + chartRows(showsChart, context) : 0
}

function chartRows(showsChart: boolean, { rows }: ScreenContext): number {
  return showsChart && rows >= 18 ? Math.min(10, Math.floor(rows / 3)) : 0
}

function headLines(picture: GroupPicture, state: GroupState, context: ScreenContext): readonly Line[] {
  const { members, lag, lagMs, rate, protocol, lags } = picture
  const facts: Line = [
    { text: ' lag ', look: 'dim' },
    { text: shortCount(lag), look: lag ? 'warning' : 'good' },
    { text: '  late ', look: 'dim' },
    { text: lagMs === 0 ? '0' : shortDuration(lagMs) },
    { text: '  reads ', look: 'dim' },
    { text: shortRate(rate) },
    { text: '  members ', look: 'dim' },
    { text: String(members.length) },
    { text: '  assignor ', look: 'dim' },
    { text: protocol || '-' },
    { text: '  state ', look: 'dim' },
    { text: picture.state, look: stateLook(picture.state) },
  ]
  const rows = chartRows(state.showsChart, context)
  const chart =
    rows === 0
      ? []
      : timeChartLines(
          { title: 'lag', points: lags, untilMs: context.nowMs, spanMs: chartMs, format: shortCount, look: 'warning' },
          { columns: context.columns, rows },
        )
  return [facts, ...chart, line('')].slice(0, 2 + rows)
}

import { shortCount, shortDuration, shortRate } from '../components/amounts.ts'
import { emptyList, type ListState, listLines, listStatus, listStep, listWith } from '../components/list.ts'
import { currentRow, type TableSpec, tableActions } from '../components/table.ts'
import { trendColumn } from '../components/trend-column.ts'
import type { GroupRow } from '../data/group-rows.ts'
import type { Look } from '../line.ts'
import { defineScreen, type Effect, type Step } from '../screen.ts'
import { deleteGroupEffect } from './group-seek.ts'

type GroupsState = ListState<GroupRow>

const spec: TableSpec<GroupRow> = {
  key: ({ group }) => group,
  filterText: ({ group }) => group,
  columns: [
    {
      title: 'GROUP',
      value: row => row.group,
      look: row => (row.isApplication ? 'accent' : 'plain'),
      width: 16,
      grows: true,
    },
    { title: 'STATE', value: row => row.state, look: row => stateLook(row.state), width: 12, rank: 2 },
    { title: 'MEMB', value: row => row.members, align: 'right', width: 5, rank: 3 },
    { title: 'TOPICS', value: row => row.topics, align: 'right', width: 6, rank: 6 },
    { title: 'LAG', value: row => row.lag, text: row => shortCount(row.lag), align: 'right', width: 7, rank: 1 },
    trendColumn({ value: row => row.trend, look: row => trendLook(row.trend), rank: 4 }),
    { title: 'READS', value: row => row.rate, text: row => shortRate(row.rate), align: 'right', width: 8, rank: 5 },
    {
      title: 'DONE IN',
      value: row => row.doneInMs,
      text: row => (row.lag === 0 ? 'now' : row.doneInMs === null ? '-' : shortDuration(row.doneInMs)),
      align: 'right',
      width: 7,
      rank: 7,
    },
    { title: 'KIND', value: row => row.protocolType || '-', width: 8, rank: 8 },
    { title: 'BROKER', value: row => row.coordinator, align: 'right', width: 6, rank: 9 },
  ],
}

/** Every group of the cluster: who is late, and does it catch up? */
export const groupsScreen = defineScreen<GroupsState>({
  name: 'groups',
  aliases: ['g', 'consumers'],
  summary: 'groups: members, lag and its trend',
  open: () => emptyList({ column: 4, descending: true }),
  title: () => 'Groups',
  status: listStatus,
  actions: ['open', 'filter', 'seek', 'delete', 'copy', ...tableActions, 'back'],
  names: ({ all }) => ({ group: (all ?? []).map(({ group }) => group) }),
  sources: () => [{ kind: 'groups' }],
  update: (state, event, context) => {
    if (event.kind === 'data') return { state: listWith(spec, state, event.data as readonly GroupRow[]) }
    const step = listStep(spec, state, event, context)
    if (step) return step
    const row = currentRow(state.table)
    return event.kind === 'action' && row ? { state, effects: effectsOf(row, event.action) } : { state }
  },
  view: (state, context) =>
    listLines(spec, state, context, {
      kind: 'groups',
      whenEmpty: ['there are no groups', 'they come when somebody commits: streamctl consume TOPIC -g NAME'],
    }),
})

function effectsOf(row: GroupRow, action: string): Step<GroupsState>['effects'] {
  const open = (given?: unknown): readonly Effect[] => [
    { kind: 'open', screen: 'group', argument: row.group, ...(given === undefined ? {} : { given }) },
  ]
  switch (action) {
    case 'open':
      return open()
    case 'seek':
      return open({ seek: true })
    case 'delete':
      return [deleteGroupEffect(row.group, row.members)]
    case 'copy':
      return [{ kind: 'copy', text: row.group, what: 'the name' }]
    default:
      return []
  }
}

/** States of groups, good and bad: the same colours on all screens. */
export function stateLook(state: string): Look {
  if (state === 'Stable') return 'good'
  if (state === 'Empty') return 'dim'
  return state === 'Dead' ? 'bad' : 'warning'
}

export function trendLook(trend: number | null): Look {
  if (trend === null || Math.abs(trend) < 0.5) return 'dim'
  return trend > 0 ? 'warning' : 'good'
}

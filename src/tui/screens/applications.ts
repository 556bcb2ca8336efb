import { shortCount, shortRate } from '../components/amounts.ts'
import { emptyList, type ListState, listLines, listStatus, listStep, listWith } from '../components/list.ts'
import { currentRow, type TableSpec, tableActions } from '../components/table.ts'
import { trendColumn } from '../components/trend-column.ts'
import type { ApplicationRow } from '../data/applications-source.ts'
import { defineScreen } from '../screen.ts'
import { stateLook } from './groups.ts'

type ApplicationsState = ListState<ApplicationRow>

const spec: TableSpec<ApplicationRow> = {
  key: ({ group }) => group,
  filterText: ({ group }) => group,
  columns: [
    { title: 'APPLICATION', value: row => row.group, width: 16, grows: true },
    { title: 'STATE', value: row => row.state, look: row => stateLook(row.state), width: 12, rank: 2 },
    { title: 'PROC', value: row => row.processes, align: 'right', width: 5, rank: 3 },
    { title: 'THREADS', value: row => row.members, align: 'right', width: 7, rank: 6 },
    { title: 'PARTS', value: row => row.partitions, align: 'right', width: 5, rank: 5 },
    { title: 'LAG', value: row => row.lag, text: row => shortCount(row.lag), align: 'right', width: 7, rank: 1 },
    trendColumn({ title: 'LAG TREND', value: row => row.lag, rank: 4 }),
    { title: 'READS', value: row => row.rate, text: row => shortRate(row.rate), align: 'right', width: 8, rank: 1 },
    { title: 'ENDPOINTS', value: row => row.endpoints.join(' '), width: 22, rank: 7 },
  ],
}

/** Stream-processing scripts that run somewhere on this cluster. */
export const applicationsScreen = defineScreen<ApplicationsState>({
  name: 'scripts',
  aliases: ['applications', 'apps', 'script', 's'],
  summary: 'running scripts: topology, stores, lag',
  open: () => emptyList(),
  title: () => 'Scripts',
  status: listStatus,
  actions: ['open', 'describe', 'picture', 'filter', ...tableActions, 'back'],
  names: ({ all }) => ({ application: (all ?? []).map(({ group }) => group) }),
  sources: () => [{ kind: 'applications' }],
  update: (state, event, context) => {
    if (event.kind === 'data') return { state: listWith(spec, state, event.data as readonly ApplicationRow[]) }
    const step = listStep(spec, state, event, context)
    if (step) return step
    const row = currentRow(state.table)
    if (event.kind !== 'action' || !row) return { state }
    switch (event.action) {
      case 'open':
        return { state, effects: [{ kind: 'open', screen: 'application', argument: row.group }] }
      case 'picture':
        return {
          state,
          effects: [{ kind: 'open', screen: 'application', argument: row.group, given: { tab: 'topology' } }],
        }
      case 'describe':
        return { state, effects: [{ kind: 'open', screen: 'group', argument: row.group }] }
      default:
        return { state }
    }
  },
  view: (state, context) =>
    listLines(spec, state, context, {
      kind: 'applications',
      whenEmpty: [
        'no script is running on this cluster',
        'streamctl new NAME makes one, streamctl run SCRIPT starts it',
      ],
    }),
})

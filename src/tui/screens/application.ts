import { printable } from '../cells.ts'
import { timeChartLines } from '../charts/time-chart.ts'
import { shortCount, shortDuration, shortRate } from '../components/amounts.ts'
import { emptyList, type ListState, listLines, listStep, listWith } from '../components/list.ts'
import { type TableSpec, tableActions } from '../components/table.ts'
import { emptyLines, troubleLines } from '../components/trouble.ts'
import type { ApplicationPicture, InstanceRow, StoreRow, TaskRow } from '../data/application-source.ts'
import type { Line } from '../line.ts'
import { defineScreen, type ScreenContext, type ScreenEvent, type Step } from '../screen.ts'
import type { stateLook } from './groups.ts'

const tabs = ['tasks', 'topology', 'stores'] as const
type Tab = (typeof tabs)[number]

interface ApplicationState {
  readonly group: string
  readonly tab: Tab
  readonly picture: ApplicationPicture | undefined
  readonly tasks: ListState<TaskRow>
  readonly stores: ListState<StoreRow>
  /** Lines and characters of the topology that are passed over. */
  readonly top: number
  readonly left: number
}

const taskSpec: TableSpec<TaskRow> = {
  key: ({ task, endpoint, state }) => `${task} ${endpoint} ${state}`,
  filterText: ({ task, endpoint, state }) => `${task} ${state} ${endpoint}`,
  columns: [
    { title: 'TASK', value: row => row.task, width: 8 },
    { title: 'STATE', value: row => row.state, look: row => taskLook(row.state), width: 10, rank: 0 },
    { title: 'PART', value: row => row.partition, align: 'right', width: 4, rank: 4 },
    { title: 'LAG', value: row => row.lag, text: row => shortCount(row.lag), align: 'right', width: 7, rank: 1 },
    {
      title: 'RATE',
      value: row => row.recordsPerSecond,
      text: row => shortRate(row.recordsPerSecond),
      align: 'right',
      width: 8,
      rank: 2,
    },
    {
      title: 'RESTORED',
      value: row => row.restored,
      text: row => `${Math.floor(row.restored * 100)}%`,
      align: 'right',
      width: 8,
      rank: 3,
    },
    { title: 'THREAD', value: row => row.thread, align: 'right', width: 6, rank: 6 },
    { title: 'PROCESS', value: row => row.endpoint, width: 16, rank: 5, grows: true },
  ],
}

const storeSpec: TableSpec<StoreRow> = {
  key: ({ name }) => name,
  filterText: ({ name }) => name,
  columns: [
    { title: 'STORE', value: row => row.name, width: 20, grows: true },
    { title: 'KIND', value: row => row.kind, width: 10, rank: 1 },
    { title: 'PARTS', value: row => row.partitions, align: 'right', width: 5, rank: 2 },
    { title: 'CHANGELOG', value: row => row.changelog, width: 36, rank: 3 },
  ],
}

/** One running script: its processes and tasks, its topology as a picture, its stores. */
export const applicationScreen = defineScreen<ApplicationState>({
  name: 'application',
  aliases: [],
  summary: 'one running script: tasks, topology, stores',
  argument: 'application',
  open: ({ argument = '', given }) => ({
    group: argument,
    tab: (given as { readonly tab?: Tab } | undefined)?.tab ?? 'tasks',
    picture: undefined,
    tasks: emptyList(),
    stores: emptyList(),
    ...{ top: 0, left: 0 },
  }),
  title: ({ group }) => group,
  status: ({ tab, picture }) => `${tab}${picture ? ` ${picture.state}` : ''}`,
  actions: ['mode', 'picture', 'open', 'describe', 'filter', 'left', 'right', ...tableActions, 'back'],
  // The group's lag is what the list of groups keeps.
  sources: ({ group }) => [{ kind: 'application', group }, { kind: 'applications' }],
  update,
  view,
})

function update(state: ApplicationState, event: ScreenEvent, context: ScreenContext): Step<ApplicationState> {
  if (event.kind === 'data') {
    if (event.source.kind !== 'application') return { state }
    const picture = event.data as ApplicationPicture
    return {
      state: {
        ...state,
        picture,
        tasks: listWith(taskSpec, state.tasks, picture.tasks),
        stores: listWith(storeSpec, state.stores, picture.stores),
      },
    }
  }
  if (event.kind === 'action') {
    if (event.action === 'mode') return { state: { ...state, tab: nextTab(state.tab) } }
    if (event.action === 'picture') return { state: { ...state, tab: state.tab === 'topology' ? 'tasks' : 'topology' } }
    if (event.action === 'describe') {
      return { state, effects: [{ kind: 'open', screen: 'group', argument: state.group }] }
    }
  }
  const room = { ...context, rows: context.rows - headRows(state, context) }
  switch (state.tab) {
    case 'topology':
      return { state: event.kind === 'action' ? scrolled(state, event.action, context.rows - 1) : state }
    case 'tasks': {
      const step = listStep(taskSpec, state.tasks, event, room)
      return step ? { ...step, state: { ...state, tasks: step.state } } : { state }
    }
    case 'stores': {
      const step = listStep(storeSpec, state.stores, event, room)
      if (step) return { ...step, state: { ...state, stores: step.state } }
      const row = state.stores.table.shown[state.stores.table.cursor]
      if (event.kind !== 'action' || event.action !== 'open' || !row?.changelog) return { state }
      return { state, effects: [{ kind: 'open', screen: 'records', argument: row.changelog }] }
    }
  }
}

function nextTab(tab: Tab): Tab {
  return tabs[(tabs.indexOf(tab) + 1) % tabs.length] ?? 'tasks'
}

function scrolled(state: ApplicationState, action: string, rows: number): ApplicationState {
  const lines = state.picture?.picture ?? []
  const last = Math.max(0, lines.length - rows)
  const steps: Readonly<Record<string, number>> = {
    up: -1,
    down: 1,
    pageUp: -rows,
    pageDown: rows,
    top: -state.top,
    bottom: last,
  }
  const sideways: Readonly<Record<string, number>> = { left: -10, right: 10 }
  return {
    ...state,
    top: Math.max(0, Math.min(last, state.top + (steps[action] ?? 0))),
    left: Math.max(0, state.left + (sideways[action] ?? 0)),
  }
}

function view(state: ApplicationState, context: ScreenContext): readonly Line[] {
  const { picture, tab } = state
  if (!picture) return emptyLines(context, 'application', ['asking its processes …'])
  if (tab === 'topology') return [...troubleLines(context, 'application'), ...topologyLines(state, context)]
  const head = headLines(picture, state, context)
  const room = { ...context, rows: context.rows - head.length }
  return tab === 'tasks'
    ? [...head, ...listLines(taskSpec, state.tasks, room, { kind: 'application', whenEmpty: ['it has no tasks now'] })]
    : [...head, ...listLines(storeSpec, state.stores, room, { kind: 'application', whenEmpty: ['it has no stores'] })]
}

function topologyLines({ picture, top, left }: ApplicationState, { rows }: ScreenContext): readonly Line[] {
  const lines = (picture?.picture ?? []).slice(top, top + rows)
  return lines.map((text): Line => [{ text: ` ${printable(text).slice(left)}`, look: 'chart' }])
}

const instancesShown = 4
const chartMs = 5 * 60_000

function chartRows({ rows }: ScreenContext): number {
  return rows >= 24 ? 7 : 0
}

function headRows({ picture }: ApplicationState, context: ScreenContext): number {
  const instances = Math.min(picture?.instances.length ?? 0, instancesShown)
  return instances + 1 + chartRows(context)
}

function headLines(picture: ApplicationPicture, state: ApplicationState, context: ScreenContext): readonly Line[] {
  const rows = chartRows(context)
  const chart = rows
    ? timeChartLines(
        {
          title: 'lag',
          points: picture.lags,
          untilMs: context.nowMs,
          spanMs: chartMs,
          format: shortCount,
          look: 'warning',
        },
        { columns: context.columns, rows },
      )
    : []
  const instances = picture.instances.slice(0, instancesShown).map(row => instanceLine(row, context.nowMs))
  return [...instances, ...chart, []].slice(0, headRows(state, context))
}

function instanceLine(row: InstanceRow, nowMs: number): Line {
  if (row.failure !== null)
    return [{ text: ` ${printable(`${row.endpoint || row.host}: ${row.failure}`)}`, look: 'bad' }]
  const since = row.startedAtMs === null ? '' : ` for ${shortDuration(Math.max(0, nowMs - row.startedAtMs))}`
  return [
    { text: ` ${printable(row.endpoint)} `, look: 'bold' },
    { text: row.state, look: row.state === 'running' ? 'good' : 'warning' },
    { text: `${since}  ${row.processing}  threads ${row.threads}  ${shortRate(row.rate)}`, look: 'plain' },
    { text: row.commitP99 === null ? '' : `  commit p99 ${shortDuration(row.commitP99)}`, look: 'dim' },
  ]
}

function taskLook(state: string): ReturnType<typeof stateLook> {
  return state === 'running' ? 'good' : state === 'standby' ? 'dim' : 'warning'
}

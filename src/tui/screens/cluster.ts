import { sparkline } from '../charts/sparkline.ts'
import { timeChartLines } from '../charts/time-chart.ts'
import { shortBytes, shortCount, shortRate } from '../components/amounts.ts'
import { emptyList, type ListState, listLines, listStep, listWith } from '../components/list.ts'
import { currentRow, type TableSpec, tableActions } from '../components/table.ts'
import { emptyLines } from '../components/trouble.ts'
import type { BrokerRow, ClusterPicture } from '../data/cluster-source.ts'
import { type Line, type Span, spreadLine } from '../line.ts'
import { defineScreen, type Effect, type ScreenContext, type ScreenEvent, type Step } from '../screen.ts'
import type { OpenSettings } from './settings.ts'

interface ClusterState {
  readonly picture: ClusterPicture | undefined
  readonly list: ListState<BrokerRow>
}

const spec: TableSpec<BrokerRow> = {
  key: ({ broker }) => String(broker),
  filterText: ({ broker, host, port, rack }) => `${broker} ${host}:${port} ${rack ?? ''}`,
  columns: [
    { title: 'BROKER', value: row => row.broker, align: 'right', width: 7 },
    {
      title: 'ADDRESS',
      value: row => `${row.host}:${row.port}`,
      look: row => (row.failure ? 'bad' : row.isController ? 'accent' : 'plain'),
      width: 16,
      grows: true,
    },
    { title: 'ROLE', value: row => (row.isController ? 'controller' : ''), width: 10, rank: 5 },
    { title: 'KAFKA', value: row => row.kafkaVersion, width: 6, rank: 3 },
    { title: 'RACK', value: row => row.rack, width: 8, rank: 7 },
    { title: 'LEADS', value: row => row.led, align: 'right', width: 6, rank: 2 },
    { title: 'COPIES', value: row => row.replicas, align: 'right', width: 6, rank: 6 },
    {
      title: 'BEHIND',
      value: row => row.outOfSync,
      look: row => (row.outOfSync > 0 ? 'warning' : 'plain'),
      align: 'right',
      width: 6,
      rank: 4,
    },
    {
      title: 'ANSWERS',
      value: row => row.latencyMs,
      text: row => (row.latencyMs === null ? 'no' : `${row.latencyMs} ms`),
      look: row => (row.failure ? 'bad' : 'plain'),
      align: 'right',
      width: 9,
      rank: 1,
    },
    { title: '', value: () => null, text: row => sparkline(row.history, 8), look: () => 'chart', width: 8, rank: 8 },
  ],
}

/** The cluster: brokers, versions, features, and what goes through it. */
export const clusterScreen = defineScreen<ClusterState>({
  name: 'cluster',
  aliases: ['brokers', 'b'],
  summary: 'brokers, versions, features, throughput',
  open: () => ({ picture: undefined, list: emptyList() }),
  title: () => 'Cluster',
  status: ({ picture }) => picture?.clusterId ?? '',
  actions: ['open', 'describe', 'filter', ...tableActions, 'back'],
  // The rates come from what the list of topics asks for.
  sources: () => [{ kind: 'cluster' }, { kind: 'topics' }, { kind: 'groups' }],
  update,
  view,
})

function update(state: ClusterState, event: ScreenEvent, context: ScreenContext): Step<ClusterState> {
  if (event.kind === 'data') {
    if (event.source.kind !== 'cluster') return { state }
    const picture = event.data as ClusterPicture
    return { state: { picture, list: listWith(spec, state.list, picture.brokers) } }
  }
  const step = listStep(spec, state.list, event, context)
  if (step) return { ...step, state: { ...state, list: step.state } }
  const row = currentRow(state.list.table)
  if (event.kind !== 'action' || (event.action !== 'open' && event.action !== 'describe') || !row) return { state }
  const given: OpenSettings = { ownerKind: 'broker', owner: String(row.broker) }
  const effect: Effect = { kind: 'open', screen: 'config', given }
  return { state, effects: [effect] }
}

const chartMs = 5 * 60_000

function view(state: ClusterState, context: ScreenContext): readonly Line[] {
  const { picture, list } = state
  if (!picture) return emptyLines(context, 'cluster', ['asking the cluster …'])
  const head = factLines(picture)
  const features = featureLines(picture, context.columns)
  const failures = picture.brokers.flatMap(({ broker, failure }): Line[] =>
    failure ? [[{ text: ` broker ${broker}: ${failure}`, look: 'bad' }]] : [],
  )
  const tableRows = Math.min(list.table.shown.length + 1, Math.max(4, Math.floor(context.rows / 3)))
  const table = listLines(
    spec,
    list,
    { ...context, rows: tableRows + 2 },
    { kind: 'cluster', whenEmpty: ['no broker is known'] },
  )
  const above = [...head, [], ...table.slice(0, tableRows + 2), ...failures, []]
  const left = context.rows - above.length - features.length - 1
  return [...above, ...chartLines(picture, context, left), ...features]
}

function factLines(picture: ClusterPicture): readonly Line[] {
  const { topics, partitions, leaderless, groups, bytes, brokers } = picture
  const fact = (name: string, text: string, look: Span['look'] = 'plain'): Line => [
    { text: ` ${name} `, look: 'dim' },
    { text: `${text} `, look },
  ]
  return [
    [
      ...fact('brokers', String(brokers.length)),
      ...fact('topics', shortCount(topics)),
      ...fact('partitions', shortCount(partitions)),
      ...(leaderless > 0 ? fact('without leader', String(leaderless), 'bad') : []),
      ...fact('groups', shortCount(groups)),
      ...fact('size', shortBytes(bytes)),
    ],
  ]
}

/** Throughput in and out beside each other where there is room, else what comes in. */
function chartLines(picture: ClusterPicture, { columns, nowMs }: ScreenContext, rows: number): readonly Line[] {
  if (rows < 4) return []
  const height = Math.min(rows, 9)
  const chart = (title: string, points: ClusterPicture['inRates'], width: number): readonly Line[] =>
    timeChartLines(
      { title, points, untilMs: nowMs, spanMs: chartMs, format: shortRate },
      { columns: width, rows: height },
    )
  const half = Math.floor(columns / 2)
  const left = chart('in', picture.inRates, half)
  const right = chart('out', picture.outRates, columns - half)
  return [...left.map((line, at) => spreadLine(line, padded(right[at] ?? [], columns - half), columns)), []]
}

function padded(line: Line, width: number): Line {
  return spreadLine(line, [], width)
}

function featureLines({ features }: ClusterPicture, columns: number): readonly Line[] {
  const texts = features.map(({ feature, level, max }) => `${feature} ${level}${max > level ? ` (up to ${max})` : ''}`)
  const lines: string[] = []
  for (const text of texts) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + text.length + 3 < columns - 10)
      lines[lines.length - 1] = `${last}   ${text}`
    else lines.push(text)
  }
  return lines.map((text, at): Line => [{ text: at === 0 ? ' features ' : '          ', look: 'dim' }, { text }])
}

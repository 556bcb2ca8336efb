import { timeChartLines } from '../charts/time-chart.ts'
import { shortBytes, shortCount, shortDuration, shortRate } from '../components/amounts.ts'
import { emptyList, type ListState, listLines, listStep, listWith } from '../components/list.ts'
import { currentRow, type TableSpec, tableActions } from '../components/table.ts'
import { trendColumn } from '../components/trend-column.ts'
import { emptyLines } from '../components/trouble.ts'
import type { PartitionRow, ReaderRow, TopicPicture } from '../data/topic-source.ts'
import { type Line, spreadLine } from '../line.ts'
import { defineScreen, type Effect, type ScreenContext, type ScreenEvent, type Step } from '../screen.ts'
import { stateLook } from './groups.ts'

interface TopicState {
  readonly topic: string
  readonly tab: 'partitions' | 'groups'
  readonly picture: TopicPicture | undefined
  readonly partitions: ListState<PartitionRow>
  readonly readers: ListState<ReaderRow>
}

const partitionSpec: TableSpec<PartitionRow> = {
  key: ({ partition }) => String(partition).padStart(6, '0'),
  filterText: ({ partition, leader }) => `${partition} leader ${leader}`,
  columns: [
    { title: 'PART', value: row => row.partition, align: 'right', width: 5 },
    {
      title: 'LEADER',
      value: row => row.leader,
      text: row => (row.leader < 0 ? 'none' : String(row.leader)),
      look: row => (row.leader < 0 ? 'bad' : 'plain'),
      align: 'right',
      width: 6,
      rank: 1,
    },
    { title: 'START', value: row => row.start, align: 'right', width: 12, rank: 3 },
    { title: 'END', value: row => row.end, align: 'right', width: 12, rank: 2 },
    {
      title: 'RECORDS',
      value: row => row.records,
      text: row => shortCount(row.records),
      align: 'right',
      width: 8,
      rank: 0,
    },
    { title: 'COPIES', value: row => row.replicas.join(','), width: 10, grows: true },
    {
      title: 'IN SYNC',
      value: row => row.inSync.join(','),
      look: row => (row.inSync.length < row.replicas.length ? 'warning' : 'plain'),
      width: 10,
      rank: 4,
    },
  ],
}

const readerSpec: TableSpec<ReaderRow> = {
  key: ({ group }) => group,
  filterText: ({ group }) => group,
  columns: [
    { title: 'GROUP', value: row => row.group, width: 16, grows: true },
    { title: 'STATE', value: row => row.state, look: row => stateLook(row.state), width: 12, rank: 2 },
    { title: 'PARTS', value: row => row.partitions, align: 'right', width: 5, rank: 3 },
    { title: 'LAG', value: row => row.lag, text: row => shortCount(row.lag), align: 'right', width: 8, rank: 0 },
    trendColumn({ value: row => row.lag, rank: 4 }),
  ],
}

/** One topic: what goes in and out, its partitions, who reads it. */
export const topicScreen = defineScreen<TopicState>({
  name: 'topic',
  aliases: ['chart'],
  summary: 'one topic: throughput, partitions, groups that read it',
  argument: 'topic',
  open: ({ argument = '' }) => ({
    topic: argument,
    tab: 'partitions',
    picture: undefined,
    partitions: emptyList(),
    readers: emptyList({ column: 3, descending: true }),
  }),
  title: ({ topic }) => topic,
  status: ({ tab }) => tab,
  actions: ['open', 'mode', 'describe', 'filter', ...tableActions, 'back'],
  sources: ({ topic }) => [{ kind: 'topic', topic }],
  update,
  view,
})

function update(state: TopicState, event: ScreenEvent, context: ScreenContext): Step<TopicState> {
  if (event.kind === 'data') {
    const picture = event.data as TopicPicture
    const partitions = listWith(partitionSpec, state.partitions, picture.partitions)
    const readers = picture.readers ? listWith(readerSpec, state.readers, picture.readers) : state.readers
    return { state: { ...state, picture, partitions, readers } }
  }
  if (event.kind === 'action' && event.action === 'mode') {
    return { state: { ...state, tab: state.tab === 'partitions' ? 'groups' : 'partitions' } }
  }
  if (event.kind === 'action' && event.action === 'describe') {
    const given = { ownerKind: 'topic', owner: state.topic }
    return { state, effects: [{ kind: 'open', screen: 'config', given }] }
  }
  const room = { ...context, rows: context.rows - headRows(context) }
  if (state.tab === 'groups') {
    const step = listStep(readerSpec, state.readers, event, room)
    if (step) return { ...step, state: { ...state, readers: step.state } }
  } else {
    const step = listStep(partitionSpec, state.partitions, event, room)
    if (step) return { ...step, state: { ...state, partitions: step.state } }
  }
  return event.kind === 'action' && event.action === 'open' ? { state, effects: opened(state) } : { state }
}

function opened({ tab, topic, partitions, readers }: TopicState): readonly Effect[] {
  if (tab === 'groups') {
    const reader = currentRow(readers.table)
    return reader ? [{ kind: 'open', screen: 'group', argument: reader.group }] : []
  }
  const row = currentRow(partitions.table)
  const from = row?.end ? `${row.partition}=${row.end - 1}` : ''
  return [{ kind: 'open', screen: 'records', argument: topic, given: { from } }]
}

const chartMs = 5 * 60_000

function chartRows({ rows }: ScreenContext): number {
  return rows < 14 ? 0 : Math.min(10, Math.floor(rows / 3))
}

function headRows(context: ScreenContext): number {
  return 2 + chartRows(context)
}

function view(state: TopicState, context: ScreenContext): readonly Line[] {
  const { picture, tab } = state
  if (!picture) return emptyLines(context, 'topic', ['asking the cluster …'])
  const head = [factsLine(picture), ...chartLines(picture, context), []]
  const room = { ...context, rows: context.rows - head.length }
  return tab === 'groups'
    ? [
        ...head,
        ...listLines(readerSpec, state.readers, room, {
          kind: 'topic',
          whenEmpty: ['no group has committed offsets of it'],
        }),
      ]
    : [...head, ...listLines(partitionSpec, state.partitions, room, { kind: 'topic', whenEmpty: ['no partitions'] })]
}

function factsLine({ partitions, readers, bytes, retentionMs, cleanup }: TopicPicture): Line {
  const counts = partitions.map(({ records }) => records)
  const records = counts.some(count => count === null)
    ? null
    : counts.reduce<number>((sum, count) => sum + (count ?? 0), 0)
  const facts: readonly (readonly [string, string])[] = [
    ['partitions', String(partitions.length)],
    ['records', shortCount(records)],
    ['size', shortBytes(bytes)],
    ['kept', shortDuration(retentionMs)],
    ['cleanup', cleanup ?? '-'],
    ['groups', shortCount(readers?.length ?? null)],
  ]
  return facts.flatMap(([name, text]): Line => [{ text: ` ${name} `, look: 'dim' }, { text: `${text} ` }])
}

/** What comes in beside what groups read. */
function chartLines({ inRates, outRates }: TopicPicture, context: ScreenContext): readonly Line[] {
  const rows = chartRows(context)
  if (rows === 0) return []
  const { columns, nowMs } = context
  const half = Math.floor(columns / 2)
  const chart = (title: string, points: TopicPicture['inRates'], width: number): readonly Line[] =>
    timeChartLines({ title, points, untilMs: nowMs, spanMs: chartMs, format: shortRate }, { columns: width, rows })
  const left = chart('in', inRates, half)
  const right = chart('out', outRates, columns - half)
  return left.map((line, at) => spreadLine(line, spreadLine(right[at] ?? [], [], columns - half), columns))
}

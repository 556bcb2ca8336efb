import { sparkline } from '../charts/sparkline.ts'
import { shortBytes, shortCount, shortDuration, shortRate } from '../components/amounts.ts'
import {
  currentRow,
  emptyTable,
  moveTable,
  type TableSpec,
  type TableState,
  tableActions,
  tableLines,
  withFilter,
  withRows,
} from '../components/table.ts'
import { emptyLines, troubleLines } from '../components/trouble.ts'
import type { TopicRow } from '../data/topic-rows.ts'
import type { ActionName } from '../keymap.ts'
import { defineScreen, type Effect, type ScreenContext, type ScreenEvent, type Step } from '../screen.ts'
import type { TopicFacts } from '../works/topic-works.ts'
import { produceEffect, produceForm } from './record-forms.ts'
import { alterEffect, alterForm, createEffect, createForm } from './topic-forms.ts'

interface TopicsState {
  readonly table: TableState<TopicRow>
  /** Everything that was told; undefined before the first time. */
  readonly all: readonly TopicRow[] | undefined
  readonly showsInternal: boolean
  readonly filters: readonly string[]
  /** What the form that alters a topic began with. */
  readonly altered: TopicFacts | undefined
}

const historyWidth = 10

const spec: TableSpec<TopicRow> = {
  key: ({ name }) => name,
  filterText: ({ name }) => name,
  columns: [
    {
      title: 'TOPIC',
      value: row => row.name,
      look: row =>
        row.leaderless > 0 ? 'bad' : row.underReplicated > 0 ? 'warning' : row.isInternal ? 'dim' : 'plain',
      width: 20,
      grows: true,
    },
    { title: 'PARTS', value: row => row.partitions, align: 'right', width: 6, rank: 2 },
    {
      title: 'RECORDS',
      value: row => row.records,
      text: row => shortCount(row.records),
      align: 'right',
      width: 8,
      rank: 1,
    },
    { title: 'SIZE', value: row => row.bytes, text: row => shortBytes(row.bytes), align: 'right', width: 7, rank: 3 },
    { title: 'IN', value: row => row.inRate, text: row => shortRate(row.inRate), align: 'right', width: 8, rank: 4 },
    {
      title: '',
      value: row => row.inRate,
      text: row => sparkline(row.history, historyWidth),
      look: () => 'chart',
      width: historyWidth,
      rank: 10,
    },
    { title: 'OUT', value: row => row.outRate, text: row => shortRate(row.outRate), align: 'right', width: 8, rank: 6 },
    { title: 'LAG', value: row => row.lag, text: row => shortCount(row.lag), align: 'right', width: 7, rank: 5 },
    { title: 'GROUPS', value: row => row.groups, align: 'right', width: 7, rank: 7 },
    {
      title: 'SKEW',
      value: row => row.skew,
      text: row => (row.skew === null ? '-' : row.skew.toFixed(1)),
      align: 'right',
      width: 6,
      rank: 9,
    },
    {
      title: 'KEPT',
      value: row => row.retentionMs,
      text: row => shortDuration(row.retentionMs),
      align: 'right',
      width: 6,
      rank: 8,
    },
  ],
}

/** Every topic of the cluster, live. */
export const topicsScreen = defineScreen<TopicsState>({
  name: 'topics',
  aliases: ['t'],
  summary: 'topics: sizes, rates, lag',
  open: () => ({ table: emptyTable(), all: undefined, showsInternal: false, filters: [], altered: undefined }),
  title: () => 'Topics',
  status: ({ table, all, showsInternal }) => {
    if (!all) return ''
    const { shown: found, rows } = table
    const shown = `${found.length}${found.length === rows.length ? '' : ` of ${rows.length}`}`
    return `${shown}${table.filter ? ` /${table.filter}` : ''}${showsInternal ? ' with internal' : ''}`
  },
  actions: [
    'open',
    'describe',
    'filter',
    'create',
    'edit',
    'produce',
    'delete',
    'internal',
    'copy',
    ...tableActions,
    'back',
  ],
  names: ({ all }) => ({ topic: (all ?? []).map(({ name }) => name) }),
  sources: () => [{ kind: 'topics' }],
  update,
  view: (state, context) => {
    if (!state.all) return emptyLines(context, 'topics', ['asking the cluster …'])
    const trouble = troubleLines(context, 'topics')
    if (state.table.shown.length === 0) return [...trouble, ...nothingHere(state)]
    return [...trouble, ...tableLines(spec, state.table, { ...context, rows: context.rows - trouble.length })]
  },
})

function nothingHere({ table, all, showsInternal }: TopicsState): ReturnType<typeof emptyLines> {
  const hidden = (all ?? []).filter(({ isInternal }) => isInternal).length
  const texts = table.filter
    ? [`no topic matches /${table.filter}`, 'esc: show all']
    : ['there are no topics', 'n: create one', ...(hidden > 0 && !showsInternal ? [`i: show ${hidden} internal`] : [])]
  return ['', ...texts].map(text => [{ text: ` ${text}`, look: 'dim' }])
}

function update(state: TopicsState, event: ScreenEvent, context: ScreenContext): Step<TopicsState> {
  switch (event.kind) {
    case 'data':
      return { state: listed({ ...state, all: event.data as readonly TopicRow[] }) }
    case 'answer':
      // Given up: everything is shown again.
      if (event.text === undefined) return { state: filtered(state, '') }
      return { state: { ...filtered(state, event.text), filters: remembered(state.filters, event.text) } }
    case 'typed':
      return { state: filtered(state, event.text ?? '') }
    case 'submitted':
      return { state, effects: [submitted(state, event.id, event.values)] }
    case 'done':
      return done(state, event)
    case 'action':
      return action(state, event, context)
    default:
      return { state }
  }
}

function action(
  state: TopicsState,
  event: Extract<ScreenEvent, { kind: 'action' }>,
  context: ScreenContext,
): Step<TopicsState> {
  const table = moveTable(spec, state.table, event, context)
  if (table) return { state: { ...state, table } }
  const row = currentRow(state.table)
  const effects = (...wanted: readonly Effect[]): Step<TopicsState> => ({ state, effects: wanted })
  switch (event.action) {
    case 'filter':
      return effects({
        kind: 'ask',
        question: { id: 'filter', label: '/', text: '', history: state.filters, isLive: true },
      })
    case 'internal':
      return { state: listed({ ...state, showsInternal: !state.showsInternal }) }
    case 'open':
      return row ? effects({ kind: 'open', screen: 'records', argument: row.name }) : { state }
    case 'back':
      return { state: state.table.filter === '' ? state : filtered(state, '') }
    case 'create':
      return effects({ kind: 'form', form: createForm })
    default:
      return row ? effects(...rowEffects(row, event.action)) : { state }
  }
}

/** What a key does to the topic that the cursor is on. */
function rowEffects({ name, records, groups }: TopicRow, action: ActionName): readonly Effect[] {
  switch (action) {
    case 'edit':
      return [{ kind: 'work', work: { kind: 'readTopic', changes: false, name } }]
    case 'produce': {
      const form = produceForm(name)
      return form ? [{ kind: 'form', form: { ...form, id: `produce:${name}` } }] : []
    }
    case 'describe':
      return [{ kind: 'open', screen: 'topic', argument: name }]
    case 'copy':
      return [{ kind: 'copy', text: name, what: 'the name' }]
    case 'delete': {
      const about = [
        records ? `${records} records are lost` : 'its records are lost',
        ...(groups ? [`${groups} ${groups === 1 ? 'group reads' : 'groups read'} it`] : []),
      ]
      return [
        {
          kind: 'confirm',
          confirmation: {
            title: `Delete topic ${name}?`,
            lines: [about.join('; ')],
            word: name,
            work: { kind: 'deleteTopic', changes: true, name },
          },
        },
      ]
    }
    default:
      return []
  }
}

function submitted(state: TopicsState, id: string, values: Readonly<Record<string, string>>): Effect {
  if (id === 'create') return createEffect(values)
  if (id.startsWith('alter:') && state.altered) return alterEffect(state.altered, values)
  return produceEffect(id.slice('produce:'.length), values)
}

/** What can be altered about a topic was read: now it can be asked for. */
function done(state: TopicsState, { work, result }: Extract<ScreenEvent, { kind: 'done' }>): Step<TopicsState> {
  if (work.kind !== 'readTopic') return { state }
  const facts = result as TopicFacts
  return { state: { ...state, altered: facts }, effects: [{ kind: 'form', form: alterForm(facts) }] }
}

function listed(state: TopicsState): TopicsState {
  const rows = (state.all ?? []).filter(({ isInternal }) => state.showsInternal || !isInternal)
  return { ...state, table: withRows(spec, state.table, rows) }
}

function filtered(state: TopicsState, filter: string): TopicsState {
  return { ...state, table: withFilter(spec, state.table, filter) }
}

function remembered(filters: readonly string[], filter: string): readonly string[] {
  return filter === '' ? filters : [...filters.filter(other => other !== filter), filter].slice(-100)
}

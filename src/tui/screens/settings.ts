import { cellWidth, printable } from '../cells.ts'
import { emptyList, type ListState, listLines, listStatus, listStep, listWith } from '../components/list.ts'
import { currentRow, type TableSpec, tableActions } from '../components/table.ts'
import type { Setting, SettingOwnerKind } from '../data/settings-source.ts'
import type { Line } from '../line.ts'
import { defineScreen, type Effect, type ScreenContext, type ScreenEvent, type Step } from '../screen.ts'
import type { AlterSettingWork } from '../works/cluster-works.ts'

/** Whose settings to show. */
export interface OpenSettings {
  readonly ownerKind: SettingOwnerKind
  readonly owner: string
}

interface SettingsState extends OpenSettings {
  readonly list: ListState<Setting>
  /** Also what has its default. */
  readonly showsDefaults: boolean
}

const spec: TableSpec<Setting> = {
  key: ({ name }) => name,
  filterText: ({ name, value }) => `${name} ${value ?? ''}`,
  columns: [
    { title: 'SETTING', value: row => row.name, look: lookOf, width: 24, grows: true },
    { title: 'VALUE', value: row => row.value, text: valueText, look: lookOf, width: 24, rank: 1 },
    { title: 'FROM', value: row => row.source, look: lookOf, width: 8, rank: 2 },
    { title: 'TYPE', value: row => row.type, look: () => 'dim', width: 8, rank: 4 },
    {
      title: 'CHANGE',
      value: row => (row.isReadOnly ? 'restart' : 'live'),
      look: () => 'dim',
      width: 7,
      rank: 3,
    },
  ],
}

const documentationRows = 4

/** Settings of a broker, a topic or all brokers, with where each value comes from. */
export const settingsScreen = defineScreen<SettingsState>({
  name: 'config',
  aliases: ['settings', 'configs'],
  summary: 'settings with their sources: :config, :config TOPIC, :config broker 1',
  open: ({ argument, given }) => ({
    ...((given as OpenSettings | undefined) ?? ownerOf(argument)),
    list: emptyList(),
    showsDefaults: true,
  }),
  title: ({ ownerKind, owner }) => (owner === '' ? 'all brokers' : `${ownerKind} ${owner} settings`),
  status: ({ list, showsDefaults }) => `${listStatus(list)}${showsDefaults ? '' : ' without defaults'}`,
  actions: ['edit', 'delete', 'filter', 'internal', 'copy', ...tableActions, 'back'],
  sources: ({ ownerKind, owner }) => [{ kind: 'settings', ownerKind, owner }],
  update,
  view,
})

/** `broker 1`, `topic web`, the name of a topic, or nothing for what all brokers share. */
function ownerOf(argument = ''): OpenSettings {
  const [, kind, name] = /^(broker|topic|group)s?\s+(\S+)$/.exec(argument.trim()) ?? []
  if (kind !== undefined && name !== undefined) return { ownerKind: kind as SettingOwnerKind, owner: name }
  return argument.trim() === '' ? { ownerKind: 'broker', owner: '' } : { ownerKind: 'topic', owner: argument.trim() }
}

function update(state: SettingsState, event: ScreenEvent, context: ScreenContext): Step<SettingsState> {
  const shown = (next: SettingsState, all: readonly Setting[]): SettingsState => ({
    ...next,
    list: listWith(spec, next.list, all, ({ source }) => next.showsDefaults || source !== 'default'),
  })
  if (event.kind === 'data') return { state: shown(state, event.data as readonly Setting[]) }
  if (event.kind === 'done') return { state, effects: [{ kind: 'refresh' }] }
  const step = listStep(spec, state.list, event, { ...context, rows: context.rows - documentationRows })
  if (step) return { ...step, state: { ...state, list: step.state } }
  const row = currentRow(state.list.table)
  if (event.kind === 'submitted') return { state, effects: [alterEffect(state, event.id, event.values.value ?? '')] }
  if (event.kind !== 'action') return { state }
  if (event.action === 'internal') {
    return { state: shown({ ...state, showsDefaults: !state.showsDefaults }, state.list.all ?? []) }
  }
  return row ? { state, effects: rowEffects(state, row, event.action) } : { state }
}

function rowEffects(state: SettingsState, row: Setting, action: string): readonly Effect[] {
  const isFixed = row.isReadOnly && action !== 'copy'
  if (isFixed && (action === 'edit' || action === 'delete')) {
    return [
      { kind: 'flash', text: `${row.name} is read when a broker starts: it cannot be changed here`, look: 'warning' },
    ]
  }
  switch (action) {
    case 'edit': {
      const help = row.documentation ? printable(row.documentation).slice(0, 300) : `type: ${row.type}`
      const field = { name: 'value', label: 'Value', value: row.value ?? '', help }
      return [{ kind: 'form', form: { id: row.name, title: `Change ${row.name}`, fields: [field] } }]
    }
    case 'delete': {
      const work = alterWork(state, row.name, null)
      const lines = [`it goes back to what holds without it: ${inheritedText(row)}`]
      return [{ kind: 'confirm', confirmation: { title: `Take back ${row.name}=${row.value ?? ''}?`, lines, work } }]
    }
    case 'copy':
      return [{ kind: 'copy', text: `${row.name}=${row.value ?? ''}`, what: 'the setting' }]
    default:
      return []
  }
}

function alterEffect(state: SettingsState, name: string, value: string): Effect {
  return { kind: 'work', work: alterWork(state, name, value) }
}

function alterWork({ ownerKind, owner }: OpenSettings, name: string, value: string | null): AlterSettingWork {
  return { kind: 'alterSetting', changes: true, ownerKind, owner, name, value }
}

function inheritedText({ synonyms }: Setting): string {
  const [, next] = synonyms
  return next ? `${next.value ?? 'not set'} (${next.source})` : "the brokers' default"
}

function view(state: SettingsState, context: ScreenContext): readonly Line[] {
  const rows = context.rows - documentationRows
  const whenEmpty = state.showsDefaults ? ['there are no settings'] : ['nothing was set', 'i: show the defaults, too']
  const table = listLines(spec, state.list, { ...context, rows }, { kind: 'settings', whenEmpty })
  const row = currentRow(state.list.table)
  if (!row) return table
  const blank = Array.from({ length: Math.max(0, rows - table.length) }, (): Line => [])
  return [...table, ...blank, ...aboutLines(row, context.columns)]
}

/** What the setting under the cursor is for, and what it overrides. */
function aboutLines(row: Setting, columns: number): readonly Line[] {
  const others = row.synonyms
    .slice(1)
    .map(({ name, value, source }) => `${source}: ${name === row.name ? '' : `${name}=`}${value ?? 'not set'}`)
  const overrides =
    others.length > 0
      ? `${printable(valueText(row))}  (before ${printable(others.join(', '))})`
      : printable(valueText(row))
  const documentation = wrappedWords(row.documentation ?? '', columns - 2).slice(0, documentationRows - 2)
  return [
    [{ text: '─'.repeat(columns), look: 'dim' }],
    [{ text: ` ${overrides}` }],
    ...documentation.map((text): Line => [{ text: ` ${text}`, look: 'dim' }]),
  ]
}

/** Without the HTML that Kafka's explanations have, broken between words. */
function wrappedWords(text: string, width: number): readonly string[] {
  const lines: string[] = []
  for (const word of printable(text.replace(/<\/?[a-z]+[^>]*>/g, '').replace(/\s+/g, ' ')).split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && cellWidth(last) + cellWidth(word) < width) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}

function valueText({ value, isSensitive }: Setting): string {
  if (isSensitive) return '(secret)'
  return value === null ? '-' : value === '' ? '(empty)' : value
}

function lookOf({ source }: Setting): 'dim' | 'plain' {
  return source === 'default' ? 'dim' : 'plain'
}

import { shortCount, shortRate } from '../components/amounts.ts'
import { completeFilter, readRecordFilter } from '../components/record-filter.ts'
import { emptyLines, troubleLines } from '../components/trouble.ts'
import type { RecordsPage, RecordsQuestion, TailPicture } from '../data/record-questions.ts'
import type { ActionName } from '../keymap.ts'
import { type Line, line } from '../line.ts'
import type { RecordRow, WholeRecord } from '../record-row.ts'
import { defineScreen, type Effect, type ScreenContext, type ScreenEvent, type Step } from '../screen.ts'
import type { Source } from '../source.ts'
import { copyEffects, editEffect, type OpenRecord } from './record.ts'
import { exportName } from './record-export.ts'
import { editedEffect, produceEffect, produceForm } from './record-forms.ts'
import { progressText, recordListLines } from './records-view.ts'
import { isAtEnd, isSame, moveCursor, pageArrived, type RecordsWindow, windowAt } from './records-window.ts'

/** The newest records as they come, and what is shown of them. */
interface Tail {
  readonly picture: TailPicture | undefined
  /** What is shown: the newest while the cursor follows, else what was there when it stopped. */
  readonly rows: readonly RecordRow[]
  readonly follows: boolean
  readonly cursor: number
  readonly top: number
  /** `seen` when the rows were last taken. */
  readonly seenBefore: number
}

interface RecordsState {
  readonly topic: string
  readonly window: RecordsWindow
  /** Set while records are shown as they come. */
  readonly tail: Tail | undefined
  /** The filter as it was typed, and as the questions hold it. */
  readonly filter: string
  readonly where: string
  readonly filters: readonly string[]
  readonly isStopped: boolean
  /** Characters of the values that are passed over. */
  readonly left: number
  /** Questions that were asked: each gets a number. */
  readonly asked: number
}

const tailCount = 1_000
const leftStep = 20
const emptyTail: Tail = { picture: undefined, rows: [], follows: true, cursor: 0, top: 0, seenBefore: 0 }

/** The records of a topic: newest first in pages, or live. */
export const recordsScreen = defineScreen<RecordsState>({
  name: 'records',
  aliases: ['rec', 'r'],
  summary: 'records of a topic: newest first, or live',
  argument: 'topic',
  open: ({ argument = '', given }) => ({
    topic: argument,
    window: windowAt(argument, (given as { readonly from?: string } | undefined)?.from ?? '', '', 1),
    tail: undefined,
    ...{ filter: '', where: '', filters: [], isStopped: false, left: 0, asked: 1 },
  }),
  title: ({ topic }) => topic,
  status: statusText,
  actions: [
    ...([
      'open',
      'filter',
      'live',
      'follow',
      'jump',
      'produce',
      'again',
      'edit',
      'copy',
      'export',
      'describe',
      'cancel',
    ] as const),
    ...(['up', 'down', 'left', 'right', 'pageUp', 'pageDown', 'top', 'bottom', 'back'] as const),
  ],
  sources: sourcesOf,
  // Whoever went through the records one by one finds the cursor where they stopped.
  returned: (state, { screen, state: opened }) => (screen === 'record' ? cursorOn(state, opened as OpenRecord) : state),
  update,
  complete: (state, id, text) => (id === 'filter' ? completeFilter(text, rowsOf(state)) : completeJump(text)),
  view,
})

function sourcesOf({ topic, window, tail, where, isStopped }: RecordsState): readonly Source[] {
  if (tail) return [{ kind: 'tail', topic, count: tailCount, where }]
  return isStopped ? [] : [window.asked]
}

function rowsOf({ window, tail }: RecordsState): readonly RecordRow[] {
  return tail ? tail.rows : window.rows
}

function cursorOf({ window, tail }: RecordsState): number {
  return tail ? tail.cursor : window.cursor
}

function cursorOn(state: RecordsState, { places, at }: OpenRecord): RecordsState {
  const place = places[at]
  const found = rowsOf(state).findIndex(row => row.partition === place?.partition && row.offset === place.offset)
  if (found < 0) return state
  const { tail, window } = state
  return tail ? { ...state, tail: { ...tail, cursor: found } } : { ...state, window: { ...window, cursor: found } }
}

function completeJump(text: string): readonly string[] {
  return ['start', 'end', '@-10m', '@-1h', '@-1d'].filter(word => word.startsWith(text))
}

function statusText(state: RecordsState): string {
  const filter = state.filter === '' ? '' : ` /${state.filter}`
  if (state.tail) {
    const { picture, follows, seenBefore } = state.tail
    if (!picture) return `live${filter}`
    const more = picture.seen - seenBefore
    const held = follows ? '' : ` held${more > 0 ? `, ${shortCount(more)} more came` : ''} (f: follow)`
    const skipped = picture.skipped > 0 ? ` ${shortCount(picture.skipped)} passed over` : ''
    return `live ${picture.rate < 0.05 ? '0/s' : shortRate(picture.rate)} ${shortCount(picture.seen)} seen${skipped}${held}${filter}`
  }
  const { answer, rows, cursor } = state.window
  const arrived = answer && answer.arrived > 0 ? ` ${shortCount(answer.arrived)} new (g)` : ''
  const place = rows.length > 0 ? `${cursor + 1} of ${rows.length}${isAtEnd(state.window, 'older') ? '' : '+'}` : ''
  return `${place}${arrived}${filter}`
}

function view(state: RecordsState, context: ScreenContext): readonly Line[] {
  const { window, tail, left } = state
  const kind = tail ? 'tail' : 'records'
  const rows = rowsOf(state)
  const trouble = troubleLines(context, kind)
  const search = searchLines(state)
  if (rows.length === 0) return trouble.length > 0 ? [[], ...trouble] : [...search, ...nothingHere(state, context)]
  const list = tail
    ? { rows, cursor: tail.cursor, top: tail.top, left }
    : { rows, cursor: window.cursor, top: window.top, left }
  const said = [...trouble, ...search]
  return [...said, ...recordListLines(list, { ...context, rows: Math.max(2, context.rows - said.length) })]
}

/** A line about a search while it goes on, and what the records made of the filter. */
function searchLines({ window, where, tail, isStopped }: RecordsState): readonly Line[] {
  const failure = tail ? tail.picture?.failure : window.answer?.progress.failure
  const failed: readonly Line[] = failure ? [line(` ${failure}`, 'warning')] : []
  if (tail?.picture?.notice) return [line(` ${tail.picture.notice}`, 'warning'), ...failed]
  if (tail || where === '' || !window.answer) return failed
  const { progress } = window.answer
  if (isStopped) return [line(` stopped: ${progressText(progress)}; / searches again`, 'warning'), ...failed]
  if (progress.isDone) return failed
  return [line(` ${progressText(progress)}; ctrl-x stops`, 'accent'), ...failed]
}

function nothingHere(state: RecordsState, context: ScreenContext): readonly Line[] {
  const { tail, window, filter } = state
  if (tail) return emptyLines(context, 'tail', ['waiting for records …', ...(filter ? [`that match /${filter}`] : [])])
  if (state.isStopped) return emptyLines(context, 'records', ['nothing was found so far', 'esc: show all'])
  if (!window.answer?.progress.isDone) {
    return emptyLines(context, 'records', [filter === '' ? 'reading …' : 'nothing found yet'])
  }
  if (filter !== '') return emptyLines(context, 'records', [`no record matches /${filter}`, 'esc: show all'])
  return emptyLines(context, 'records', ['there are no records here', 'p: produce one; l: wait for them'])
}

function update(state: RecordsState, event: ScreenEvent, context: ScreenContext): Step<RecordsState> {
  switch (event.kind) {
    case 'data':
      return { state: arrived(state, event.source, event.data) }
    case 'answer':
      return event.text === undefined ? { state } : answered(state, event.id, event.text)
    case 'submitted':
      return { state, effects: [produceEffect(state.topic, event.values)] }
    case 'done':
      return { state, effects: readEffects(event, context) }
    case 'edited':
      return { state, effects: [editedEffect(state.topic, event.text)] }
    case 'action':
      return action(state, event.action, context)
    default:
      return { state }
  }
}

/** What is done with a record that was read as a whole. */
function readEffects(
  { work, result }: Extract<ScreenEvent, { kind: 'done' }>,
  context: ScreenContext,
): readonly Effect[] {
  if (work.kind !== 'readRecord') return []
  const record = result as WholeRecord
  return work.purpose === 'copy' ? copyEffects(record) : [editEffect(record, context)]
}

function arrived(state: RecordsState, source: Source, data: unknown): RecordsState {
  if (source.kind === 'records') {
    return { ...state, window: pageArrived(state.window, source as RecordsQuestion, data as RecordsPage) }
  }
  const { tail } = state
  if (source.kind !== 'tail' || !tail) return state
  const picture = data as TailPicture
  if (!tail.follows && tail.rows.length > 0) return { ...state, tail: { ...tail, picture } }
  return { ...state, tail: { ...tail, picture, rows: picture.rows, cursor: 0, top: 0, seenBefore: picture.seen } }
}

function answered(state: RecordsState, id: string, text: string): Step<RecordsState> {
  if (id === 'filter') return filtered(state, text)
  if (id === 'jump') {
    return text.trim() === '' ? { state } : { state: asking({ ...state, tail: undefined }, text.trim()) }
  }
  const file = text.trim()
  const places = rowsOf(state).map(({ partition, offset }) => ({ partition, offset }))
  if (file === '') return { state }
  return {
    state,
    effects: [{ kind: 'work', work: { kind: 'exportRecords', changes: false, topic: state.topic, places, file } }],
  }
}

function filtered(state: RecordsState, text: string): Step<RecordsState> {
  const read = readRecordFilter(text)
  if ('error' in read) return { state, effects: [{ kind: 'flash', text: read.error, look: 'bad' }] }
  const filter = text.trim()
  const filters =
    filter === '' ? state.filters : [...state.filters.filter(other => other !== filter), filter].slice(-100)
  const next = { ...state, filter, where: read.where, filters }
  return { state: state.tail ? { ...next, tail: emptyTail } : asking(next, '') }
}

/** Begins to read somewhere else. */
function asking(state: RecordsState, from: string): RecordsState {
  const asked = state.asked + 1
  return { ...state, asked, isStopped: false, window: windowAt(state.topic, from, state.where, asked) }
}

function action(state: RecordsState, name: ActionName, context: ScreenContext): Step<RecordsState> {
  const moved = moves(state, name, context)
  if (moved) return { state: moved }
  switch (name) {
    case 'filter':
      return {
        state,
        effects: [{ kind: 'ask', question: { id: 'filter', label: '/', text: state.filter, history: state.filters } }],
      }
    case 'jump': {
      const label = 'offset, @time, @-10m, start, end, or partition=offset: '
      return { state, effects: [{ kind: 'ask', question: { id: 'jump', label, text: '', history: [] } }] }
    }
    case 'live':
      return { state: state.tail ? asking({ ...state, tail: undefined }, '') : { ...state, tail: emptyTail } }
    case 'follow':
      return { state: followed(state) }
    case 'cancel':
      return {
        state: { ...state, isStopped: state.tail === undefined && state.window.answer?.progress.isDone !== true },
      }
    case 'back':
      return { state: state.filter === '' ? state : (filtered(state, '').state ?? state) }
    case 'open':
    case 'describe':
      return { state: held(state), effects: rowEffects(state, name) }
    default:
      return { state, effects: rowEffects(state, name) }
  }
}

/** The list stays as it is while one of its records is looked at. */
function held(state: RecordsState): RecordsState {
  return state.tail ? { ...state, tail: { ...state.tail, follows: false } } : state
}

function followed(state: RecordsState): RecordsState {
  const { tail } = state
  if (!tail) return { ...state, tail: emptyTail }
  if (tail.follows) return { ...state, tail: { ...tail, follows: false } }
  const { picture } = tail
  const rows = picture?.rows ?? []
  return { ...state, tail: { ...tail, rows, follows: true, cursor: 0, top: 0, seenBefore: picture?.seen ?? 0 } }
}

/** Where a key moves the cursor to; nothing for other keys. */
function moves(state: RecordsState, name: ActionName, context: ScreenContext): RecordsState | undefined {
  const screenRows = Math.max(1, context.rows - 1)
  const page = Math.max(1, screenRows - 1)
  const at = cursorOf(state)
  switch (name) {
    case 'up':
      return movedTo(state, at - 1, screenRows)
    case 'down':
      return movedTo(state, at + 1, screenRows)
    case 'pageUp':
      return movedTo(state, at - page, screenRows)
    case 'pageDown':
      return movedTo(state, at + page, screenRows)
    case 'top':
      // The newest are asked for again: there may be newer ones.
      return state.tail ? followed({ ...state, tail: { ...state.tail, follows: false } }) : asking(state, '')
    case 'bottom':
      return state.tail ? movedTo(state, state.tail.rows.length - 1, screenRows) : asking(state, 'start')
    case 'left':
      return { ...state, left: Math.max(0, state.left - leftStep) }
    case 'right':
      return { ...state, left: Math.min(state.left + leftStep, longestValue(state)) }
    default:
      return undefined
  }
}

function longestValue(state: RecordsState): number {
  return Math.max(0, ...rowsOf(state).map(({ value }) => (value?.length ?? 0) - leftStep))
}

/** Whoever moves away from the newest record holds the picture: otherwise it would run away under the cursor. */
function movedTo(state: RecordsState, cursor: number, screenRows: number): RecordsState {
  const { tail, window } = state
  if (!tail) return { ...state, window: moveCursor(window, cursor, screenRows) }
  const at = Math.max(0, Math.min(cursor, tail.rows.length - 1))
  const top = Math.min(Math.max(tail.top, at - screenRows + 1), at)
  return { ...state, tail: { ...tail, cursor: at, top, follows: tail.follows && at === 0 } }
}

/** What a key does to the record that the cursor is on, or to all that are shown. */
function rowEffects(state: RecordsState, name: ActionName): readonly Effect[] {
  const rows = rowsOf(state)
  const row = rows[cursorOf(state)]
  if (name === 'produce') {
    const form = produceForm(state.topic)
    return form ? [{ kind: 'form', form }] : []
  }
  if (!row) return []
  const { topic } = state
  const { partition, offset } = row
  switch (name) {
    case 'open':
    case 'describe': {
      const given: OpenRecord = {
        topic,
        places: rows.map(other => ({ partition: other.partition, offset: other.offset })),
        at: rows.findIndex(other => isSame(other, row)),
      }
      return [{ kind: 'open', screen: 'record', given }]
    }
    case 'copy':
    case 'edit': {
      const work = { kind: 'readRecord', changes: false, topic, partition, offset, purpose: name }
      return [{ kind: 'work', work }]
    }
    case 'export': {
      const text = exportName(topic, `${rows.length}-records`)
      return [
        { kind: 'ask', question: { id: 'export', label: `write ${rows.length} records to: `, text, history: [] } },
      ]
    }
    case 'again': {
      const work = { kind: 'produceAgain', changes: true, topic, partition, offset }
      const lines = ['the same key, value and headers; a new offset and time']
      return [
        {
          kind: 'confirm',
          confirmation: { title: `Produce record ${partition}:${offset} again to ${topic}?`, lines, work },
        },
      ]
    }
    default:
      return []
  }
}

import { shortBytes } from '../components/amounts.ts'
import { type RecordMode, recordLines, recordModes } from '../components/record-lines.ts'
import { emptyLines } from '../components/trouble.ts'
import type { ActionName } from '../keymap.ts'
import { fitLine, type Line, textOf } from '../line.ts'
import type { WholeRecord } from '../record-row.ts'
import { defineScreen, type Effect, type ScreenContext, type ScreenEvent, type Step } from '../screen.ts'
import type { NewRecord } from '../works/produce-record.ts'
import { exportBytes, exportName } from './record-export.ts'
import { editedEffect, editorText, produceEffect, produceForm, produceWorkOf } from './record-forms.ts'

/** Where a record is. */
export interface RecordPlace {
  readonly partition: number
  readonly offset: number
}

/** What the list hands over: its records in the order that they stand there, and which of them is opened. */
export interface OpenRecord {
  readonly topic: string
  readonly places: readonly RecordPlace[]
  readonly at: number
}

interface RecordState extends OpenRecord {
  /** As it was read; null: it is not there any more; undefined: not read yet. */
  readonly record: WholeRecord | null | undefined
  readonly mode: RecordMode
  readonly wraps: boolean
  readonly top: number
  readonly left: number
}

const leftStep = 20

/** One record with everything in it. */
export const recordScreen = defineScreen<RecordState>({
  name: 'record',
  aliases: [],
  summary: 'one record',
  isInner: true,
  open: ({ given }) => ({ ...(given as OpenRecord), record: undefined, mode: 'json', wraps: true, top: 0, left: 0 }),
  title: state => `${placeOf(state).partition}:${placeOf(state).offset}`,
  status: ({ at, places, mode }) => `${at + 1} of ${places.length}, ${mode}`,
  actions: [
    ...(['mode', 'copy', 'export', 'again', 'edit', 'next', 'previous', 'wrap', 'produce'] as const),
    ...(['up', 'down', 'left', 'right', 'pageUp', 'pageDown', 'top', 'bottom'] as const),
  ],
  sources: state => [{ kind: 'record', topic: state.topic, ...placeOf(state) }],
  update,
  view: (state, context) => {
    const { record } = state
    if (record === null)
      return emptyLines(context, 'record', ['this record is not there any more', 'ctrl-n, ctrl-p: others'])
    if (record === undefined) return emptyLines(context, 'record', ['reading it …'])
    const lines = linesOf(state, record, context).slice(state.top, state.top + context.rows)
    return state.left === 0 ? lines : lines.map(spans => scrolledLine(spans, state.left, context.columns))
  },
})

function placeOf({ places, at }: OpenRecord): RecordPlace {
  return places[at] ?? { partition: 0, offset: 0 }
}

function linesOf(state: RecordState, record: WholeRecord, { columns }: ScreenContext): readonly Line[] {
  return recordLines(record, { mode: state.mode, wraps: state.wraps, columns })
}

function scrolledLine(spans: Line, left: number, columns: number): Line {
  // Not in the middle of a character of two units.
  return fitLine(
    [
      {
        text: textOf(spans)
          .slice(left)
          .replace(/^[\udc00-\udfff]/, ' '),
      },
    ],
    columns,
  )
}

function update(state: RecordState, event: ScreenEvent, context: ScreenContext): Step<RecordState> {
  switch (event.kind) {
    case 'data': {
      // The answer for the record before this one may still be on its way.
      const { partition, offset } = placeOf(state)
      const isThis = event.source.partition === partition && event.source.offset === offset
      return { state: isThis ? { ...state, record: event.data as WholeRecord | null } : state }
    }
    case 'submitted':
      return { state, effects: [produceEffect(state.topic, event.values)] }
    case 'edited':
      return { state, effects: [editedEffect(state.topic, event.text)] }
    case 'answer':
      return event.text?.trim() ? exported(state, event.text.trim()) : { state }
    case 'action':
      return action(state, event.action, context)
    default:
      return { state }
  }
}

function action(state: RecordState, name: ActionName, context: ScreenContext): Step<RecordState> {
  switch (name) {
    case 'next':
      return { state: moved(state, 1) }
    case 'previous':
      return { state: moved(state, -1) }
    case 'mode': {
      const mode = recordModes[(recordModes.indexOf(state.mode) + 1) % recordModes.length]!
      return { state: { ...state, mode, top: 0, left: 0 } }
    }
    case 'wrap':
      return { state: { ...state, wraps: !state.wraps, left: 0 } }
    default:
      if (!state.record) return { state }
      return isScroll(name)
        ? { state: scrolled(state, name, linesOf(state, state.record, context).length, context.rows) }
        : { state, effects: recordEffects(state.record, name, context) }
  }
}

/** What a key does with the record as it is. */
function recordEffects(record: WholeRecord, name: ActionName, context: ScreenContext): readonly Effect[] {
  const { topic, partition, offset, key, value, headers } = record
  const again: NewRecord = { key, value, headers, partition: undefined }
  switch (name) {
    case 'copy':
      return copyEffects(record)
    case 'export':
      return [
        {
          kind: 'ask',
          question: {
            id: 'export',
            label: 'write to: ',
            text: exportName(topic, `${partition}-${offset}`),
            history: [],
          },
        },
      ]
    case 'again': {
      const work = produceWorkOf(topic, again)
      if (work.kind !== 'work') return [work]
      const lines = ['the same key, value and headers; a new offset and time']
      const title = `Produce record ${partition}:${offset} again to ${topic}?`
      return [{ kind: 'confirm', confirmation: { title, lines, work: work.work } }]
    }
    case 'edit':
      return [editEffect(record, context)]
    case 'produce': {
      const form = produceForm(topic)
      return form ? [{ kind: 'form', form }] : []
    }
    default:
      return []
  }
}

/** Puts the value into the clipboard. */
export function copyEffects({ value }: WholeRecord): readonly Effect[] {
  if (value === null) return [{ kind: 'flash', text: 'the value is null: nothing to copy', look: 'warning' }]
  return [{ kind: 'copy', text: value.toString(), what: `the value (${shortBytes(value.length)})` }]
}

/** The record in the user's editor, as JSON; without one in a form, which takes text only. */
export function editEffect(record: WholeRecord, context: ScreenContext): Effect {
  const { topic, partition, offset, key, value, headers } = record
  const copy: NewRecord = { key, value, headers, partition: undefined }
  if (context.hasEditor) {
    const fileName = `${topic}-${partition}-${offset}.json`
    return { kind: 'editor', id: 'edit', fileName, text: editorText(copy) }
  }
  const form = produceForm(topic, copy)
  if (form) return { kind: 'form', form }
  return { kind: 'flash', text: 'not all of it is text: set EDITOR to edit it as JSON with base64', look: 'warning' }
}

function exported(state: RecordState, file: string): Step<RecordState> {
  if (!state.record) return { state }
  const bytes = exportBytes([state.record], file)
  return {
    state,
    effects: [{ kind: 'work', work: { kind: 'export', changes: false, file, bytes, what: 'the record' } }],
  }
}

function moved(state: RecordState, step: 1 | -1): RecordState {
  const at = Math.max(0, Math.min(state.places.length - 1, state.at + step))
  return at === state.at ? state : { ...state, at, record: undefined, top: 0, left: 0 }
}

const scrolls = ['up', 'down', 'left', 'right', 'pageUp', 'pageDown', 'top', 'bottom'] as const

function isScroll(name: ActionName): name is (typeof scrolls)[number] {
  return scrolls.includes(name as (typeof scrolls)[number])
}

function scrolled(state: RecordState, name: (typeof scrolls)[number], count: number, rows: number): RecordState {
  const last = Math.max(0, count - rows)
  const page = Math.max(1, rows - 1)
  const tops = { up: -1, down: 1, pageUp: -page, pageDown: page, top: -state.top, bottom: last, left: 0, right: 0 }
  const top = Math.max(0, Math.min(last, state.top + tops[name]))
  const sideways = name === 'left' ? -leftStep : name === 'right' && !state.wraps ? leftStep : 0
  return { ...state, top, left: Math.max(0, state.left + sideways) }
}

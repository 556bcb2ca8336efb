import { loadWidths } from '../../src/tui/cells.ts'
import { frameLines } from '../../src/tui/frame.ts'
import { defaultKeys } from '../../src/tui/keymap.ts'
import { type Size, textOf } from '../../src/tui/line.ts'
import { type Change, type Event, type Model, type ShellEffect, startModel, update } from '../../src/tui/model.ts'
import type { Source } from '../../src/tui/source.ts'

// As in a session after its first screen.
await loadWidths()

/** A model at its beginning. */
export function someModel(options: Partial<Parameters<typeof startModel>[0]> = {}): Model {
  return startModel({
    size: { columns: 80, rows: 24 },
    nowMs: 1_700_000_000_000,
    keys: defaultKeys,
    isReadonly: false,
    hasEditor: false,
    place: '127.0.0.1:9092',
    profiles: ['local', 'production'],
    screen: 'topics',
    ...options,
  })
}

/** The model after events, and all effects on the way. */
export function after(model: Model, ...events: readonly Event[]): Change {
  let change: Change = { model, effects: [] }
  for (const event of events) {
    const next = update(change.model, event)
    change = { model: next.model, effects: [...change.effects, ...next.effects] }
  }
  return change
}

/** Keys, by name; a text in quotes is typed letter by letter: `':' '"topics"' 'enter'`. */
export function keys(...names: readonly string[]): readonly Event[] {
  return names.flatMap(name => {
    const typed = /^"(.*)"$/s.exec(name)?.[1]
    if (typed !== undefined) return [...typed].map(letter => keyOf(letter))
    return [keyOf(name)]
  })
}

function keyOf(name: string): Event {
  const text = name === 'space' || name === ' ' ? ' ' : [...name].length === 1 ? name : ''
  return { kind: 'key', key: { name: name === ' ' ? 'space' : name, text } }
}

export function data(source: Source, value: unknown): Event {
  return { kind: 'data', source, data: value }
}

/** The screen as text, without blanks at the ends of lines. */
export function screenOf(model: Model, size?: Size): readonly string[] {
  return frameLines(size ? { ...model, size } : model).map(spans => textOf(spans).trimEnd())
}

export function effectsOf(change: Change): readonly ShellEffect['effect'][] {
  return change.effects.map(({ effect }) => effect)
}

export function topicRow(name: string, more: Record<string, unknown> = {}) {
  return {
    ...{ name, isInternal: false, partitions: 3, leaderless: 0, underReplicated: 0, records: 1_234, bytes: 5_000_000 },
    ...{ inRate: 12.5, outRate: 3, history: [1, 2, 3], skew: 1.2, retentionMs: 604_800_000, groups: 2, lag: 17 },
    ...more,
  }
}

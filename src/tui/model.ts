import { unreachable } from '../base/errors.ts'
import { type ActionName, actionOf, bindingOf, type Keys } from './keymap.ts'
import type { Key } from './keys.ts'
import type { Size } from './line.ts'
import { commandLine, type Overlay, overlayEvent, overlayOf } from './overlay.ts'
import type { Effect, Screen, ScreenContext, ScreenEvent, Trouble } from './screen.ts'
import { screenCalled } from './screens/registry.ts'
import { type Source, sourceKey } from './source.ts'
import type { Work } from './work.ts'

/** A screen that is open, with its state. */
export interface Opened {
  readonly id: number
  readonly screen: Screen
  readonly state: unknown
}

export interface Flash {
  readonly text: string
  readonly look: 'good' | 'warning' | 'bad'
  readonly untilMs: number
}

/** Everything that the screen shows follows from this. */
export interface Model {
  readonly size: Size
  readonly nowMs: number
  readonly keys: Keys
  readonly isReadonly: boolean
  readonly hasEditor: boolean
  /** Which cluster: a profile's name or addresses. */
  readonly place: string
  readonly profiles: readonly string[]
  /** The way here: esc goes back. Never empty. */
  readonly stack: readonly Opened[]
  readonly nextId: number
  /** What lies over the screen and has the keys: a line that is typed, a form, a confirmation. */
  readonly overlay: Overlay | undefined
  readonly flash: Flash | undefined
  /** Of sources, by key. */
  readonly troubles: Readonly<Record<string, Trouble>>
  /** Commands that were typed, oldest first. */
  readonly commands: readonly string[]
}

/** Everything that happens. */
export type Event =
  | { readonly kind: 'key'; readonly key: Key }
  | { readonly kind: 'paste'; readonly text: string }
  | { readonly kind: 'resize'; readonly size: Size }
  /** Time goes on; the shell sends it before other events and now and then. */
  | { readonly kind: 'tick'; readonly nowMs: number }
  | { readonly kind: 'data'; readonly source: Source; readonly data: unknown }
  | { readonly kind: 'trouble'; readonly source: Source; readonly trouble: Trouble }
  | {
      readonly kind: 'done'
      readonly from: number
      readonly work: Work
      readonly message?: string
      readonly result?: unknown
    }
  | { readonly kind: 'failed'; readonly message: string; readonly hint?: string }
  | { readonly kind: 'edited'; readonly from: number; readonly id: string; readonly text: string }
  | { readonly kind: 'flash'; readonly text: string; readonly look?: Flash['look'] }
  /** Another cluster: everything begins anew. */
  | { readonly kind: 'place'; readonly place: string }

/** An effect for the shell, and the screen that wants it. */
export interface ShellEffect {
  readonly effect: Effect
  /** Of the opened screen. */
  readonly from: number
}

export interface Change {
  readonly model: Model
  readonly effects: readonly ShellEffect[]
}

/** Lines that the frame itself takes: path, flash, footer. */
export const frameRows = 3
const stackMax = 30
const flashMs = 6_000

/** How it begins: with a screen, as `:NAME` would open it. */
export function startModel(start: {
  readonly size: Size
  readonly nowMs: number
  readonly keys: Keys
  readonly isReadonly: boolean
  readonly hasEditor: boolean
  readonly place: string
  readonly profiles: readonly string[]
  readonly screen: string
  readonly argument?: string
}): Model {
  const { screen, argument, ...rest } = start
  const empty = { ...rest, stack: [], nextId: 1, overlay: undefined, flash: undefined, troubles: {}, commands: [] }
  // Behind whatever was asked for there are the topics to go back to.
  const topics = pushed(empty, 'topics', {})
  return screen === 'topics' ? topics : pushed(topics, screen, { argument })
}

/** The next state, and what is to be done outside. Pure: the same for the same arguments. */
export function update(model: Model, event: Event): Change {
  switch (event.kind) {
    case 'key':
      return keyPressed(model, event.key)
    case 'paste':
      return model.overlay ? overlayEvent(model, { kind: 'paste', text: event.text }) : unchanged(model)
    case 'resize':
      return unchanged({ ...model, size: event.size })
    case 'tick':
      return unchanged({
        ...model,
        nowMs: event.nowMs,
        flash: model.flash && model.flash.untilMs > event.nowMs ? model.flash : undefined,
      })
    case 'data':
      return dataArrived(model, event)
    case 'trouble':
      return unchanged({ ...model, troubles: { ...model.troubles, [sourceKey(event.source)]: event.trouble } })
    case 'done': {
      const told = tell(model, event.from, { kind: 'done', work: event.work, result: event.result })
      return event.message ? { ...told, model: flashed(told.model, event.message, 'good') } : told
    }
    case 'failed':
      return unchanged(flashed(model, event.hint ? `${event.message} (${event.hint})` : event.message, 'bad'))
    case 'edited':
      return tell(model, event.from, { kind: 'edited', id: event.id, text: event.text })
    case 'flash':
      return unchanged(flashed(model, event.text, event.look ?? 'good'))
    case 'place':
      return unchanged({ ...model, place: event.place, troubles: {}, stack: startStack(model) })
    default:
      return unreachable(event)
  }
}

/** What the shell is to ask the cluster for: of every screen that is open, so that going back finds no gap. */
export function sourcesOf(model: Model): readonly Source[] {
  return model.stack.flatMap(opened => opened.screen.sources?.(opened.state, contextOf(model, opened)) ?? [])
}

export function topOf(model: Model): Opened {
  return model.stack.at(-1)!
}

export function contextOf(model: Model, opened: Opened): ScreenContext {
  const base = {
    columns: model.size.columns,
    rows: Math.max(1, model.size.rows - frameRows),
    nowMs: model.nowMs,
    isReadonly: model.isReadonly,
    hasEditor: model.hasEditor,
    keys: model.keys,
    troubles: {},
  }
  const troubles = (opened.screen.sources?.(opened.state, base) ?? []).flatMap(source => {
    const trouble = model.troubles[sourceKey(source)]
    return trouble ? [[source.kind, trouble] as const] : []
  })
  return troubles.length > 0 ? { ...base, troubles: Object.fromEntries(troubles) } : base
}

export function flashed(model: Model, text: string, look: Flash['look']): Model {
  return { ...model, flash: { text, look, untilMs: model.nowMs + flashMs } }
}

export function unchanged(model: Model): Change {
  return { model, effects: [] }
}

/** Lets a screen hear of an event, and does what it wants. */
export function tell(model: Model, id: number, event: ScreenEvent): Change {
  const opened = model.stack.find(other => other.id === id)
  if (!opened) return unchanged(model)
  const { state, effects = [] } = opened.screen.update(opened.state, event, contextOf(model, opened))
  const stack = model.stack.map(other => (other === opened ? { ...opened, state } : other))
  let change: Change = unchanged({ ...model, stack })
  for (const effect of effects) {
    const next = applyEffect(change.model, id, effect)
    change = { model: next.model, effects: [...change.effects, ...next.effects] }
  }
  return change
}

/** Does an effect here where it is about the model, else hands it to the shell. */
export function applyEffect(model: Model, from: number, effect: Effect): Change {
  switch (effect.kind) {
    case 'open':
      return unchanged(pushed(model, effect.screen, effect))
    case 'back':
      return unchanged(wentBack(model))
    case 'flash':
      return unchanged(flashed(model, effect.text, effect.look ?? 'good'))
    case 'ask':
    case 'form':
    case 'confirm':
    case 'formError': {
      const changes = effect.kind === 'confirm' && effect.confirmation.work.changes
      return changes && model.isReadonly ? refused(model) : unchanged(overlayOf(model, from, effect))
    }
    case 'work':
      return effect.work.changes && model.isReadonly ? refused(model) : { model, effects: [{ effect, from }] }
    default:
      return { model, effects: [{ effect, from }] }
  }
}

function keyPressed(model: Model, key: Key): Change {
  // Whatever lies over the screen, ctrl-c leaves.
  if (model.keys.quit.includes(key.name)) return { model, effects: [{ effect: { kind: 'quit' }, from: 0 }] }
  if (model.overlay) return overlayEvent(model, { kind: 'key', key })
  const top = topOf(model)
  const action = actionOf(model.keys, key.name, [...top.screen.actions, ...everywhere])
  if (!action) return unchanged(model)
  if (bindingOf(action).changes && model.isReadonly) return refused(model)
  switch (action) {
    case 'command':
      return unchanged({ ...model, overlay: commandLine() })
    case 'help':
      return top.screen.name === 'help'
        ? unchanged(wentBack(model))
        : unchanged(pushed(model, 'help', { given: top.screen }))
    case 'refresh':
    case 'redraw':
      return { model, effects: [{ effect: { kind: action }, from: top.id }] }
    case 'back':
      return goBack(model, top, key)
    default:
      return tell(model, top.id, { kind: 'action', action, key: key.name })
  }
}

const everywhere: readonly ActionName[] = ['command', 'help', 'back', 'refresh', 'redraw']

/** A screen may want `back` for itself first: to clear a filter, to stop a search. */
function goBack(model: Model, top: Opened, key: Key): Change {
  if (top.screen.actions.includes('back')) {
    const told = tell(model, top.id, { kind: 'action', action: 'back', key: key.name })
    if (topOf(told.model).state !== top.state || told.effects.length > 0) return told
  }
  if (model.stack.length > 1) return unchanged(wentBack(model))
  return unchanged(flashed(model, `this is the first screen: ${model.keys.quit[0]} or :q leaves`, 'warning'))
}

function dataArrived(model: Model, event: Extract<Event, { kind: 'data' }>): Change {
  const key = sourceKey(event.source)
  const { [key]: gone, ...troubles } = model.troubles
  let change: Change = unchanged(gone ? { ...model, troubles } : model)
  for (const opened of model.stack) {
    const wanted = opened.screen.sources?.(opened.state, contextOf(model, opened)) ?? []
    if (!wanted.some(source => sourceKey(source) === key)) continue
    const next = tell(change.model, opened.id, event)
    change = { model: next.model, effects: [...change.effects, ...next.effects] }
  }
  return change
}

function refused(model: Model): Change {
  return unchanged(flashed(model, 'started with --readonly: nothing is changed', 'warning'))
}

/** Opens a screen on top. The same one is not put on top of itself. */
export function pushed(
  model: Model,
  name: string,
  opening: { readonly argument?: string | undefined; readonly given?: unknown },
): Model {
  const screen = screenCalled(name)
  if (!screen) return flashed(model, `there is no screen '${name}'`, 'bad')
  const opened = { id: model.nextId, screen, state: screen.open(opening) }
  const stack = [...model.stack, opened]
  // The oldest ways are forgotten, but never the first screen.
  const kept = stack.length > stackMax ? [stack[0]!, ...stack.slice(2)] : stack
  return { ...model, stack: kept, nextId: model.nextId + 1, overlay: undefined }
}

function wentBack(model: Model): Model {
  const [below, closed] = model.stack.slice(-2)
  if (!below || !closed) return model
  const state = below.screen.returned?.(below.state, { screen: closed.screen.name, state: closed.state })
  const shown = state === undefined ? below : { ...below, state }
  return { ...model, stack: [...model.stack.slice(0, -2), shown] }
}

function startStack(model: Model): Model['stack'] {
  return pushed({ ...model, stack: [] }, 'topics', {}).stack
}

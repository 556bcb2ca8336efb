import { unreachable } from '../base/errors.ts'
import { completeCommand, readCommand } from './command.ts'
import { type FormState, formKey, formValues, openForm, withFormError } from './components/form.ts'
import type { Key } from './keys.ts'
import { applyEffect, type Change, flashed, type Model, pushed, tell, topOf, unchanged } from './model.ts'
import type { Confirmation, Effect, Question } from './screen.ts'
import { commonStart, insertText, recall, type TextLine, textLine, typeKey } from './text-line.ts'

/** A line that is being typed, with what was typed before. */
interface Typing {
  readonly line: TextLine
  /** Where in the history, counted from the newest; -1: what is typed now, kept in `draft`. */
  readonly at: number
  readonly draft: string
  /** What it could go on as, after tab. */
  readonly offers: readonly string[]
  /** What completion has finished is followed by a blank. */
  readonly endsWords: boolean
}

/** What lies over a screen and has the keys. */
export type Overlay =
  | ({ readonly kind: 'command' } & Typing)
  | ({ readonly kind: 'question'; readonly from: number; readonly question: Question } & Typing)
  | { readonly kind: 'form'; readonly from: number; readonly form: FormState }
  | { readonly kind: 'confirm'; readonly from: number; readonly confirmation: Confirmation; readonly line: TextLine }

type Input = { readonly kind: 'key'; readonly key: Key } | { readonly kind: 'paste'; readonly text: string }

const offersMax = 50

export function commandLine(): Overlay {
  return { kind: 'command', ...typing('', true) }
}

/** The model with what an effect wants to lie over it. */
export function overlayOf(
  model: Model,
  from: number,
  effect: Extract<Effect, { kind: 'ask' | 'form' | 'confirm' | 'formError' }>,
): Model {
  switch (effect.kind) {
    case 'ask':
      return {
        ...model,
        overlay: { kind: 'question', from, question: effect.question, ...typing(effect.question.text) },
      }
    case 'form':
      return { ...model, overlay: { kind: 'form', from, form: openForm(effect.form) } }
    case 'confirm':
      return { ...model, overlay: { kind: 'confirm', from, confirmation: effect.confirmation, line: textLine('') } }
    case 'formError':
      if (model.overlay?.kind !== 'form') return flashed(model, effect.message, 'bad')
      return { ...model, overlay: { ...model.overlay, form: withFormError(model.overlay.form, effect) } }
    default:
      return unreachable(effect)
  }
}

/** What a key or a pasted text does to what lies over the screen. */
export function overlayEvent(model: Model, input: Input): Change {
  const { overlay } = model
  if (!overlay) return unchanged(model)
  switch (overlay.kind) {
    case 'command':
      return commandInput(model, overlay, input)
    case 'question':
      return questionInput(model, overlay, input)
    case 'form':
      return formInput(model, overlay, input)
    case 'confirm':
      return confirmInput(model, overlay, input)
    default:
      return unreachable(overlay)
  }
}

function commandInput(model: Model, overlay: Extract<Overlay, { kind: 'command' }>, input: Input): Change {
  const { text } = overlay.line
  if (isKey(input, 'enter')) return runCommand({ ...model, overlay: undefined }, text)
  if (isKey(input, 'esc') || (isKey(input, 'backspace') && text === ''))
    return unchanged({ ...model, overlay: undefined })
  const offers = completeCommand(text, model.stack, model.profiles)
  return unchanged({ ...model, overlay: { ...overlay, ...typed(overlay, input, model.commands, offers) } })
}

function runCommand(model: Model, text: string): Change {
  if (text.trim() === '') return unchanged(model)
  const noted = { ...model, commands: [...model.commands.filter(other => other !== text), text].slice(-100) }
  const command = readCommand(text, model.stack)
  switch (command.kind) {
    case 'open':
      return unchanged(pushed(noted, command.screen, command))
    case 'help':
      return unchanged(pushed(noted, 'help', { given: topOf(model).screen }))
    case 'quit':
      return { model: noted, effects: [{ effect: { kind: 'quit' }, from: 0 }] }
    case 'profile':
      if (command.name === undefined) {
        const known = model.profiles.length > 0 ? `there are: ${model.profiles.join(', ')}` : 'there are no profiles'
        return unchanged(flashed(noted, `:ctx NAME connects as a profile says; ${known}`, 'warning'))
      }
      return { model: noted, effects: [{ effect: { kind: 'profile', name: command.name }, from: 0 }] }
    case 'unknown':
      return unchanged(flashed(noted, command.message, 'bad'))
    default:
      return unreachable(command)
  }
}

function questionInput(model: Model, overlay: Extract<Overlay, { kind: 'question' }>, input: Input): Change {
  const { question, from, line } = overlay
  const closed = { ...model, overlay: undefined }
  const answer = (text: string | undefined): Change => tell(closed, from, { kind: 'answer', id: question.id, text })
  if (isKey(input, 'enter')) return answer(line.text)
  if (isKey(input, 'esc')) return answer(undefined)
  const opened = model.stack.find(({ id }) => id === from)
  const offers = opened?.screen.complete?.(opened.state, question.id, line.text) ?? []
  const next = typed(overlay, input, question.history, offers)
  const changed = { ...model, overlay: { ...overlay, ...next } }
  if (!question.isLive || next.line.text === line.text) return unchanged(changed)
  return tell(changed, from, { kind: 'typed', id: question.id, text: next.line.text })
}

function formInput(model: Model, overlay: Extract<Overlay, { kind: 'form' }>, input: Input): Change {
  const { from, form } = overlay
  const step = formKey(form, input)
  if (step.kind === 'cancelled') return unchanged({ ...model, overlay: undefined })
  if (step.kind === 'changed') return unchanged({ ...model, overlay: { ...overlay, form: step.form } })
  const told = tell(model, from, { kind: 'submitted', id: form.form.id, values: formValues(form) })
  const isRefused = told.model.overlay?.kind === 'form' && told.model.overlay.form.error !== undefined
  const isReplaced = told.model.overlay !== model.overlay
  return isRefused || isReplaced ? told : { ...told, model: { ...told.model, overlay: undefined } }
}

function confirmInput(model: Model, overlay: Extract<Overlay, { kind: 'confirm' }>, input: Input): Change {
  const { confirmation, from, line } = overlay
  const closed = { ...model, overlay: undefined }
  const confirmed = (): Change => applyEffect(closed, from, { kind: 'work', work: confirmation.work })
  if (isKey(input, 'esc')) return unchanged(flashed(closed, 'nothing was done', 'warning'))
  if (confirmation.word === undefined) {
    if (isKey(input, 'y') || isKey(input, 'Y')) return confirmed()
    return isKey(input, 'n') ? unchanged(flashed(closed, 'nothing was done', 'warning')) : unchanged(model)
  }
  if (isKey(input, 'enter')) {
    if (line.text === confirmation.word) return confirmed()
    return unchanged(flashed(model, `type ${confirmation.word} to go on, esc to leave it`, 'warning'))
  }
  const next = input.kind === 'paste' ? insertText(line, oneLine(input.text)) : typeKey(line, input.key)
  return unchanged(next ? { ...model, overlay: { ...overlay, line: next } } : model)
}

function typing(text: string, endsWords = false): Typing {
  return { line: textLine(text), at: -1, draft: text, offers: [], endsWords }
}

/** What typing, the history (up, down) and completion (tab) make of a line. */
function typed(before: Typing, input: Input, history: readonly string[], offers: readonly string[]): Typing {
  const { line, at, draft } = before
  if (input.kind === 'paste') return typingOf(insertText(line, oneLine(input.text)), before)
  switch (input.key.name) {
    case 'up':
    case 'down': {
      const step = input.key.name === 'up' ? -1 : 1
      return {
        ...before,
        draft: at < 0 ? line.text : draft,
        offers: [],
        ...recall(history, { at, draft: at < 0 ? line.text : draft }, step),
      }
    }
    case 'tab': {
      if (offers.length === 0) return before
      const common = commonStart(offers)
      // What follows the name of a command is a word of its own; expressions go on as they like.
      const gap = offers.length === 1 && before.endsWords ? ' ' : ''
      const next = common.length > line.text.length ? common + gap : line.text
      return { ...typingOf(textLine(next), before), offers: offers.length === 1 ? [] : offers.slice(0, offersMax) }
    }
    default: {
      const next = typeKey(line, input.key)
      return next ? typingOf(next, before) : before
    }
  }
}

function typingOf(line: TextLine, { endsWords }: Typing): Typing {
  return { line, at: -1, draft: line.text, offers: [], endsWords }
}

function isKey(input: Input, name: string): boolean {
  return input.kind === 'key' && input.key.name === name
}

function oneLine(text: string): string {
  return text.replace(/[\r\n]+$/, '').replace(/[\r\n]+/g, ' ')
}

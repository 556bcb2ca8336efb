import type { ActionName, Keys } from './keymap.ts'
import type { Line } from './line.ts'
import type { Source } from './source.ts'
import type { Work } from './work.ts'

/** Why something does not show what it should, in words, and whether that may pass. */
export interface Trouble {
  readonly message: string
  readonly hint?: string
  /** When it is tried again, milliseconds since 1970. */
  readonly retryAtMs?: number
}

/** A field of a form. */
export interface Field {
  readonly name: string
  readonly label: string
  readonly value: string
  /** Said while the cursor is there. */
  readonly help?: string
  /** Enter makes a new line in it. */
  readonly isLong?: boolean
  /** One of these: left and right choose. */
  readonly choices?: readonly string[]
}

/** Asks for one line of text at the bottom of the screen; `answer` comes back under the same id. */
export interface Question {
  readonly id: string
  readonly label: string
  readonly text: string
  /** What was answered before, oldest first. */
  readonly history: readonly string[]
  /** The screen hears of every change while it is typed (`typed`). */
  readonly isLive?: boolean
}

export interface Form {
  readonly id: string
  readonly title: string
  readonly fields: readonly Field[]
}

/** Something that is done only once it was confirmed: with `y`, or where there is a `word`, by typing it. */
export interface Confirmation {
  readonly title: string
  /** What will happen. */
  readonly lines: readonly string[]
  readonly word?: string
  readonly work: Work
}

/** What a screen wants to happen. The model does the first ones itself; the shell does the others. */
export type Effect =
  | { readonly kind: 'open'; readonly screen: string; readonly argument?: string; readonly given?: unknown }
  | { readonly kind: 'back' }
  | { readonly kind: 'flash'; readonly text: string; readonly look?: 'good' | 'warning' | 'bad' }
  | { readonly kind: 'ask'; readonly question: Question }
  | { readonly kind: 'form'; readonly form: Form }
  /** What is wrong with the form that was sent: it stays open. */
  | { readonly kind: 'formError'; readonly field: string; readonly message: string }
  | { readonly kind: 'confirm'; readonly confirmation: Confirmation }
  | { readonly kind: 'work'; readonly work: Work }
  /** Puts text into the terminal's clipboard; `what` is for the flash message. */
  | { readonly kind: 'copy'; readonly text: string; readonly what: string }
  /** Opens $EDITOR on a file with this text; `edited` comes back. Without an editor, a form. */
  | { readonly kind: 'editor'; readonly id: string; readonly fileName: string; readonly text: string }
  /** Asks all sources again, now. */
  | { readonly kind: 'refresh' }
  | { readonly kind: 'redraw' }
  | { readonly kind: 'profile'; readonly name: string }
  | { readonly kind: 'quit' }

/** What a screen hears. */
export type ScreenEvent =
  | { readonly kind: 'action'; readonly action: ActionName; readonly key: string }
  /** News of a source that this screen has asked for; what it is follows from the source's kind. */
  | { readonly kind: 'data'; readonly source: Source; readonly data: unknown }
  /** The answer to a question, and where it is live each state of it on the way; nothing for one that was given up. */
  | { readonly kind: 'answer' | 'typed'; readonly id: string; readonly text: string | undefined }
  | { readonly kind: 'submitted'; readonly id: string; readonly values: Readonly<Record<string, string>> }
  | { readonly kind: 'edited'; readonly id: string; readonly text: string }
  /** A piece of work that this screen has asked for is done. */
  | { readonly kind: 'done'; readonly work: Work; readonly result: unknown }

/** What every screen can see besides its own state. */
export interface ScreenContext {
  /** The room for the screen: without the frame's lines. */
  readonly columns: number
  readonly rows: number
  readonly nowMs: number
  readonly isReadonly: boolean
  /** The user has chosen an editor: effect `editor` works. */
  readonly hasEditor: boolean
  /** The keys as they are now. */
  readonly keys: Keys
  /** Of the screen's sources, by kind. */
  readonly troubles: Readonly<Record<string, Trouble>>
}

export interface Step<State> {
  readonly state: State
  readonly effects?: readonly Effect[]
}

/** A screen: everything about it in one literal. Pure: what it wants to happen it returns. */
export interface ScreenSpec<State> {
  /** `:name` opens it. */
  readonly name: string
  readonly aliases: readonly string[]
  readonly summary: string
  /** What it is about, if `:name` must be followed by one (`:records web`): names are completed from `names`. */
  readonly argument?: string
  /** Reached from other screens only, by what they give. */
  readonly isInner?: true
  readonly open: (opening: { readonly argument?: string; readonly given?: unknown }) => State
  /** Short, for the path at the top: `web`, `Topics`. */
  readonly title: (state: State, context: ScreenContext) => string
  /** A word about what is shown, at the top: `12 of 1,000, filter /web`. */
  readonly status?: (state: State, context: ScreenContext) => string
  /** What keys do here; the first ones are in the footer. */
  readonly actions: readonly ActionName[]
  /** Names for completion of arguments of commands, if this screen knows them: `{ topic: [...] }`. */
  readonly names?: (state: State) => Readonly<Record<string, readonly string[]>>
  /** What it shows. Asked again after every event: what is new is started, what is gone is stopped. */
  readonly sources?: (state: State, context: ScreenContext) => readonly Source[]
  /** The state after the screen above has closed, where it matters what was done there. */
  readonly returned?: (state: State, from: { readonly screen: string; readonly state: unknown }) => State
  readonly update: (state: State, event: ScreenEvent, context: ScreenContext) => Step<State>
  /** At most `rows` lines; longer ones are cut. */
  readonly view: (state: State, context: ScreenContext) => readonly Line[]
  /** What can complete the answer to a question of this screen. */
  readonly complete?: (state: State, id: string, text: string) => readonly string[]
}

/** A screen whose state only it can read. */
export type Screen = ScreenSpec<unknown>

/** Types a screen's literal, and hides its state from the others. */
export function defineScreen<State>(spec: ScreenSpec<State>): Screen {
  return spec as unknown as Screen
}

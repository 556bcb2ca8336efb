import type { Env, Timer } from '../base/env.ts'
import { OperatorError } from '../base/errors.ts'
import type { Cluster } from '../client/cluster.ts'
import { frameLines } from './frame.ts'
import { type Event, type Model, type ShellEffect, sourcesOf, update } from './model.ts'
import { FramePace } from './pace.ts'
import { Painter } from './paint.ts'
import { SourceRunner } from './source-runner.ts'
import { works } from './works.ts'

/** What the session needs of the terminal and the machine; ink stands behind it, or a test. */
export interface Terminal {
  /** `taken` is called when the terminal has it: the next frame waits for that. */
  write(text: string, taken: () => void): void
  /** Lets an editor have the terminal; resolves with the text as it was left, nothing where it was not changed. */
  edit(fileName: string, text: string): Promise<string | undefined>
  exit(): void
}

/** Connects to a cluster: as a profile says, or as the command line did. */
export type Connect = (profile?: string) => { readonly cluster: Cluster; readonly place: string }

export interface SessionOptions {
  readonly env: Env
  readonly connect: Connect
  readonly hasColour: boolean
  /** The terminal shows more than ASCII; it does unless told otherwise. */
  readonly hasUnicode?: boolean
}

const tickMs = 500
/** Terminals refuse more: xterm takes 100,000 bytes of base64. */
const clipboardBytesMax = 74_000

/**
 * The shell around the model: events in, effects done, frames out. Draws at most 20 times a second, and only what has
 * changed; a terminal that is slow gets fewer frames, never a queue of them.
 */
export class Session {
  readonly #env: Env
  readonly #options: SessionOptions
  readonly #painter: Painter
  readonly #pace = new FramePace()
  readonly #sources: SourceRunner
  #model: Model
  #cluster: Cluster
  #terminal: Terminal | undefined
  #timer: { readonly timer: Timer; readonly isForKey: boolean } | undefined
  #ticker: Timer | undefined
  #isWriting = false
  #isDirty = true
  /** A frame was due while the terminal was still busy with the one before. */
  #isLate = false
  #isEditing = false
  readonly #closing = new AbortController()
  readonly #shown = Promise.withResolvers<void>()
  #hasNews = false

  constructor(model: Model, connection: ReturnType<Connect>, options: SessionOptions) {
    this.#env = options.env
    this.#options = options
    this.#model = model
    this.#cluster = connection.cluster
    this.#painter = new Painter(options)
    this.#sources = new SourceRunner(options.env, connection.cluster, {
      onNews: () => this.#drawSoon(false),
      onTrouble: (source, trouble) => this.dispatch({ kind: 'trouble', source, trouble }),
    })
    this.#sources.want(sourcesOf(model))
    this.#tick()
  }

  /** Resolves when the first news of the cluster, good or bad, stand on the screen. */
  get hasShown(): Promise<void> {
    return this.#shown.promise
  }

  get model(): Model {
    return this.#model
  }

  /** From now on frames go to this terminal. */
  attach(terminal: Terminal): void {
    this.#terminal = terminal
    this.redraw()
  }

  /** The whole screen again: after a change of its size, or when something else has written to it. */
  redraw(): void {
    this.#painter.forget()
    this.#isDirty = true
    this.#drawSoon(true)
  }

  /** Something has happened. */
  dispatch(event: Event): void {
    if (this.#closing.signal.aborted) return
    this.#takeNews()
    this.#apply({ kind: 'tick', nowMs: this.#env.clock.now() })
    this.#apply(event)
    if (event.kind === 'resize') this.#painter.forget()
    if (event.kind === 'trouble') this.#hasNews = true
    this.#sources.want(sourcesOf(this.#model))
    this.#drawSoon(event.kind === 'key' || event.kind === 'paste' || event.kind === 'resize')
  }

  /** Ends everything; the terminal is the caller's. */
  close(): void {
    this.#closing.abort()
    this.#timer?.timer.cancel()
    this.#ticker?.cancel()
    this.#sources.close()
    this.#cluster.close()
  }

  #apply(event: Event): void {
    const { model, effects } = update(this.#model, event)
    if (model !== this.#model) this.#isDirty = true
    this.#model = model
    for (const effect of effects) this.#perform(effect)
  }

  #perform({ effect, from }: ShellEffect): void {
    switch (effect.kind) {
      case 'quit':
        this.#terminal?.exit()
        return
      case 'redraw':
        this.redraw()
        return
      case 'refresh':
        this.#sources.hurry()
        return
      case 'work':
        void this.#work(effect.work, from)
        return
      case 'copy':
        this.#copy(effect)
        return
      case 'editor':
        void this.#edit(effect, from)
        return
      case 'profile':
        this.#switchTo(effect.name)
        return
      default:
        // The model has done the others.
        return
    }
  }

  async #work(work: Extract<ShellEffect['effect'], { kind: 'work' }>['work'], from: number): Promise<void> {
    const cluster = this.#cluster
    try {
      const perform = works[work.kind]
      if (!perform) throw new OperatorError(`nobody can do '${work.kind}'`)
      const outcome = await perform({ env: this.#env, cluster, work, signal: this.#closing.signal })
      this.dispatch({ kind: 'done', from, work, ...outcome })
      // What has changed is to be seen at once.
      if (work.changes) this.#sources.hurry()
    } catch (error) {
      if (cluster === this.#cluster) this.dispatch(failedEvent(error))
    }
  }

  /** OSC 52 (xterm): the terminal's clipboard, over SSH, too. */
  #copy({ text, what }: { readonly text: string; readonly what: string }): void {
    const bytes = Buffer.from(text)
    if (bytes.length > clipboardBytesMax) {
      const message = `${what} is too large for the clipboard (${bytes.length} bytes): x writes it to a file`
      this.dispatch({ kind: 'flash', text: message, look: 'bad' })
      return
    }
    this.#terminal?.write(`\u001b]52;c;${bytes.toString('base64')}\u0007`, () => {})
    this.dispatch({ kind: 'flash', text: `${what}: copied` })
  }

  async #edit(effect: Extract<ShellEffect['effect'], { kind: 'editor' }>, from: number): Promise<void> {
    if (!this.#terminal || this.#isEditing) return
    this.#isEditing = true
    try {
      const text = await this.#terminal.edit(effect.fileName, effect.text)
      this.#isEditing = false
      if (text === undefined) this.dispatch({ kind: 'flash', text: 'nothing was changed', look: 'warning' })
      else this.dispatch({ kind: 'edited', from, id: effect.id, text })
    } catch (error) {
      this.#isEditing = false
      this.dispatch(failedEvent(error))
    }
    this.redraw()
  }

  #switchTo(profile: string): void {
    try {
      const { cluster, place } = this.#options.connect(profile)
      this.#cluster.close()
      this.#cluster = cluster
      this.#sources.moveTo(cluster)
      this.dispatch({ kind: 'place', place })
      this.dispatch({ kind: 'flash', text: `connected as profile '${profile}' says` })
    } catch (error) {
      this.dispatch(failedEvent(error))
    }
  }

  #tick(): void {
    this.#ticker = this.#env.clock.after(tickMs, () => {
      this.#apply({ kind: 'tick', nowMs: this.#env.clock.now() })
      this.#drawSoon(false)
      this.#tick()
    })
  }

  /** News are taken when they can be shown: however many come, the screens work on 20 a second. */
  #takeNews(): void {
    for (const { source, data } of this.#sources.takeNews()) {
      this.#hasNews = true
      this.#apply({ kind: 'data', source, data })
    }
  }

  #drawSoon(isForKey: boolean): void {
    if (!this.#terminal || this.#closing.signal.aborted) return
    if (this.#timer && (this.#timer.isForKey || !isForKey)) return
    this.#timer?.timer.cancel()
    const waitMs = this.#pace.waitMs(this.#env.clock.monotonic(), isForKey)
    this.#timer = { timer: this.#env.clock.after(waitMs, () => this.#draw()), isForKey }
  }

  #draw(): void {
    this.#timer = undefined
    this.#isLate = this.#isWriting
    if (this.#isWriting || this.#isEditing || !this.#terminal) return
    this.#takeNews()
    this.#sources.want(sourcesOf(this.#model))
    if (!this.#isDirty) return
    this.#isDirty = false
    const text = this.#painter.frame(frameLines(this.#model))
    if (text === '') return
    this.#pace.drawn(this.#env.clock.monotonic())
    this.#isWriting = true
    this.#terminal.write(text, () => {
      this.#isWriting = false
      if (this.#hasNews) this.#shown.resolve()
      if (this.#isLate) this.#drawSoon(false)
    })
  }
}

function failedEvent(error: unknown): Event {
  if (error instanceof OperatorError) {
    return { kind: 'failed', message: error.message, ...(error.hint ? { hint: error.hint } : {}) }
  }
  return { kind: 'failed', message: error instanceof Error ? error.message : String(error) }
}

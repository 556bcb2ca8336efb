import type { Mark } from '../state/marks.ts'
import type { OperatorContext } from './operator.ts'
import type { EmitRule } from './windows.ts'

/** How often within the idle time an operator looks whether it is over. */
const looksPerIdleTime = 4

/** The greatest timestamp that an operator has seen. Nothing else moves it, but the idle rule where a script asks for it. */
export class StreamTime {
  readonly #mark: Mark
  #lastArrivalMs = 0
  readonly #wallClock: (() => number) | undefined

  /** With `emit.idleMs`, calls `idle` after each step that the wall clock made stream time go on. */
  constructor(context: OperatorContext, name: string, emit: EmitRule, idle: () => void) {
    this.#mark = context.mark(`${name}.time`, -1)
    const { idleMs } = emit
    if (!emit.final || idleMs === undefined) return
    this.#wallClock = () => context.now()
    this.#lastArrivalMs = context.now()
    context.schedule(Math.max(1, Math.floor(idleMs / looksPerIdleTime)), 'wall-clock', now => {
      const silenceMs = now - this.#lastArrivalMs
      if (this.now < 0 || silenceMs < idleMs) return
      // A window then closes no earlier than it would if records came in with the wall clock: none loses its late records.
      this.#mark.value += silenceMs
      this.#lastArrivalMs = now
      idle()
    })
  }

  /** In milliseconds since 1970; -1 before the first record. */
  get now(): number {
    return this.#mark.value
  }

  /** Sees one record. */
  observe(timestamp: number): void {
    if (timestamp > this.#mark.value) this.#mark.value = timestamp
    if (this.#wallClock) this.#lastArrivalMs = this.#wallClock()
  }
}

/** A number that an operator remembers from record to record, as how far its stream time has come. */
export interface Mark {
  value: number
}

/**
 * The marks of one task: small, and not tied to a key. They are committed with the task's position, so that after a crash an
 * operator judges what is late as it did before.
 */
export class Marks {
  readonly #marks = new Map<string, Mark>()
  readonly #committed: Readonly<Record<string, number>>

  /** `committed`: what `snapshot` said at the last commit. */
  constructor(committed: Readonly<Record<string, number>> = {}) {
    this.#committed = committed
  }

  /** The mark of that name; whoever asks for it first says where it starts. */
  of(name: string, start: number): Mark {
    const known = this.#marks.get(name)
    if (known) return known
    const mark = { value: this.#committed[name] ?? start }
    this.#marks.set(name, mark)
    return mark
  }

  /** All marks by name. Those that are infinite have nothing to tell. */
  snapshot(): Record<string, number> {
    const entries = [...this.#marks].map(([name, { value }]): [string, number] => [name, value])
    return Object.fromEntries(entries.filter(([, value]) => Number.isFinite(value)))
  }
}

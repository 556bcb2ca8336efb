import type { Overrides } from './configuration.ts'

const none: Overrides = new Map()

/** Settings of their own that groups, or subscriptions to metrics, were given; those without any are not remembered. */
export class NamedOverrides {
  readonly #byName = new Map<string, Overrides>()
  #version = 0

  /** Rises with every change. */
  get version(): number {
    return this.#version
  }

  names(): readonly string[] {
    return [...this.#byName.keys()]
  }

  get(name: string): Overrides {
    return this.#byName.get(name) ?? none
  }

  /** Makes `overrides` (checked) all that it has. Returns what to store: text for each that changed, null where one was removed. */
  set(name: string, overrides: Overrides): Readonly<Record<string, string | null>> {
    const before = this.get(name)
    const changes: Record<string, string | null> = {}
    for (const setting of before.keys()) if (!overrides.has(setting)) changes[setting] = null
    for (const [setting, text] of overrides) if (before.get(setting) !== text) changes[setting] = text
    if (overrides.size > 0) this.#byName.set(name, overrides)
    else this.#byName.delete(name)
    this.#version++
    return changes
  }

  /** Takes over what was stored. Returns what is not taken (any more): it is passed over. */
  restore(
    stored: ReadonlyMap<string, Readonly<Record<string, string>>>,
    isTaken: (setting: string, text: string) => boolean,
  ): readonly string[] {
    const passedOver: string[] = []
    for (const [name, settings] of stored) {
      const overrides = new Map(Object.entries(settings).filter(([setting, text]) => isTaken(setting, text)))
      passedOver.push(...Object.keys(settings).filter(setting => !overrides.has(setting)))
      this.set(name, overrides)
    }
    return passedOver
  }
}

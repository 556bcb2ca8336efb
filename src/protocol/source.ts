/** JavaScript under construction: lines, names that nothing else uses, values that the code refers to. */
export class Source {
  readonly #lines: string[] = []
  readonly #constants: unknown[] = []
  #names = 0

  line(...lines: string[]): void {
    this.#lines.push(...lines)
  }

  /** A name for a local variable. */
  name(): string {
    return `v${this.#names++}`
  }

  /** An expression for a value: its literal where it has one. */
  constant(value: unknown): string {
    if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return JSON.stringify(value)
    const index = this.#constants.includes(value) ? this.#constants.indexOf(value) : this.#constants.push(value) - 1
    return `k${index}`
  }

  /** The function with these parameters and all lines as its body. Each key of `helpers` is a name within it. */
  compile(parameters: string, helpers: Readonly<Record<string, unknown>>): unknown {
    const constants = Object.fromEntries(this.#constants.map((value, index) => [`k${index}`, value]))
    const scope = { ...helpers, ...constants }
    const body = `'use strict'; return function (${parameters}) {\n${this.#lines.join('\n')}\n}`
    // Nothing from outside enters the text: it is made of our own declarations, once per API, direction and version.
    return new Function(...Object.keys(scope), body)(...Object.values(scope))
  }
}

interface Listener<Value> {
  readonly onValue: (value: Value) => void
  readonly onError: (error: unknown) => void
}

type Outcome<Value> = { readonly value: Value } | { readonly error: unknown }

/**
 * A value that comes later, once, for one listener. For what happens ten thousand times a second: unlike a promise it calls
 * back from within `settle`, without a turn through the queue of microtasks and the objects that go with it. Who listens
 * must not mind being called in the middle of somebody else's work.
 */
export class Later<Value> {
  #listener: Listener<Value> | undefined
  #outcome: Outcome<Value> | undefined

  settle(value: Value): void {
    if (this.#listener) this.#listener.onValue(value)
    else this.#outcome = { value }
  }

  fail(error: unknown): void {
    if (this.#listener) this.#listener.onError(error)
    else this.#outcome = { error }
  }

  /** Calls one of them back: at once if it is settled already. */
  whenSettled(onValue: (value: Value) => void, onError: (error: unknown) => void): void {
    this.#listener = { onValue, onError }
    const outcome = this.#outcome
    if (outcome) 'value' in outcome ? onValue(outcome.value) : onError(outcome.error)
  }

  /** What `convert` makes of the value; fails where that throws. */
  map<Other>(convert: (value: Value) => Other): Later<Other> {
    const mapped = new Later<Other>()
    const fail = (error: unknown): void => mapped.fail(error)
    this.whenSettled(value => {
      let converted: Other
      try {
        converted = convert(value)
      } catch (error) {
        fail(error)
        return
      }
      mapped.settle(converted)
    }, fail)
    return mapped
  }
}

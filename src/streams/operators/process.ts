import type { KeyValueStore } from '../state/key-value-store.ts'
import { type OperatorContext, type OperatorFactory, orNull } from './operator.ts'

/** A store as a script's processor sees it: values without timestamps. */
export interface ScriptStore {
  get(key: unknown): unknown
  put(key: unknown, value: unknown): void
  delete(key: unknown): void
  range(from: unknown, to: unknown): Iterable<[unknown, unknown]>
  all(): Iterable<[unknown, unknown]>
}

/** What a script's processor gets: see `Context` in the script's types. */
export interface ScriptContext {
  forward(key: unknown, value: unknown, options?: { timestamp?: number }): void
  schedule(every: number, by: 'stream-time' | 'wall-clock', action: (now: number) => void): void
  store(name: string): ScriptStore
  readonly partition: number
}

export type ScriptProcessor = (context: ScriptContext) => {
  process(value: unknown, key: unknown, meta: unknown): void
}

/** A processor that a script wrote. It may forward any number of records, at any time while it is called. */
export function processRecords(create: ScriptProcessor, duration: (every: unknown) => number): OperatorFactory {
  return context => {
    const { forward, origin } = context
    const script = create({
      partition: context.partition,
      forward: (key, value, options) =>
        forward(orNull(key), orNull(value), options?.timestamp ?? origin.timestamp, null, true),
      schedule(every, by, action) {
        context.schedule(duration(every), by, now => {
          origin.timestamp = now
          action(now)
        })
      },
      store: name => scriptStore(context, name),
    })
    return (key, value, timestamp) => {
      origin.timestamp = timestamp
      script.process(value, key, origin)
    }
  }
}

function scriptStore(context: OperatorContext, name: string): ScriptStore {
  const { origin } = context
  const store = context.store<KeyValueStore>(name)
  const plain = function* (entries: ReturnType<KeyValueStore['range']>): Generator<[unknown, unknown]> {
    for (const [key, { value }] of entries) yield [key, value]
  }
  return {
    get: key => store.get(key)?.value ?? null,
    put: (key, value) => void store.put(key, orNull(value), origin.timestamp),
    delete: key => void store.put(key, null, origin.timestamp),
    range: (from, to) => plain(store.range(from, to)),
    all: () => plain(store.range()),
  }
}

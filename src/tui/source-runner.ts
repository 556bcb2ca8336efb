import type { Env, Timer } from '../base/env.ts'
import { OperatorError } from '../base/errors.ts'
import type { Cluster } from '../client/cluster.ts'
import type { Trouble } from './screen.ts'
import { type Source, sourceKey } from './source.ts'
import { sources } from './sources.ts'

interface Running {
  readonly source: Source
  readonly controller: AbortController
  /** Ends the pause that the source is in. */
  hurry: () => void
}

export interface SourceEvents {
  /** There is something to take. */
  readonly onNews: () => void
  readonly onTrouble: (source: Source, trouble: Trouble) => void
}

const retryMs = [1_000, 2_000, 5_000] as const

/** Runs the sources that screens want, and starts those again that fail. Keeps the last word of each, not all of them. */
export class SourceRunner {
  readonly #env: Env
  readonly #events: SourceEvents
  readonly #running = new Map<string, Running>()
  readonly #news = new Map<string, { readonly source: Source; readonly data: unknown }>()
  #cluster: Cluster

  constructor(env: Env, cluster: Cluster, events: SourceEvents) {
    this.#env = env
    this.#cluster = cluster
    this.#events = events
  }

  /** Starts what is not running, and stops what nobody wants any more. */
  want(wanted: readonly Source[]): void {
    const keys = new Set(wanted.map(sourceKey))
    for (const key of this.#running.keys()) if (!keys.has(key)) this.#stop(key)
    for (const source of wanted) {
      const key = sourceKey(source)
      if (!this.#running.has(key)) this.#start(key, source)
    }
  }

  /** What has come since the last time. */
  takeNews(): readonly { readonly source: Source; readonly data: unknown }[] {
    if (this.#news.size === 0) return []
    const news = [...this.#news.values()]
    this.#news.clear()
    return news
  }

  /** Ends all pauses: everybody asks again now. */
  hurry(): void {
    for (const running of this.#running.values()) running.hurry()
  }

  /** Everything begins anew on another cluster. */
  moveTo(cluster: Cluster): void {
    const wanted = [...this.#running.values()].map(({ source }) => source)
    this.close()
    this.#cluster = cluster
    this.want(wanted)
  }

  close(): void {
    for (const key of [...this.#running.keys()]) this.#stop(key)
    this.#news.clear()
  }

  #start(key: string, source: Source): void {
    const running: Running = { source, controller: new AbortController(), hurry: () => {} }
    this.#running.set(key, running)
    void this.#run(key, running)
  }

  #stop(key: string): void {
    const running = this.#running.get(key)
    this.#running.delete(key)
    this.#news.delete(key)
    running?.controller.abort()
    running?.hurry()
  }

  async #run(key: string, running: Running): Promise<void> {
    const { source, controller } = running
    const { signal } = controller
    const pause = (milliseconds: number): Promise<void> => this.#pause(running, milliseconds)
    let attempt = 0
    while (!signal.aborted) {
      try {
        const run = sources[source.kind]
        if (!run) throw new OperatorError(`there is no source '${source.kind}'`)
        const emit = (data: unknown): void => {
          if (signal.aborted) return
          attempt = 0
          this.#news.set(key, { source, data })
          this.#events.onNews()
        }
        await run({ env: this.#env, cluster: this.#cluster, question: source, emit, signal, pause })
        return
      } catch (error) {
        if (signal.aborted) return
        const waitMs = retryMs[Math.min(attempt++, retryMs.length - 1)]!
        this.#events.onTrouble(source, troubleOf(error, this.#env.clock.now() + waitMs))
        await pause(waitMs)
      }
    }
  }

  #pause(running: Running, milliseconds: number): Promise<void> {
    if (running.controller.signal.aborted) return Promise.resolve()
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer: Timer = this.#env.clock.after(milliseconds, resolve)
    running.hurry = () => {
      timer.cancel()
      resolve()
    }
    return promise
  }
}

function troubleOf(error: unknown, retryAtMs: number): Trouble {
  if (error instanceof OperatorError) {
    return { message: error.message, ...(error.hint ? { hint: error.hint } : {}), retryAtMs }
  }
  return { message: error instanceof Error ? error.message : String(error), retryAtMs }
}

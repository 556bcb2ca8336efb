import { createHash, type Hash } from 'node:crypto'
import type { Api, RequestOf, ResponseOf } from '../../src/protocol/codec.ts'
import { zeroUuid } from '../../src/protocol/fields.ts'

/** A broken promise: what the checks throw, and what a run ends with. */
export class Violation extends Error {}

/** A request as the node got it. */
export interface Operation<A extends Api = Api> {
  /** When it came. Instants are counted over all that the history notes: of two, the earlier one is less. */
  readonly beganAt: number
  readonly api: A
  readonly version: number
  readonly clientId: string
  /** How often the node had been started. */
  readonly incarnation: number
  readonly request: RequestOf<A>
}

/** The answer, or undefined where the node ended before there was one: the request may have had an effect or not. */
export type Ended<A extends Api> = (response: ResponseOf<A> | undefined, endedAt: number) => void

type Began = (operation: Operation) => ((response: unknown, endedAt: number) => void) | undefined

const newestKept = 40

/**
 * What happened, as somebody sees it who sits between the network and the node: requests when they come, answers when
 * they are given. Its fingerprint tells whether two runs were the same.
 */
export class History {
  readonly #watchers = new Map<number, Began[]>()
  readonly #open = new Set<(response: unknown) => void>()
  readonly #hash: Hash = createHash('sha256')
  readonly #newest: string[] = []
  readonly #nowMs: () => number
  readonly #print: ((line: string) => void) | undefined
  #instant = 0
  #violation: Violation | undefined
  #operations = 0

  constructor(options: { readonly nowMs: () => number; readonly print?: ((line: string) => void) | undefined }) {
    this.#nowMs = options.nowMs
    this.#print = options.print
  }

  /** The first promise that was broken. */
  get violation(): Violation | undefined {
    return this.#violation
  }

  /** Requests so far. */
  get operations(): number {
    return this.#operations
  }

  /** The last things that happened, oldest first. */
  get newest(): readonly string[] {
    return this.#newest
  }

  fingerprint(): string {
    return this.#hash.copy().digest('hex').slice(0, 16)
  }

  /** Calls `began` with every request of an API; what that returns is called with the answer. */
  watch<A extends Api>(api: A, began: (operation: Operation<A>) => Ended<A> | undefined): void {
    const watchers = this.#watchers.get(api.key) ?? []
    watchers.push(began as unknown as Began)
    this.#watchers.set(api.key, watchers)
  }

  /** Notes a request; the answer is to be given to what this returns. */
  begin(operation: Omit<Operation, 'beganAt'>): (response: unknown) => void {
    this.#operations++
    const name = `${operation.clientId} ${operation.api.name} v${operation.version}`
    const beganAt = this.note(`${name} ${describe(operation.request)}`)
    const watching: ((response: unknown, endedAt: number) => void)[] = []
    this.#guard(() => {
      for (const began of this.#watchers.get(operation.api.key) ?? []) {
        const ended = began({ ...operation, beganAt })
        if (ended) watching.push(ended)
      }
    })
    const end = (response: unknown): void => {
      if (!this.#open.delete(end)) return
      const endedAt = this.note(`${name} -> ${response === undefined ? 'lost' : describe(response)}`)
      this.#guard(() => {
        for (const ended of watching) ended(response, endedAt)
      })
    }
    this.#open.add(end)
    return end
  }

  /** The node has ended: what it has not answered, it never will. */
  nodeEnded(): void {
    for (const end of [...this.#open]) end(undefined)
  }

  /** Notes something, and returns its instant. */
  note(text: string): number {
    const line = `${this.#nowMs().toFixed(3).padStart(11)} ${text}`
    this.#hash.update(line)
    this.#newest.push(line)
    if (this.#newest.length > newestKept) this.#newest.shift()
    this.#print?.(line)
    return ++this.#instant
  }

  /** A promise was broken. The first one counts; the run ends. */
  violate(message: string, cause?: unknown): void {
    if (this.#violation) return
    this.note(`VIOLATION ${message}`)
    this.#violation = new Violation(message, { cause })
  }

  #guard(check: () => void): void {
    try {
      check()
    } catch (error) {
      this.violate(error instanceof Error ? error.message : String(error), error)
    }
  }
}

const textMax = 400

/** A message in one line: bytes as their number, fields that say nothing left out. */
function describe(message: unknown): string {
  const text = textOf(message)
  return text.length > textMax ? `${text.slice(0, textMax)}…` : text
}

function textOf(value: unknown): string {
  if (Buffer.isBuffer(value)) return `<${value.length} bytes>`
  if (Array.isArray(value)) return `[${value.map(textOf).join(' ')}]`
  if (typeof value !== 'object' || value === null) return String(value)
  const fields = Object.entries(value).filter(([, field]) => !saysNothing(field))
  return `{${fields.map(([name, field]) => `${name}=${textOf(field)}`).join(' ')}}`
}

function saysNothing(field: unknown): boolean {
  if (field === null || field === '' || field === -1 || field === zeroUuid) return true
  return typeof field === 'object' && !Buffer.isBuffer(field) && Object.values(field).every(saysNothing)
}

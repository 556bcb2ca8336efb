import { Violation } from '../history.ts'

/** What stands at an offset: a record, by its name, or a marker that ends a transaction of a producer. */
export type Content =
  | {
      readonly kind: 'record'
      readonly value: string
      readonly key: string | null
      readonly isTombstone: boolean
      readonly producerId: number
      readonly transactional: boolean
    }
  | { readonly kind: 'marker'; readonly producerId: number; readonly committed: boolean }

/** What is known for sure of a partition at some moment: none of it may ever fall. */
export interface Bounds {
  readonly highWatermark: number
  readonly lastStableOffset: number
  readonly logStartOffset: number
}

/**
 * Who made a value, and which one it is: 'i3/17' is number 17 of the producer i3, 'p4/5:2' the second of batch 5 of p4,
 * 't6/2#x9' number 2 of t6, sent in transaction x9, 't6/3#x9@s-0:7' what it made of offset 7 of s-0.
 */
export interface ValueName {
  readonly producer: string
  readonly number: number
  readonly transaction: string | undefined
  readonly source: string | undefined
}

export function valueName(value: string): ValueName {
  const [, producer = '', number, transaction, source] =
    /^(\w+)\/(\d+)(?::\d+)?(?:#(\w+))?(?:@(.*))?$/.exec(value) ?? []
  return { producer, number: Number(number), transaction, source }
}

/** Producers whose names begin with `p` repeat what was not answered, and what they sent first may come late. */
const mayRepeat = (value: string): boolean => value.startsWith('p')
/** Producers whose names begin with `i` send on until everything is answered. */
const leavesNothingOut = (value: string): boolean => value.startsWith('i')

/**
 * What the world has been told of a partition. An answer is a promise: what one reader saw, or one producer was told,
 * holds for everybody from then on, crashes or not.
 */
export class PartitionLog {
  readonly name: string
  /** Whether records may go that later ones of their keys follow. */
  readonly compacted: boolean
  /** With a limit, records may go by themselves as long as the log keeps so many bytes. */
  readonly retentionBytes: number | undefined
  readonly #contents: (Content | undefined)[] = []
  readonly #sent = new Set<string>()
  readonly #offsets = new Map<string, number>()
  #bounds: Bounds = { highWatermark: 0, lastStableOffset: 0, logStartOffset: 0 }
  /** The log start may be up to here by now, for all that was asked. */
  deletedAtMost: number
  /** Whether somebody wanted the topic to be deleted, and whether it is. */
  deletion: 'none' | 'asked' | 'done' = 'none'

  /** Offsets that have been read since `beginLastReading`. */
  readonly #remaining = new Set<number>()
  /** Bytes of the batches that have been read since then, by their base offsets. */
  readonly #remainingBytes = new Map<number, number>()

  constructor(
    name: string,
    options: { readonly compacted?: boolean; readonly retentionBytes?: number | undefined } = {},
  ) {
    this.name = name
    this.compacted = options.compacted ?? false
    this.retentionBytes = options.retentionBytes
    this.deletedAtMost = this.retentionBytes === undefined ? 0 : Number.POSITIVE_INFINITY
  }

  get bounds(): Bounds {
    return this.#bounds
  }

  /** Offsets of which it is known what stands there. */
  get known(): number {
    return this.#contents.reduce(count => count + 1, 0)
  }

  at(offset: number): Content | undefined {
    return this.#contents[offset]
  }

  /** A producer has sent this value. */
  send(value: string): void {
    this.#sent.add(value)
  }

  /** Raises what is known. */
  raise(known: Partial<Bounds>): void {
    const { highWatermark, lastStableOffset, logStartOffset } = this.#bounds
    this.#bounds = {
      highWatermark: Math.max(highWatermark, known.highWatermark ?? 0),
      lastStableOffset: Math.max(lastStableOffset, known.lastStableOffset ?? 0),
      logStartOffset: Math.max(logStartOffset, known.logStartOffset ?? 0),
    }
  }

  /** Somebody was told what stands at an offset. */
  learn(offset: number, content: Content): void {
    const known = this.#contents[offset]
    if (known && !isSame(known, content))
      this.fail(`offset ${offset} held ${text(known)}, now it holds ${text(content)}`)
    this.#contents[offset] = content
    this.#remaining.add(offset)
    if (content.kind === 'marker') return
    const { value } = content
    if (!this.#sent.has(value)) this.fail(`offset ${offset} holds '${value}', which nobody sent here`)
    const first = this.#offsets.get(value)
    if (first === undefined) this.#offsets.set(value, offset)
    else if (first !== offset && !mayRepeat(value)) this.fail(`'${value}' stands at ${first} and at ${offset}`)
  }

  /** Somebody has read a whole batch. */
  readBatch(baseOffset: number, bytes: number): void {
    this.#remainingBytes.set(baseOffset, bytes)
  }

  /** From now on everything is read once more, to see what is left of it. */
  beginLastReading(): void {
    this.#remaining.clear()
    this.#remainingBytes.clear()
  }

  /**
   * Compaction: of each key the last record that was committed can still be read, if it is no tombstone. `isCommitted`
   * answers undefined where nobody knows.
   */
  checkLastOfKeys(isCommitted: (value: string) => boolean | undefined): void {
    const settled = new Set<string>()
    for (let offset = this.#contents.length - 1; offset >= 0; offset--) {
      const content = this.#contents[offset]
      if (content?.kind !== 'record' || content.key === null || settled.has(content.key)) continue
      const committed = content.transactional ? isCommitted(content.value) : true
      if (committed === false) continue
      settled.add(content.key)
      if (committed && !content.isTombstone && !this.#remaining.has(offset))
        this.fail(`'${content.value}' at ${offset} is gone, the last record of ${content.key}`)
    }
  }

  contents(): Iterable<[number, Content | undefined]> {
    return this.#contents.entries()
  }

  /** The run has ended, and everything has been read: what is known has no holes, and each producer's order held. */
  finish(): void {
    const { logStartOffset, highWatermark } = this.#bounds
    for (let offset = logStartOffset; offset < highWatermark; offset++) {
      if (!this.#contents[offset] && !this.compacted) this.fail(`nothing can be read at offset ${offset}`)
    }
    this.#checkRetained(logStartOffset)
    const last = new Map<string, { readonly offset: number; readonly number: number }>()
    let lastHole = -1
    for (const [offset, content] of this.#contents.entries()) {
      if (!content) lastHole = offset
      if (content?.kind !== 'record' || this.#offsets.get(content.value) !== offset) continue
      const { producer, number } = valueName(content.value)
      const previous = last.get(producer)
      last.set(producer, { offset, number })
      if (!previous) continue
      if (number < previous.number)
        this.fail(`'${content.value}' at ${offset} comes after number ${previous.number} at ${previous.offset}`)
      // What was deleted before anybody read it is no gap.
      if (number > previous.number + 1 && leavesNothingOut(producer) && previous.offset > lastHole)
        this.fail(`${producer} has nothing between number ${previous.number} and ${number} at ${offset}`)
    }
  }

  /** `retention.bytes`: nothing goes without which the log would be smaller. */
  #checkRetained(logStartOffset: number): void {
    if (this.retentionBytes === undefined || logStartOffset === 0) return
    const bytes = [...this.#remainingBytes.values()].reduce((sum, each) => sum + each, 0)
    if (bytes < this.retentionBytes)
      this.fail(`${bytes} bytes are left from ${logStartOffset} on, ${this.retentionBytes} should be kept`)
  }

  fail(what: string): never {
    throw new Violation(`${this.name}: ${what}`)
  }
}

function isSame(left: Content, right: Content): boolean {
  if (left.producerId !== right.producerId) return false
  if (left.kind === 'record') return right.kind === 'record' && left.value === right.value
  return right.kind === 'marker' && left.committed === right.committed
}

function text(content: Content): string {
  return content.kind === 'record' ? `'${content.value}'` : `a marker (${content.committed ? 'commit' : 'abort'})`
}

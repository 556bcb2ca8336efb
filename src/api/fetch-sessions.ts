import type { Env } from '../base/env.ts'
import { ErrorCode, KafkaError } from '../protocol/errors.ts'

/** One partition that a client wants to read. */
export interface FetchTarget {
  /** '' in requests that name topics by id. */
  readonly topic: string
  readonly topicId: string
  readonly partition: number
  readonly currentLeaderEpoch: number
  readonly fetchOffset: number
  readonly maxBytes: number
}

/** What a session compares to find out whether a partition has news. */
export interface FetchOutcome {
  readonly target: FetchTarget
  readonly errorCode: number
  readonly highWatermark: number
  readonly logStartOffset: number
  readonly bytes: number
}

export interface FetchSessionRequest {
  readonly sessionId: number
  readonly sessionEpoch: number
  readonly usesTopicIds: boolean
  readonly targets: readonly FetchTarget[]
  readonly forgotten: readonly Pick<FetchTarget, 'topic' | 'topicId' | 'partition'>[]
}

/** What one request is about: the partitions to read, and then what of the outcome to answer. */
export interface FetchContext {
  readonly targets: readonly FetchTarget[]
  /** The session for an answer without any outcome; 0 if there is none (yet). */
  sessionId(): number
  finish<Outcome extends FetchOutcome>(
    outcomes: readonly Outcome[],
  ): { readonly sessionId: number; readonly outcomes: readonly Outcome[] }
}

interface SessionPartition {
  target: FetchTarget
  /** What the client was told last; -1 after an error, so that its end is told. */
  highWatermark: number
  logStartOffset: number
}

interface Session {
  readonly id: number
  readonly usesTopicIds: boolean
  readonly createdMs: number
  usedMs: number
  /** The epoch that the next request must carry. */
  epoch: number
  /** In the order in which they are read. Those that had data go to the end, so that none starves. */
  readonly partitions: Map<string, SessionPartition>
}

const noSession = 0
const initialEpoch = 0
const finalEpoch = -1
const idLimit = 2 ** 31 - 1
const evictableAfterMs = 120_000

/**
 * Incremental fetch sessions (KIP-227): a client names its partitions once, then sends only changes, and is answered
 * only what is new. When all slots are taken, a session unused for two minutes makes room, or else one that is two
 * minutes old and not larger than the new one; failing that, the client goes on without a session.
 */
export class FetchSessions {
  readonly #env: Env
  readonly #slots: () => number
  /** Least recently used first. */
  readonly #sessions = new Map<number, Session>()

  /** `slots` tells how many sessions there may be: `max.incremental.fetch.session.cache.slots`. */
  constructor(env: Env, slots: () => number) {
    this.#env = env
    this.#slots = slots
  }

  get count(): number {
    return this.#sessions.size
  }

  /** Begins a request. Throws fetchSessionIdNotFound, invalidFetchSessionEpoch or fetchSessionTopicIdError. */
  begin(request: FetchSessionRequest): FetchContext {
    if (request.sessionEpoch !== initialEpoch && request.sessionEpoch !== finalEpoch) return this.#resume(request)
    // A full request ends the session that it names.
    this.#sessions.delete(request.sessionId)
    return request.sessionEpoch === finalEpoch ? withoutSession(request.targets) : this.#full(request)
  }

  #full(request: FetchSessionRequest): FetchContext {
    const finish = <Outcome extends FetchOutcome>(outcomes: readonly Outcome[]) => {
      const session = this.#create(outcomes.length, request.usesTopicIds)
      if (session) for (const outcome of outcomes) session.partitions.set(keyOf(outcome.target), told(outcome))
      return { sessionId: session?.id ?? noSession, outcomes }
    }
    return { targets: request.targets, sessionId: () => noSession, finish }
  }

  #resume(request: FetchSessionRequest): FetchContext {
    const session = this.#sessions.get(request.sessionId)
    if (!session) throw new KafkaError(ErrorCode.fetchSessionIdNotFound)
    if (session.epoch !== request.sessionEpoch) throw new KafkaError(ErrorCode.invalidFetchSessionEpoch)
    if (session.usesTopicIds !== request.usesTopicIds) throw new KafkaError(ErrorCode.fetchSessionTopicIdError)
    update(session, request)
    this.#sessions.delete(session.id)
    if (session.partitions.size === 0) return withoutSession(request.targets)
    session.usedMs = this.#env.clock.now()
    this.#sessions.set(session.id, session)
    session.epoch = epochAfter(session.epoch)
    return incremental(session)
  }

  #create(size: number, usesTopicIds: boolean): Session | undefined {
    const nowMs = this.#env.clock.now()
    if (this.#sessions.size >= this.#slots() && !this.#evict(size, nowMs)) return undefined
    let id = noSession
    while (id === noSession || this.#sessions.has(id)) id = this.#env.random.below(idLimit)
    const epoch = epochAfter(initialEpoch)
    const session: Session = { id, usesTopicIds, createdMs: nowMs, usedMs: nowMs, epoch, partitions: new Map() }
    this.#sessions.set(id, session)
    return session
  }

  #evict(newSize: number, nowMs: number): boolean {
    const [oldest] = this.#sessions.values()
    if (!oldest) return false
    let victim: Session | undefined = nowMs - oldest.usedMs > evictableAfterMs ? oldest : undefined
    if (!victim) {
      for (const session of this.#sessions.values()) {
        const evictable = nowMs - session.createdMs > evictableAfterMs && session.partitions.size <= newSize
        if (evictable && (!victim || session.partitions.size < victim.partitions.size)) victim = session
      }
    }
    return victim !== undefined && this.#sessions.delete(victim.id)
  }
}

function withoutSession(targets: readonly FetchTarget[]): FetchContext {
  return { targets, sessionId: () => noSession, finish: outcomes => ({ sessionId: noSession, outcomes }) }
}

function incremental(session: Session): FetchContext {
  const expectedEpoch = session.epoch
  const sessionId = () => {
    // Another request took the session over while this one was parked.
    if (session.epoch !== expectedEpoch) throw new KafkaError(ErrorCode.invalidFetchSessionEpoch)
    return session.id
  }
  const finish = <Outcome extends FetchOutcome>(outcomes: readonly Outcome[]) => ({
    sessionId: sessionId(),
    outcomes: outcomes.filter(outcome => isNews(session, outcome)),
  })
  return { targets: Array.from(session.partitions.values(), entry => entry.target), sessionId, finish }
}

function update(session: Session, request: FetchSessionRequest): void {
  for (const target of request.targets) {
    const key = keyOf(target)
    const known = session.partitions.get(key)
    if (known) known.target = target
    else session.partitions.set(key, { target, highWatermark: -1, logStartOffset: -1 })
  }
  for (const forgotten of request.forgotten) session.partitions.delete(keyOf(forgotten))
}

/** Whether the client must hear of it; remembers what it is told and moves what had data to the end. */
function isNews(session: Session, outcome: FetchOutcome): boolean {
  const key = keyOf(outcome.target)
  const entry = session.partitions.get(key)
  if (!entry) return false
  const { highWatermark, logStartOffset } = told(outcome)
  const failed = outcome.errorCode !== ErrorCode.none
  const changed = entry.highWatermark !== outcome.highWatermark || entry.logStartOffset !== outcome.logStartOffset
  entry.highWatermark = highWatermark
  entry.logStartOffset = logStartOffset
  if (outcome.bytes > 0) {
    session.partitions.delete(key)
    session.partitions.set(key, entry)
  }
  return failed || changed || outcome.bytes > 0
}

function told(outcome: FetchOutcome): SessionPartition {
  const failed = outcome.errorCode !== ErrorCode.none
  const highWatermark = failed ? -1 : outcome.highWatermark
  return { target: outcome.target, highWatermark, logStartOffset: outcome.logStartOffset }
}

function keyOf(target: Pick<FetchTarget, 'topic' | 'topicId' | 'partition'>): string {
  return `${target.partition}:${target.topic || target.topicId}`
}

function epochAfter(epoch: number): number {
  return epoch >= idLimit ? 1 : epoch + 1
}

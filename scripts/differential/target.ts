import type { Api, RequestInput, ResponseOf } from '../../src/protocol/codec.ts'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { Caller } from '../caller.ts'
import { type Json, Normaliser } from './normalise.ts'

export interface Address {
  readonly host: string
  readonly port: number
}

/** One answer, in the form that is compared. */
export interface Answer {
  readonly step: string
  readonly body: Json
}

export interface AskOptions {
  /** Keep the first answer, also one that says "not yet". */
  readonly once?: boolean
}

/** Passing conditions: a coordinator that is being found or is busy with the request before. */
const passingCodes: ReadonlySet<number> = new Set([
  ErrorCode.coordinatorLoadInProgress,
  ErrorCode.coordinatorNotAvailable,
  ErrorCode.notCoordinator,
  ErrorCode.concurrentTransactions,
  ErrorCode.leaderNotAvailable,
  // Kafka says it while a partition is being added to a transaction implicitly.
  ErrorCode.notLeaderOrFollower,
])
const triesMax = 100
const pauseMs = 50

/** One side of the comparison: asks, and keeps what it was told. */
export class Target {
  readonly answers: Answer[] = []
  readonly #caller: Caller
  readonly #host: string
  readonly #scope: string
  readonly #normaliser: Normaliser

  static async open(address: Address, scope: string): Promise<Target> {
    return new Target(await Caller.open(address), `${address.host}:${address.port}`, scope)
  }

  private constructor(caller: Caller, host: string, scope: string) {
    this.#caller = caller
    this.#host = host
    this.#scope = scope
    this.#normaliser = new Normaliser({ nowMs: Date.now(), scope })
  }

  /** Records get times from here on; they lie in the past, so that they cannot be taken for the time of writing. */
  get baseTimestamp(): number {
    return this.#normaliser.baseTimestamp
  }

  /** A topic, group or transactional id of this run, the same on both sides. */
  name(word: string): string {
    return `${word}-${this.#scope}`
  }

  /** Asks, and keeps the answer for the comparison under `step`. */
  async ask<A extends Api>(
    step: string,
    api: A,
    version: number,
    body: RequestInput<A>,
    options: AskOptions = {},
  ): Promise<ResponseOf<A>> {
    try {
      const answer = await this.tell(api, version, body, options)
      this.note(`${step} (${api.name} v${version})`, answer)
      return answer
    } catch (error) {
      throw new Error(`no answer from ${this.#host} to '${step}' (${api.name} v${version})`, { cause: error })
    }
  }

  /** Keeps an answer for the comparison. */
  note(step: string, answer: unknown): void {
    this.answers.push({ step, body: this.#normaliser.normalise(answer) })
  }

  /** Asks for what is not compared. */
  async tell<A extends Api>(
    api: A,
    version: number,
    body: RequestInput<A>,
    { once = false }: AskOptions = {},
  ): Promise<ResponseOf<A>> {
    let answer = await this.#caller.call(api, version, body)
    for (let tries = 1; tries < triesMax && !once && isPassing(answer); tries++) {
      await new Promise(resolve => setTimeout(resolve, pauseMs))
      answer = await this.#caller.call(api, version, body)
    }
    return answer
  }

  /** From now on `value` (an id that the broker chose) is shown as `symbol`. */
  learn(symbol: string, value: number | string): void {
    this.#normaliser.learn(symbol, value)
  }

  /** Asks again and again until `isThere` of the answer. */
  async until<A extends Api>(
    api: A,
    version: number,
    body: RequestInput<A>,
    isThere: (answer: ResponseOf<A>) => boolean,
  ): Promise<void> {
    for (let tries = 0; tries < triesMax; tries++) {
      if (isThere(await this.tell(api, version, body))) return
      await new Promise(resolve => setTimeout(resolve, pauseMs))
    }
    throw new Error(`${api.name} v${version} did not answer what was waited for`)
  }

  close(): void {
    this.#caller.close()
  }
}

function isPassing(answer: unknown): boolean {
  if (Array.isArray(answer)) return answer.some(isPassing)
  if (typeof answer !== 'object' || answer === null || Buffer.isBuffer(answer)) return false
  return Object.entries(answer).some(([name, value]) =>
    typeof value === 'number' ? /errorCode$/i.test(name) && passingCodes.has(value) : isPassing(value),
  )
}

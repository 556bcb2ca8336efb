import type { Api, RequestInput, ResponseOf } from '../../src/protocol/codec.ts'
import { BatchBuilder, type BatchOptions } from '../../src/protocol/records/build.ts'
import type { CompressionName } from '../../src/protocol/records/compression.ts'
import type { Dice } from './dice.ts'
import type { History } from './history.ts'

/** A part of the topics: where a client reads or writes. */
export interface Place {
  readonly topic: string
  readonly topicId: string
  readonly compacted: boolean
  readonly partition: number
}

/** The connection was cut, or the node is gone: whether the request had an effect, nobody knows. */
export class ConnectionLost extends Error {}

/** One end of a connection to a node, simulated or real. */
export interface ClientConnection {
  readonly isOpen: boolean
  /** Sends a request. Null is the missing answer to acks=0. Rejects with `ConnectionLost`. */
  send<A extends Api>(api: A, version: number, body: RequestInput<A>): Promise<ResponseOf<A> | null>
  /** As `send`, for a request that must have an answer. */
  call<A extends Api>(api: A, version: number, body: RequestInput<A>): Promise<ResponseOf<A>>
  cut(): void
}

/** What the clients know of where they live: the same ones work on a simulated node and on one that is a process. */
export interface ClientWorld {
  readonly history: History
  /** Clients finish what they have begun, and end. */
  readonly isStopping: boolean
  sleep(ms: number): Promise<void>
  nowMs(): number
  /** A name that nobody else has. */
  name(prefix: string): string
  diceFor(name: string): Dice
  /** Waits for the node, where it is away. */
  connect(clientId: string): Promise<ClientConnection>
  /** Does something over a connection, anew over another one as often as it is lost. */
  insist<Result>(clientId: string, action: (connection: ClientConnection) => Promise<Result>): Promise<Result>
  /** A batch of records with these names, at the node's time: see `namedBatch`. */
  batch(place: Place, names: readonly string[], dice: Dice, options?: BatchOptions): Buffer
}

/** So many keys are in use. */
const keys = 20

/**
 * A batch of records with these names as values, with something behind each to make it larger. On a compacted topic they
 * have keys, and some are tombstones, which have their names in a header; but not those of plain producers, of which nobody
 * would know where all copies were.
 */
export function namedBatch(
  { compacted }: Place,
  names: readonly string[],
  { dice, timestampMs, ...options }: BatchOptions & { readonly dice: Dice; readonly timestampMs: () => number },
): Buffer {
  const builder = new BatchBuilder({ bytesMax: Number.POSITIVE_INFINITY })
  for (const name of names) {
    const value = Buffer.from(name + ' '.repeat(dice.percent(5) ? dice.between(1000, 20_000) : dice.between(1, 200)))
    const key = compacted ? Buffer.from(`key-${dice.between(1, keys)}`) : null
    if (key && !name.startsWith('p') && dice.percent(20))
      builder.append(timestampMs(), key, null, [{ key: 'name', value }])
    else builder.append(timestampMs(), key, value)
  }
  const compression = dice.pick<CompressionName>(['none', 'none', 'gzip', 'lz4'])
  return builder.build({ compression, ...options })
}

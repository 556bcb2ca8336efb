import { ErrorCode } from '../protocol/errors.ts'
import { batchBytes, headerAt, sealBatch, writeInt64 } from '../protocol/records/batch.ts'
import { BatchBuilder } from '../protocol/records/build.ts'
import type { CompressionName } from '../protocol/records/compression.ts'
import { isRetriable, type RequestError } from './failures.ts'
import { splitBatch } from './split-batch.ts'

/** Who an idempotent producer is to the broker. A partition may outgrow its identity and take a new one. */
export interface ProducerIdentity {
  readonly producerId: number
  readonly producerEpoch: number
}

/** A whole batch on its way. */
export interface OutgoingBatch {
  readonly bytes: Buffer
  readonly recordCount: number
  /** On the monotonic clock. */
  readonly createdMs: number
  /** Its place in line. */
  readonly order: number
  /** The identity that `bytes` carries; undefined until the first sending. */
  identity: ProducerIdentity | undefined
  sequence: number
}

interface PartitionQueueOptions {
  readonly topic: string
  readonly partition: number
  readonly batchBytesMax: number
  readonly idempotent: boolean
  /** Batches belong to a transaction: one that is lost is not mended here, the whole transaction fails. */
  readonly transactional?: boolean
}

/** What becomes of a batch after an answer. */
export type Verdict = 'delivered' | 'again' | 'failed'

// KIP-98: a broker remembers the last five batches of a producer, so more in flight could not be told from duplicates.
const inFlightMax = 5

const lastEpoch = 0x7fff

const sequenceErrors: ReadonlySet<number> = new Set([
  ErrorCode.outOfOrderSequenceNumber,
  ErrorCode.unknownProducerId,
  ErrorCode.invalidProducerEpoch,
  ErrorCode.invalidProducerIdMapping,
])

/**
 * The batches of one partition, in order: filling, ready, in flight. When one comes back, nothing more is sent until all
 * that are in flight have come back; then they go out again in their old order under their old sequence numbers, so that the
 * broker recognises those it has. Records are neither lost, doubled nor reordered by retries.
 */
export class PartitionQueue {
  readonly topic: string
  readonly partition: number
  /** Node id of the leader, -1 while it is not known. */
  leaderId = -1
  /** Why the last attempt did not succeed. */
  lastError: RequestError | undefined
  readonly builder: BatchBuilder
  /** The codec of this partition's batches, where it is not the producer's. */
  compression: CompressionName | undefined
  readonly #idempotent: boolean
  readonly #transactional: boolean
  #identity: ProducerIdentity | undefined
  /** The identity that was given up. */
  #outgrown: ProducerIdentity | undefined
  #nextSequence = 0
  #ready: OutgoingBatch[] = []
  /** Sealed, and not to be sent before `release`. */
  #held: OutgoingBatch[] = []
  #inFlight: OutgoingBatch[] = []
  #returned: OutgoingBatch[] = []
  #sealed = 0
  #hasDelivered = false
  /** On the monotonic clock: nothing is sent before. */
  #pausedUntilMs = 0

  constructor(options: PartitionQueueOptions) {
    this.topic = options.topic
    this.partition = options.partition
    this.#idempotent = options.idempotent
    this.#transactional = options.transactional ?? false
    this.builder = new BatchBuilder({ bytesMax: options.batchBytesMax })
  }

  /** There are batches that are neither delivered nor failed. */
  get isWaiting(): boolean {
    return this.#ready.length + this.#inFlight.length + this.#returned.length > 0
  }

  /** The partition cannot go on without a (new) identity; ask for one when nothing is in flight. */
  get needsIdentity(): boolean {
    return this.#idempotent && this.#identity === undefined
  }

  /** When the oldest batch was made, on the monotonic clock. */
  get oldestMs(): number | undefined {
    return (this.#inFlight[0] ?? this.#returned[0] ?? this.#ready[0])?.createdMs
  }

  /** May the next batch go out now, to a leader that is known? */
  canSend(nowMs: number): boolean {
    // The first batch goes alone: a broker that does not know the producer takes any first sequence (KIP-360), so a
    // second batch could overtake one that has to be sent again.
    const limit = this.#hasDelivered || !this.#idempotent ? inFlightMax : 1
    return (
      this.#ready.length > 0 &&
      this.#inFlight.length < limit &&
      this.#returned.length === 0 &&
      nowMs >= this.#pausedUntilMs &&
      !this.needsIdentity
    )
  }

  get inFlightCount(): number {
    return this.#inFlight.length
  }

  /**
   * The identity that follows the one that was given up: the next epoch, which a producer without transactions takes on its own,
   * and which makes the broker refuse what is still on its way under the old one (KIP-360). Undefined after the last epoch.
   */
  get nextIdentity(): ProducerIdentity | undefined {
    const { producerId, producerEpoch } = this.#outgrown ?? { producerId: -1, producerEpoch: lastEpoch }
    return producerEpoch < lastEpoch ? { producerId, producerEpoch: producerEpoch + 1 } : undefined
  }

  assumeIdentity(identity: ProducerIdentity): void {
    // A broker that knows the producer takes nothing but 0 as the first number of a new epoch.
    if (identity.producerId !== (this.#identity ?? this.#outgrown)?.producerId) this.#hasDelivered = false
    this.#identity = identity
    this.#nextSequence = 0
  }

  /** Closes the batch that is being filled; its size in bytes, 0 if there was nothing. With `held` it waits for `release`. */
  seal(compression: CompressionName, nowMs: number, { held = false }: { readonly held?: boolean } = {}): number {
    const recordCount = this.builder.count
    if (recordCount === 0) return 0
    const bytes = this.builder.build({
      compression: this.compression ?? compression,
      transactional: this.#transactional,
    })
    const batch = { bytes, recordCount, createdMs: nowMs, order: this.#sealed++, identity: undefined, sequence: -1 }
    ;(held ? this.#held : this.#ready).push(batch)
    return bytes.length
  }

  /** What was held may be sent now. */
  release(): void {
    this.#ready.push(...this.#held)
    this.#held = []
  }

  /** The next batch to send, numbered. Only if `canSend`. */
  take(): OutgoingBatch {
    const batch = this.#ready.shift()!
    if (this.#identity && batch.identity !== this.#identity) this.#number(batch, this.#identity)
    this.#inFlight.push(batch)
    return batch
  }

  /** Takes note of the broker's answer, or of none (`ErrorCode.networkException`), and says what it means. */
  settle(batch: OutgoingBatch, errorCode: number, again: { readonly notBeforeMs: number }): Verdict {
    this.#inFlight = this.#inFlight.filter(other => other !== batch)
    if (errorCode === ErrorCode.none || errorCode === ErrorCode.duplicateSequenceNumber) {
      this.#hasDelivered = true
      this.#resume()
      return 'delivered'
    }
    if (errorCode === ErrorCode.messageTooLarge && batch.recordCount > 1) {
      this.#returned.push(...this.#split(batch))
      this.#resume()
      return 'again'
    }
    // First in line and out of sequence: the batch is not in the log, and never will be under these numbers.
    const isSequenceError = this.#idempotent && sequenceErrors.has(errorCode)
    const isLost = isSequenceError && this.#inFlight.length === 0 && this.#returned.length === 0
    const isFinal = this.#transactional ? isLost || errorCode !== ErrorCode.outOfOrderSequenceNumber : !isSequenceError
    if (isFinal && !isRetriable(errorCode)) {
      // The broker now misses these numbers: the batches behind need new ones, under a new identity.
      this.#giveUpIdentity()
      this.#resume()
      return 'failed'
    }
    if (isLost) this.#giveUpIdentity()
    // Whoever is not known may begin with any number: one batch at a time again.
    if (errorCode === ErrorCode.unknownProducerId) this.#hasDelivered = false
    this.#returned.push(batch)
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, again.notBeforeMs)
    this.#resume()
    return 'again'
  }

  /** Gives up whatever is not in flight; the batches that were dropped. */
  abandon(): readonly OutgoingBatch[] {
    const dropped = [...this.#returned, ...this.#ready]
    this.#returned = []
    this.#ready = []
    this.#giveUpIdentity()
    return dropped
  }

  /** In a transaction the coordinator gives out epochs, after the abort that has to follow. */
  #giveUpIdentity(): void {
    if (!this.#idempotent || this.#transactional || !this.#identity) return
    this.#outgrown = this.#identity
    this.#identity = undefined
  }

  #resume(): void {
    if (this.#inFlight.length > 0 || this.#returned.length === 0) return
    // Answers may arrive out of order when a connection breaks. The two halves of a split batch share its place.
    this.#ready = [...this.#returned.sort((a, b) => a.order - b.order), ...this.#ready]
    this.#returned = []
  }

  #number(batch: OutgoingBatch, identity: ProducerIdentity): void {
    batch.identity = identity
    batch.sequence = this.#nextSequence
    // Sequence numbers begin again at 0 after 2^31 - 1.
    this.#nextSequence = (this.#nextSequence + batch.recordCount) % 0x8000_0000
    stamp(batch)
  }

  #split(batch: OutgoingBatch): readonly OutgoingBatch[] {
    let sequence = batch.sequence
    return splitBatch(batch.bytes).map(({ bytes, recordCount }) => {
      const part: OutgoingBatch = { ...batch, bytes, recordCount, sequence }
      if (batch.identity) stamp(part)
      sequence = (sequence + recordCount) % 0x8000_0000
      return part
    })
  }
}

function stamp({ bytes, identity, sequence }: OutgoingBatch): void {
  if (!identity) return
  writeInt64(bytes, headerAt.producerId, identity.producerId)
  bytes.writeInt16BE(identity.producerEpoch, headerAt.producerEpoch)
  bytes.writeInt32BE(sequence, headerAt.baseSequence)
  sealBatch(bytes, 0, batchBytes(bytes))
}

/**
 * Turns values of one type into the bytes of a topic or a store, and back. Both throw what is wrong with the value; null
 * (a tombstone, an absent value) never reaches a codec.
 */
export interface Codec<T> {
  encode(value: T): Uint8Array
  decode(bytes: Uint8Array): T
  /** As `decode`, for bytes that this codec wrote itself: skips the validation. */
  readonly decodeOwn?: (bytes: Uint8Array) => T
}

/** A codec whose values the caller knows nothing of: operators carry them, user functions and codecs look inside. */
export type AnyCodec = Codec<unknown>

/** The type of what a codec holds. */
export type Decoded<C> = C extends Codec<infer T> ? T : never

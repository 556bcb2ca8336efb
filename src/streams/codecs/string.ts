import type { Codec } from './codec.ts'

/** UTF-8 text, as Kafka's StringSerializer writes it. */
export const string: Codec<string> = {
  encode: value => Buffer.from(value, 'utf8'),
  decode: bytes => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'),
}

import { bufferOf } from './bytes.ts'
import type { Codec } from './codec.ts'

/** UTF-8 text, as Kafka's StringSerializer writes it. */
export const string: Codec<string> = {
  encode: value => Buffer.from(value, 'utf8'),
  decode: bytes => bufferOf(bytes).toString('utf8'),
}

import { OperatorError } from '../../base/errors.ts'
import { bytes } from '../codecs/bytes.ts'
import type { AnyCodec } from '../codecs/codec.ts'
import { bigint64, float64, int64 } from '../codecs/numbers.ts'
import { string } from '../codecs/string.ts'

/**
 * The key that a person means by a text, for a store whose keys are of this codec: strings as they are, numbers as numbers,
 * bytes as UTF-8, and for all else JSON; what is no JSON is a string. Throws OperatorErrors for what cannot be such a key.
 */
export function keyOfText(codec: AnyCodec, text: string): unknown {
  if (codec === (string as AnyCodec)) return text
  if (codec === (bytes as AnyCodec)) return Buffer.from(text)
  if (codec === (int64 as AnyCodec) || codec === (float64 as AnyCodec)) return numberOf(text)
  if (codec === (bigint64 as AnyCodec)) return bigintOf(text)
  const key = jsonOf(text)
  try {
    codec.encode(key)
  } catch (error) {
    throw new OperatorError(`${JSON.stringify(text)} is no key of this store: ${(error as Error).message}`)
  }
  return key
}

/** What a text may mean, the likeliest first: where keys are JSON, `404` may be a number or a text. */
export function keysOfText(codec: AnyCodec, text: string): readonly unknown[] {
  const key = keyOfText(codec, text)
  const isPlain = [string, bytes, int64, float64, bigint64].some(known => codec === (known as AnyCodec))
  return isPlain || typeof key === 'string' ? [key] : [key, text]
}

/** A key or value as JSON can say it: numbers of 64 bits as text, bytes as text where they are UTF-8, else in hex. */
export function plainValue(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  if (value instanceof Uint8Array) return bytesText(value)
  return value
}

function bytesText(value: Uint8Array): string {
  const text = Buffer.from(value).toString('utf8')
  return Buffer.from(text).equals(value) ? text : `0x${Buffer.from(value).toString('hex')}`
}

function numberOf(text: string): number {
  const number = Number(text)
  if (text.trim() !== '' && Number.isFinite(number)) return number
  throw new OperatorError(`the keys of this store are numbers, not ${JSON.stringify(text)}`)
}

function bigintOf(text: string): bigint {
  if (/^-?\d+$/.test(text)) return BigInt(text)
  throw new OperatorError(`the keys of this store are whole numbers, not ${JSON.stringify(text)}`)
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

import { bufferOf, bytes } from './bytes.ts'
import type { AnyCodec } from './codec.ts'
import { string } from './string.ts'

/**
 * Keys as stores hold them: strings in which each character is one byte of the encoded key. They compare and sort as the
 * bytes do, serve as keys of a Map, and are joined with times by `+`.
 */
export interface KeyText {
  write(key: unknown): string
  read(text: string): unknown
}

const aboveAscii = /[\u0080-\uffff]/

/** How keys of this codec are written as text. */
export function keyTextOf(codec: AnyCodec): KeyText {
  if (codec === (string as AnyCodec)) return stringText
  if (codec === (bytes as AnyCodec)) return { write: key => byteText(key as Uint8Array), read: textBytes }
  const decode = codec.decodeOwn ?? codec.decode
  return { write: key => byteText(codec.encode(key)), read: text => decode(textBytes(text)) }
}

const stringText: KeyText = {
  write(key) {
    if (typeof key !== 'string') throw new TypeError(`the key ${JSON.stringify(key)} is not a string`)
    return aboveAscii.test(key) ? Buffer.from(key, 'utf8').toString('latin1') : key
  },
  read: text => (aboveAscii.test(text) ? Buffer.from(text, 'latin1').toString('utf8') : text),
}

/** Each byte as one character. */
export function byteText(source: Uint8Array): string {
  return bufferOf(source).toString('latin1')
}

/** The bytes that a text of `byteText` stands for. */
export function textBytes(text: string): Buffer {
  return Buffer.from(text, 'latin1')
}

let lastTime = -1
let lastText = ''

/** A time (or any whole number from 0) as eight bytes, big-endian: sorts as the numbers do. */
export function timeText(time: number): string {
  if (time === lastTime) return lastText
  const high = Math.floor(time / 0x1_0000_0000)
  const low = time >>> 0
  lastText = wordText(high) + wordText(low)
  lastTime = time
  return lastText
}

/** Four bytes, big-endian. */
export function wordText(word: number): string {
  return String.fromCharCode((word >>> 24) & 255, (word >>> 16) & 255, (word >>> 8) & 255, word & 255)
}

/** The time that eight characters from `at` stand for. */
export function timeAt(text: string, at: number): number {
  return wordAt(text, at) * 0x1_0000_0000 + wordAt(text, at + 4)
}

/** The unsigned word that four characters from `at` stand for. */
export function wordAt(text: string, at: number): number {
  return (
    ((text.charCodeAt(at) << 24) |
      (text.charCodeAt(at + 1) << 16) |
      (text.charCodeAt(at + 2) << 8) |
      text.charCodeAt(at + 3)) >>>
    0
  )
}

/** Above every text that goes on behind the same start. */
export const timeTextMax = '\u00ff'.repeat(8)

import type { AnyCodec } from './codec.ts'
import { byteText, keyTextOf, textBytes, timeAt, timeText } from './key-text.ts'

/** From `start` to `end`, in milliseconds since 1970. Time windows end before `end`; session and sliding windows include it. */
export interface Window {
  readonly start: number
  readonly end: number
}

/** A key in one window: what a windowed table is keyed by. */
export interface Windowed<K> {
  readonly key: K
  readonly window: Window
}

/** Windowed keys as Kafka's TimeWindowedSerializer writes them: the key, then the window's start in eight bytes. */
export function timeWindowed(key: AnyCodec, sizeMs: number): AnyCodec {
  const inner = keyTextOf(key)
  return {
    encode(value) {
      const windowed = value as Windowed<unknown>
      return textBytes(inner.write(windowed.key) + timeText(windowed.window.start))
    },
    decode(bytes) {
      const text = byteText(bytes)
      const start = timeAt(text, text.length - 8)
      return { key: inner.read(text.slice(0, -8)), window: { start, end: start + sizeMs } }
    },
  }
}

/** Windowed keys as Kafka's SessionWindowedSerializer writes them: the key, the end, the start. */
export function sessionWindowed(key: AnyCodec): AnyCodec {
  const inner = keyTextOf(key)
  return {
    encode(value) {
      const { key, window } = value as Windowed<unknown>
      return textBytes(inner.write(key) + timeText(window.end) + timeText(window.start))
    },
    decode(bytes) {
      const text = byteText(bytes)
      const at = text.length
      return {
        key: inner.read(text.slice(0, -16)),
        window: { start: timeAt(text, at - 8), end: timeAt(text, at - 16) },
      }
    },
  }
}

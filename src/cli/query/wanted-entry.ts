import type { StoreEntry } from '../../streams/serving/running-application.ts'
import type { Wanted } from './ask-store.ts'
import { textOf } from './show-entries.ts'

/** Whether a change is of what is followed. Numbers and texts have an order; other keys have none outside their store. */
export function isWanted({ key, window }: StoreEntry, wanted: Wanted): boolean {
  if (wanted.key !== undefined && textOf(key) !== canonical(key, wanted.key)) return false
  if (wanted.from !== undefined && compare(key, wanted.from) < 0) return false
  if (wanted.to !== undefined && compare(key, wanted.to) > 0) return false
  if (!wanted.window) return true
  if (!window) return false
  return window.start < wanted.window.end && Math.max(window.end, window.start + 1) > wanted.window.start
}

/** A key that is no text was asked for as JSON, which can be written in many ways. */
function canonical(key: unknown, text: string): string | null {
  if (typeof key === 'string') return text
  try {
    return textOf(JSON.parse(text))
  } catch {
    return text
  }
}

function compare(key: unknown, text: string): number {
  if (typeof key === 'number') return key - Number(text)
  return Buffer.compare(Buffer.from(textOf(key) ?? ''), Buffer.from(text))
}

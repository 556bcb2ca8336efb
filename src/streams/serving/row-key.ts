import { keyTextOf, timeAt } from '../codecs/key-text.ts'
import type { Window } from '../codecs/windowed.ts'
import type { StoreDefinition } from '../topology/topology.ts'

/** What the key of a row says: the key of the script, and the window, or when a version began. */
export interface RowKey {
  readonly key: unknown
  readonly window?: Window
  readonly validFrom?: number
}

/** Bytes behind the key of the script, by the kind of the store: see the stores in state/. */
const tailBytes = { 'key-value': 0, versioned: 8, window: 12, session: 16 } as const

type ReadableKind = keyof typeof tailBytes

/** A store whose rows mean something outside its operator. */
export function isReadable(definition: StoreDefinition): definition is StoreDefinition & { kind: ReadableKind } {
  return definition.kind in tailBytes
}

/** The text of the script's key within a row's key. */
export function keyPart(definition: StoreDefinition & { kind: ReadableKind }, text: string): string {
  return text.slice(0, text.length - tailBytes[definition.kind])
}

/** Reads the key of a row, as it lies in a table or a changelog: each character is a byte. */
export function rowKeyReader(definition: StoreDefinition & { kind: ReadableKind }): (text: string) => RowKey {
  const keys = keyTextOf(definition.key)
  const keyOf = (text: string): unknown => keys.read(keyPart(definition, text))
  switch (definition.kind) {
    case 'key-value':
      return text => ({ key: keyOf(text) })
    case 'versioned':
      return text => ({ key: keyOf(text), validFrom: timeAt(text, text.length - 8) })
    case 'window':
      return text => {
        const start = timeAt(text, text.length - 12)
        return { key: keyOf(text), window: { start, end: start + (definition.windowMs ?? 0) } }
      }
    case 'session':
      return text => {
        const window = { start: timeAt(text, text.length - 8), end: timeAt(text, text.length - 16) }
        return { key: keyOf(text), window }
      }
  }
}

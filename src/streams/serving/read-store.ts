import { OperatorError, unreachable } from '../../base/errors.ts'
import { keyTextOf } from '../codecs/key-text.ts'
import type { Window } from '../codecs/windowed.ts'
import { packingOf } from '../state/packing.ts'
import type { SessionStore } from '../state/session-store.ts'
import type { Row, StateTable } from '../state/state-table.ts'
import type { WindowStore } from '../state/window-store.ts'
import type { StoreDefinition } from '../topology/topology.ts'
import { keyOfText, keysOfText, plainValue } from './key-argument.ts'
import { isReadable, keyPart, type RowKey, rowKeyReader } from './row-key.ts'
import type { StoreEntry, StorePage, StoreRequest } from './running-application.ts'

/** A store of one task, as the task itself has it. */
export interface TaskStore {
  readonly definition: StoreDefinition
  /** The rows, and what `definition.create` made over them. */
  readonly table: StateTable
  readonly store: unknown
}

type Readable = Parameters<typeof keyPart>[0]

/** So many rows are looked at for one page: the task processes nothing meanwhile. */
const rowsMax = 5_000
/** So large are the values of one page, or one value if that is larger. */
const pageBytesMax = 4 * 1024 * 1024

/**
 * Reads a page of a store: what one key, a range of keys, or windows have, in the order of the keys' bytes. Reads what has
 * been processed so far, also what is not committed yet. Quick, and without waiting: to be called between two records.
 *
 * Throws OperatorErrors for stores that are an operator's own, and for keys that cannot be.
 */
export function readStore(task: TaskStore, request: StoreRequest): StorePage {
  const { definition } = task
  if (!isReadable(definition)) {
    throw new OperatorError(`the store ${definition.name} is an operator's own and cannot be read`)
  }
  if (request.window && definition.kind !== 'window' && definition.kind !== 'session') {
    throw new OperatorError(`the store ${definition.name} has no windows`, {
      hint: 'ask for a key, or for a range of keys',
    })
  }
  if (request.key === undefined) return readRange(task, definition, request, rangeOf(definition, request))
  const { write } = keyTextOf(definition.key)
  for (const key of keysOfText(definition.key, request.key)) {
    const text = write(key)
    const page = readRange(task, definition, request, { first: text, last: text })
    if (page.entries.length > 0 || page.next !== undefined) return page
  }
  return { entries: [] }
}

interface TextRange {
  readonly first: string
  /** Included; undefined for no end. */
  readonly last: string | undefined
}

function readRange(
  { table, store }: TaskStore,
  definition: Readable,
  request: StoreRequest,
  { first, last }: TextRange,
): StorePage {
  const rows = new StoreRows(definition, table, store)
  const entries: StoreEntry[] = []
  let looked = 0
  let bytes = 0
  for (const [text, row] of table.range(request.after === undefined ? first : `${fromToken(request.after)}\0`)) {
    if (last !== undefined && text.slice(0, last.length) > last) break
    const isFull = entries.length >= request.limit || looked >= rowsMax || bytes >= pageBytesMax
    if (isFull) return { entries, next: tokenOf(rows.previous) }
    rows.previous = text
    looked++
    bytes += sizeOf(row)
    const part = keyPart(definition, text)
    if (part < first || (last !== undefined && part > last)) continue
    const entry = rows.entry(text, row)
    if (entry && (!request.window || overlaps(definition, entry.window, request.window))) entries.push(entry)
  }
  return { entries }
}

function sizeOf({ value }: Row): number {
  return value instanceof Uint8Array || typeof value === 'string' ? value.length : 8
}

/** The texts of the first and the last key that are wanted. */
function rangeOf({ key }: Readable, { from, to }: StoreRequest): TextRange {
  const { write } = keyTextOf(key)
  return {
    first: from === undefined ? '' : write(keyOfText(key, from)),
    last: to === undefined ? undefined : write(keyOfText(key, to)),
  }
}

/** The rows of a store, one after the other, as entries. */
class StoreRows {
  /** The key of the row that was looked at last. */
  previous = ''
  readonly #definition: Readable
  readonly #table: StateTable
  readonly #store: unknown
  readonly #read: (text: string) => RowKey
  readonly #unpack: (packed: unknown) => unknown

  constructor(definition: Readable, table: StateTable, store: unknown) {
    this.#definition = definition
    this.#table = table
    this.#store = store
    this.#read = rowKeyReader(definition)
    this.#unpack = packingOf(definition.value).unpack
  }

  /** Nothing for rows that are no longer, or not alone, what the store holds. */
  entry(text: string, row: Row): StoreEntry | undefined {
    const { key, window } = this.#read(text)
    if (row.value === null || !this.#isCurrent(text, key, window)) return undefined
    return {
      key: plainValue(key),
      ...(window && { window }),
      value: plainValue(this.#unpack(row.value)),
      timestamp: row.timestamp,
    }
  }

  #isCurrent(text: string, key: unknown, window: Window | undefined): boolean {
    const { kind } = this.#definition
    switch (kind) {
      case 'key-value':
        return true
      case 'versioned':
        return this.#isLatest(text)
      case 'window':
        return (this.#store as WindowStore).fetch(key, window!.start, window!.start).length > 0
      case 'session':
        return (this.#store as SessionStore).get(key, window!) !== undefined
      default:
        return unreachable(kind)
    }
  }

  /** No newer version of the same key follows. */
  #isLatest(text: string): boolean {
    for (const [next] of this.#table.range(`${text}\0`)) {
      return keyPart(this.#definition, next) !== keyPart(this.#definition, text)
    }
    return true
  }
}

/** Windows of no length, those of joins, are points in time. The end belongs to a session, and not to other windows. */
function overlaps({ kind, windowMs }: Readable, window: Window | undefined, wanted: Window): boolean {
  if (!window) return false
  const endIncluded = kind === 'session' || !windowMs
  return window.start < wanted.end && (endIncluded ? window.end >= wanted.start : window.end > wanted.start)
}

/** Where to go on, as text that goes through a URL. */
function tokenOf(text: string): string {
  return Buffer.from(text, 'latin1').toString('base64url')
}

function fromToken(token: string): string {
  return Buffer.from(token, 'base64url').toString('latin1')
}

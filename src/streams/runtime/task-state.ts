import type { RowChange } from '../../storage/key-value.ts'
import { StateFile } from '../../storage/key-value.ts'
import { textBytes } from '../codecs/key-text.ts'
import type { StateMemory } from '../state/state-memory.ts'
import { rowSize } from '../state/state-table.ts'
import { StoredTable } from '../state/stored-table.ts'
import type { StoreDefinition, SubTopology } from '../topology/topology.ts'
import { changelogOf } from './partition-plan.ts'

export interface TaskStateOptions {
  readonly file: string
  readonly application: string
  readonly subTopology: SubTopology
  readonly memory: StateMemory
  /** What SQLite may keep of the file in memory. */
  readonly cacheBytes: number
}

/** A store of a task, with its rows and, once the task processes, what the operators see. */
export interface OpenStore {
  readonly definition: StoreDefinition
  readonly changelog: string | undefined
  table: StoredTable
  store: unknown
}

/** So many restored rows in memory are written at a time: what is interrupted goes on from there. */
const restoredRowsMax = 1_000_000

/**
 * The state of a task on disk: its stores, and for each changelog the offset up to which they hold what it says. The file is
 * written after the Kafka transaction has been committed, never before: so it may be behind what is committed, which the
 * rest of the changelog mends, and is never ahead. It may be written more seldom than transactions are committed: a row that
 * changes again and again is written once, and a crash costs the reading of a few more changelog records.
 */
export class TaskState {
  readonly #options: TaskStateOptions
  readonly #file: StateFile
  readonly #stores = new Map<string, OpenStore>()
  readonly #byChangelog = new Map<string, OpenStore>()
  #positions: Record<string, number>
  #restoredRows = 0
  #restoredBytes = 0

  /** Opens or creates the file, and reads what fits into memory. Throws OperatorError if it is not ours. */
  constructor(options: TaskStateOptions) {
    const { file, application, subTopology } = options
    this.#options = options
    this.#file = new StateFile(file, { cacheBytes: options.cacheBytes })
    this.#positions = this.#file.positions()
    for (const definition of subTopology.stores) {
      const changelog = changelogOf(application, definition)
      const open = { definition, changelog, table: this.#table(definition), store: undefined }
      this.#stores.set(definition.name, open)
      if (changelog !== undefined) this.#byChangelog.set(changelog, open)
    }
  }

  get stores(): ReadonlyMap<string, OpenStore> {
    return this.#stores
  }

  /** The changelogs of this state. */
  get changelogs(): readonly string[] {
    return [...this.#byChangelog.keys()]
  }

  /** Whether it has stores that no changelog brings back. */
  get isUnlogged(): boolean {
    return this.#byChangelog.size < this.#stores.size
  }

  /** Up to where the state holds what a changelog says; undefined where it holds nothing of it. */
  position(changelog: string): number | undefined {
    return this.#positions[changelog]
  }

  /**
   * Makes sure that the state belongs to this very changelog: a topic that was deleted and created again has another id, and
   * one that ends before the position has lost records. Otherwise the state is thrown away, to be built from the changelog.
   */
  identify(changelog: string, topicId: string, endOffset: number): void {
    const id = idNumber(topicId)
    const isSame = this.#positions[idName(changelog)] === id && (this.#positions[changelog] ?? 0) <= endOffset
    if (isSame) return
    const open = this.#byChangelog.get(changelog)!
    this.#file.table(open.definition.name).clear()
    open.table.close()
    open.table = this.#table(open.definition)
    this.#positions[changelog] = 0
    this.#positions[idName(changelog)] = id
    this.#file.commit({ changes: [], positions: this.#positions })
  }

  /** As `identify`, for a state that is the content of a topic: all of it is thrown away if that is another topic now. */
  identifySource(topic: string, topicId: string): void {
    const id = idNumber(topicId)
    if (this.#positions[idName(topic)] === id) return
    for (const open of this.#stores.values()) {
      this.#file.table(open.definition.name).clear()
      open.table.close()
      open.table = this.#table(open.definition)
    }
    for (const name of Object.keys(this.#positions)) this.#positions[name] = 0
    this.#positions[idName(topic)] = id
    this.#file.commit({ changes: [], positions: this.#positions })
  }

  /** Takes over a record of a changelog. `value` null: the row is gone. The position is to be told by `advance`. */
  restore(changelog: string, key: string, value: Buffer | null, timestamp: number): void {
    const { table, definition } = this.#byChangelog.get(changelog)!
    const row = value === null ? null : { value: definition.rows.valueOf(Buffer.from(value)), timestamp }
    table.restore(key, row)
    this.#restoredRows++
    this.#restoredBytes += row ? rowSize(key, row) : key.length
  }

  /** The state holds what a changelog says before `offset`. */
  advance(changelog: string, offset: number): void {
    if (offset > (this.#positions[changelog] ?? 0)) this.#positions[changelog] = offset
  }

  /** Writes restored rows once there are many: what is interrupted goes on from there. */
  restoredSome(): void {
    const isInMemory = [...this.#stores.values()].every(({ table }) => table.isResident)
    const { memory } = this.#options
    const isFull = isInMemory
      ? memory.isFull || this.#restoredRows >= restoredRowsMax
      : this.#restoredBytes >= memory.unwrittenBytesMax
    if (!isFull) return
    this.write()
    for (const { table } of this.#stores.values()) table.restored()
  }

  /** Makes the operators' stores over what is there. */
  createStores(): void {
    // Rows in memory can be written later, with the next that are: the task begins sooner.
    if ([...this.#stores.values()].some(({ table }) => !table.isResident)) this.write()
    for (const open of this.#stores.values()) open.store = open.definition.create(open.table)
  }

  /** Hands over each row that changed since the last call and goes to a changelog. */
  drain(
    changed: (changelog: string, key: Buffer, value: Uint8Array | null, timestamp: number | undefined) => void,
  ): void {
    for (const { table, changelog, definition } of this.#stores.values()) {
      if (changelog === undefined) {
        table.drain(() => {})
        continue
      }
      table.drain((key, row) =>
        changed(changelog, textBytes(key), row ? definition.rows.bytesOf(row.value) : null, row?.timestamp),
      )
    }
  }

  /** What waits to be written of tables that do not fit into memory, in bytes. */
  get unwrittenBytes(): number {
    return [...this.#stores.values()].reduce((sum, { table }) => sum + table.unwrittenBytes, 0)
  }

  /** Writes what was drained, with the positions, in one commit. Only what the cluster has committed may have been drained. */
  write(): void {
    this.#restoredRows = 0
    this.#restoredBytes = 0
    this.#file.commit({ changes: this.#unwritten(), positions: this.#positions })
    for (const { table } of this.#stores.values()) table.written()
  }

  /** Gives up what is not in the file, and closes it. */
  close(): void {
    for (const { table } of this.#stores.values()) table.close()
    this.#file.close()
  }

  *#unwritten(): Generator<RowChange> {
    for (const { table } of this.#stores.values()) yield* table.unwritten()
  }

  #table(definition: StoreDefinition): StoredTable {
    const { name, rows } = definition
    return new StoredTable({ name, rows, file: this.#file.table(name), memory: this.#options.memory })
  }
}

/** How far the state in a file is, as the sum of its positions, without reading its rows. */
export function storedPositionSum(file: string, application: string, { stores }: SubTopology): number {
  const state = new StateFile(file, { cacheBytes: 0 })
  const positions = state.positions()
  state.close()
  return stores.reduce((sum, store) => sum + (positions[changelogOf(application, store) ?? ''] ?? 0), 0)
}

const idName = (changelog: string): string => `${changelog}#id`

/** The id of a topic (a UUID in base64) as a number that a position can hold. */
function idNumber(topicId: string): number {
  return Buffer.from(topicId, 'base64url').readUIntBE(0, 6)
}

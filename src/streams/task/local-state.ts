import { StateFile } from '../../storage/key-value.ts'
import { StateMemory } from '../state/state-memory.ts'
import { MemoryTable, type StateTable } from '../state/state-table.ts'
import { StoredTable } from '../state/stored-table.ts'
import type { StoreDefinition } from '../topology/topology.ts'

/** Where the state of a local run is kept between commits, and over crashes. */
export interface LocalState {
  /** A store as it was committed last. */
  table(store: StoreDefinition): StateTable
  /** The marks of the last commit. */
  marks(): Readonly<Record<string, number>>
  /** Keeps what has changed since the last commit. */
  commit(marks: Readonly<Record<string, number>>): void
  /** Forgets what has not been committed. */
  crash(): void
  close(): void
}

interface LogEntry {
  readonly bytes: Uint8Array
  readonly timestamp: number
}

/** Keeps what the changelog topics of the stores would hold, as bytes. */
export function changelogState(): LocalState {
  const logs = new Map<string, Map<string, LogEntry>>()
  let tables: { readonly store: StoreDefinition; readonly table: MemoryTable }[] = []
  let committed: Readonly<Record<string, number>> = {}
  return {
    table(store) {
      const table = new MemoryTable()
      for (const [key, { bytes, timestamp }] of logs.get(store.name) ?? []) {
        table.put(key, { value: store.rows.valueOf(bytes), timestamp })
      }
      table.drain(() => {})
      tables.push({ store, table })
      return table
    },
    marks: () => committed,
    commit(marks) {
      committed = marks
      for (const { store, table } of tables) {
        const log = logs.get(store.name) ?? new Map<string, LogEntry>()
        logs.set(store.name, log)
        table.drain((key, row) => {
          if (row === undefined) log.delete(key)
          else log.set(key, { bytes: store.rows.bytesOf(row.value), timestamp: row.timestamp })
        })
      }
    },
    crash() {
      tables = []
    },
    close: () => logs.clear(),
  }
}

const cacheBytes = 8 * 1024 * 1024
const memoryBytesMax = 64 * 1024 * 1024

/** Keeps state in a file, as tasks of a running script do. */
export function fileState(file: string): LocalState {
  let open = new StateFile(file, { cacheBytes })
  let tables: StoredTable[] = []
  let memory = new StateMemory(memoryBytesMax)
  return {
    table({ name, rows }) {
      const table = new StoredTable({ name, file: open.table(name), rows, memory })
      tables.push(table)
      return table
    },
    marks: () => open.positions(),
    commit(marks) {
      for (const table of tables) table.drain(() => {})
      open.commit({ changes: tables.flatMap(table => [...table.unwritten()]), positions: marks })
      for (const table of tables) table.written()
    },
    crash() {
      open.close()
      tables = []
      memory = new StateMemory(memoryBytesMax)
      open = new StateFile(file, { cacheBytes })
    },
    close: () => open.close(),
  }
}

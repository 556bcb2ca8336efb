import { dirname, join } from 'node:path'
import type { Env } from '../base/env.ts'
import type { StorageError } from '../base/errors.ts'
import type { Compactor } from './compactor.ts'
import {
  type Connection,
  checkFileHeader,
  checkOwner,
  openConnection,
  openingError,
  type Synchronous,
} from './database.ts'
import { type DirectoryLock, lockDirectory } from './directory-lock.ts'
import { syncDirectory, syncFile } from './durable-files.ts'
import { makeEphemeralDirectory, removeDirectory } from './ephemeral.ts'
import { openInline } from './inline-storage.ts'
import type { LogReader } from './log-reader.ts'
import { migrate } from './migrations.ts'
import type { RecoveredState } from './recovered-state.ts'
import { type Recovery, recover } from './recovery.ts'
import { openThreaded, startWriter } from './threaded-storage.ts'
import type { WriteQueue } from './write-queue.ts'

/** As a directory: keep nothing beyond `close`. */
export const inMemory = ':memory:'

export type Durability = 'fsync' | 'os'

export interface StorageOptions {
  /**
   * The data directory, made when missing. With ':memory:' nothing is kept: the data lie in a temporary directory on
   * disk, so that they may outgrow the memory, or in memory when there are no threads.
   */
  readonly directory: string
  /** `fsync`: done means on disk. `os`: done means handed to the operating system. */
  readonly durability: Durability
  /** false runs everything in this thread, commits on `env.clock.soon`: for tests and the simulation. */
  readonly threads: boolean
  readonly env: Env
  /** Called once. Memory is then ahead of the disk: stop the node; a restart recovers. */
  readonly onFailure: (error: StorageError) => void
}

export interface Storage {
  readonly state: RecoveredState
  readonly writes: WriteQueue
  readonly reader: LogReader
  readonly compactor: Compactor
  /** Makes everything durable, checkpoints and releases the directory. */
  close(): Promise<void>
}

/** What both ways of running are built on. */
export interface OpenedDatabase extends Recovery {
  readonly database: Connection
  readonly file: string
  readonly synchronous: Synchronous
}

/**
 * Opens the data directory and recovers what is there.
 *
 * Throws `OperatorError` when the directory is used by another node, cannot be written, or holds no database of ours.
 */
export async function openStorage(options: StorageOptions): Promise<Storage> {
  const ephemeral = options.directory === inMemory
  if (ephemeral && !options.threads) return openInline(openDatabase(inMemory, 'OFF', options.env), options)

  const directory = ephemeral ? makeEphemeralDirectory(options.env.random) : options.directory
  const lock = lockDirectory(directory)
  try {
    const storage = await openFile(join(directory, 'streamctl.db'), options)
    return { ...storage, close: () => closeAll(storage, lock, ephemeral ? directory : undefined) }
  } catch (error) {
    lock.release()
    if (ephemeral) removeDirectory(directory)
    throw error
  }
}

async function openFile(file: string, options: StorageOptions): Promise<Storage> {
  const synchronous = options.directory === inMemory ? 'OFF' : options.durability === 'fsync' ? 'FULL' : 'NORMAL'
  if (!options.threads) return openInline(openDatabase(file, synchronous, options.env), options)
  // The thread starts up while this one recovers.
  const writer = startWriter()
  let opened: OpenedDatabase | undefined
  try {
    opened = openDatabase(file, synchronous, options.env)
    if (synchronous === 'FULL') syncRecovered(file)
    return openThreaded(writer, opened, options)
  } catch (error) {
    await writer.terminate()
    opened?.database.close()
    throw openingError(error, file)
  }
}

/**
 * A process that was killed leaves commits in the WAL that are not on the disk, and recovery takes them for good. Readers are
 * going to see them, and a producer that asks again is told that it need not: until a power cut takes them away, if nothing
 * else is committed before. So they are made durable first. It is little: what was under way when the process was killed.
 */
function syncRecovered(file: string): void {
  syncFile(`${file}-wal`)
  syncDirectory(dirname(file))
}

function openDatabase(file: string, synchronous: Synchronous, env: Env): OpenedDatabase {
  let database: Connection | undefined
  try {
    if (file !== inMemory) checkFileHeader(file)
    database = openConnection({ file, synchronous })
    checkOwner(database, file)
    migrate(database, file)
    return { database, file, synchronous, ...recover(database, env) }
  } catch (error) {
    database?.close()
    throw openingError(error, file)
  }
}

async function closeAll(storage: Storage, lock: DirectoryLock, temporary: string | undefined): Promise<void> {
  try {
    await storage.close()
  } finally {
    lock.release()
    if (temporary) removeDirectory(temporary)
  }
}

import { closeSync, existsSync, openSync, readFileSync, readSync, statSync, truncateSync } from 'node:fs'
import path from 'node:path'
import type { Dice } from '../../simulate/dice.ts'

const headerBytes = 32
const frameBytes = 24 + 16_384

/** How far the WAL of a running node is written. */
export interface WalFrames {
  /** Changes whenever the WAL begins anew. */
  readonly salt: string
  /** Frames up to the last commit. */
  readonly frames: number
  /** Frames that the database file may hold in part: the WAL was synced before, so that they cannot be lost. */
  readonly attempted: number
}

/** Read from the index that SQLite keeps in shared memory, as https://sqlite.org/walformat.html describes it. */
export function walFrames(data: string): WalFrames {
  const index = Buffer.alloc(136)
  const descriptor = openSync(path.join(data, 'streamctl.db-shm'), 'r')
  readSync(descriptor, index, 0, index.length, 0)
  closeSync(descriptor)
  // The machine's own byte order; x86 and ARM have this one.
  return {
    salt: index.subarray(32, 40).toString('hex'),
    frames: index.readUInt32LE(16),
    attempted: index.readUInt32LE(128),
  }
}

/** Cuts the WAL of a directory at a random byte behind what was there at an earlier moment. */
export function cutWal(data: string, before: WalFrames, dice: Dice): void {
  const wal = path.join(data, 'streamctl.db-wal')
  if (!existsSync(wal)) return
  const salt = readFileSync(wal).subarray(16, 24).toString('hex')
  // A WAL that has begun anew since holds only what is newer: all else is in the database.
  const acknowledged = salt === before.salt ? before.frames : 0
  const frames = Math.max(acknowledged, walFrames(data).attempted)
  const least = frames === 0 ? 0 : headerBytes + frames * frameBytes
  const { size } = statSync(wal)
  // Mostly where something has been written since then: behind it there is room that is not used yet.
  const most = dice.percent(80) ? Math.min(size, least + 30 * frameBytes) : size
  truncateSync(wal, dice.between(Math.min(least, size), most))
}

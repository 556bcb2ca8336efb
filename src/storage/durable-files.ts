import { closeSync, fdatasyncSync, fsyncSync, openSync } from 'node:fs'

/** Brings what was written to a file to the disk, whoever wrote it. Throws what the system says. */
export function syncFile(file: string): void {
  const descriptor = openSync(file, 'r+')
  try {
    fdatasyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/**
 * Makes durable which files a directory holds: that a file was synced does not say that its name is still there after a
 * power cut. Where directories cannot be synced (Windows; some network file systems) that is not to be had, and, as SQLite
 * does, not asked for.
 */
export function syncDirectory(directory: string): void {
  let descriptor: number
  try {
    descriptor = openSync(directory, 'r')
  } catch {
    return
  }
  try {
    fsyncSync(descriptor)
  } catch {
    // As above.
  } finally {
    closeSync(descriptor)
  }
}

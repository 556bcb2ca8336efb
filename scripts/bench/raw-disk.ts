import { closeSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs'
import path from 'node:path'

/**
 * What the disk gives to a loop that does nothing but write a block and fsync it, in MB/s (10^6 bytes).
 *
 * `overwrite` goes over blocks that exist already, as a database does within its WAL; `append` makes the file grow, so that
 * each fsync writes the file's size too.
 */
export function rawBandwidth(options: {
  directory: string
  blockBytes: number
  mode: 'append' | 'overwrite'
  totalBytes: number
  /** The file's name. */
  name?: string
  /** The caller deletes the file: a disk that is told of deleted blocks is slower for whoever comes next. */
  keep?: boolean
}): number {
  const file = path.join(options.directory, options.name ?? 'raw-disk.bin')
  const block = Buffer.alloc(options.blockBytes, 0x5a)
  const count = Math.max(16, Math.floor(options.totalBytes / options.blockBytes))
  const descriptor = openSync(file, 'w')
  try {
    if (options.mode === 'overwrite') {
      for (let at = 0; at < count; at++) writeSync(descriptor, block, 0, block.length, at * block.length)
      fsyncSync(descriptor)
    }
    const startMs = performance.now()
    for (let at = 0; at < count; at++) {
      writeSync(descriptor, block, 0, block.length, at * block.length)
      fsyncSync(descriptor)
    }
    return (count * block.length) / 1e3 / (performance.now() - startMs)
  } finally {
    closeSync(descriptor)
    if (!options.keep) rmSync(file)
  }
}

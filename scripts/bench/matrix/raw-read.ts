import { closeSync, fsyncSync, openSync, readSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import path from 'node:path'

const pieceBytes = 1024 * 1024

/** What the disk and the page cache give to a loop that reads a file in order, MB/s. */
export function rawRead(directory: string, bytes: number): { readonly cold: number; readonly warm: number } {
  const file = path.join(directory, 'raw-read.bin')
  const descriptor = openSync(file, 'w+')
  const piece = Buffer.alloc(pieceBytes, 0x5a)
  try {
    for (let at = 0; at < bytes; at += piece.length) writeSync(descriptor, piece, 0, piece.length, at)
    fsyncSync(descriptor)
    dropPageCache()
    return { cold: readAll(descriptor), warm: readAll(descriptor) }
  } finally {
    closeSync(descriptor)
    rmSync(file)
  }
}

function readAll(descriptor: number): number {
  const piece = Buffer.alloc(pieceBytes)
  const startMs = performance.now()
  let bytes = 0
  for (let read = -1; read !== 0; bytes += read) read = readSync(descriptor, piece, 0, piece.length, bytes)
  return bytes / 1e3 / (performance.now() - startMs)
}

/** Only root may. */
export function dropPageCache(): void {
  try {
    writeFileSync('/proc/sys/vm/drop_caches', '1')
  } catch {
    process.stderr.write('the page cache cannot be emptied without root: nothing is cold\n')
  }
}

import { statfsSync } from 'node:fs'

/** Of the file system that holds `directory`, in bytes; -1 where there is none (':memory:') or it cannot be told. */
export function diskSpace(directory: string): { readonly totalBytes: number; readonly usableBytes: number } {
  try {
    const { bsize, blocks, bavail } = statfsSync(directory)
    return { totalBytes: bsize * blocks, usableBytes: bsize * bavail }
  } catch {
    return { totalBytes: -1, usableBytes: -1 }
  }
}

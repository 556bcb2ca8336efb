import { constants, gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { DecodeError } from '../../base/errors.ts'
import { compressLz4, decompressLz4 } from './lz4.ts'
import { compressSnappy, decompressSnappy } from './snappy.ts'

/** Kafka's names of the compressions, in the order of their numbers in a batch's attributes. */
export const compressionNames = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const

export type CompressionName = (typeof compressionNames)[number]

/** The highest number that attributes may hold. */
export const compressionIdMax = compressionNames.length - 1

/** What a batch may unpack to unless the caller says otherwise: far more than brokers accept, far less than memory. */
export const decompressedBytesMaxDefault = 128 * 1024 * 1024

/** The name for the compression bits of a batch's attributes. Throws `DecodeError` for a number without meaning. */
export function compressionName(id: number): CompressionName {
  const name = compressionNames[id]
  if (name === undefined) throw new DecodeError(`unknown compression ${id}`)
  return name
}

/** The number in a batch's attributes. */
export function compressionId(name: CompressionName): number {
  return compressionNames.indexOf(name)
}

/** Compresses the records of a batch. `level` is that of gzip (1-9, default 6) or zstd (1-22, default 3). */
export function compress(name: CompressionName, data: Buffer, level?: number): Buffer {
  switch (name) {
    case 'none':
      return data
    case 'gzip':
      return gzipSync(data, { level: level ?? constants.Z_DEFAULT_COMPRESSION })
    case 'snappy':
      return compressSnappy(data)
    case 'lz4':
      return compressLz4(data)
    case 'zstd':
      return zstdCompressSync(data, { params: { [constants.ZSTD_c_compressionLevel]: level ?? 3 } })
  }
}

/**
 * Unpacks the records of a batch; `none` is the same bytes, not copied.
 * Throws `DecodeError` for damaged data, and, before the memory is taken, for what would unpack to more than `bytesMax`.
 */
export function decompress(name: CompressionName, data: Buffer, bytesMax = decompressedBytesMaxDefault): Buffer {
  try {
    return unpack(name, data, bytesMax)
  } catch (error) {
    if (error instanceof DecodeError) throw error
    throw new DecodeError(`damaged ${name} data: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function unpack(name: CompressionName, data: Buffer, bytesMax: number): Buffer {
  switch (name) {
    case 'none':
      return data
    case 'gzip':
      return gunzipSync(data, { maxOutputLength: bytesMax })
    case 'snappy':
      return decompressSnappy(data, bytesMax)
    case 'lz4':
      return decompressLz4(data, bytesMax)
    case 'zstd':
      return zstdDecompressSync(data, { maxOutputLength: bytesMax })
  }
}

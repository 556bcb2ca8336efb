import { gzipSync, zstdCompressSync } from 'node:zlib'
import { lz4Decompress, snappyDecompress } from '@platformatic/wasm-utils'
import { compressSync as compressSnappyBlock } from 'snappy'
import { expect, test } from 'vitest'
import { DecodeError } from '../../../src/base/errors.ts'
import {
  compress,
  compressionId,
  compressionName,
  compressionNames,
  decompress,
} from '../../../src/protocol/records/compression.ts'
import { seededRandom } from '../../support/simulated-env.ts'
import { golden, goldenNames, lz4FrameContent } from './golden.ts'

const packed = compressionNames.filter(name => name !== 'none')
const megabyte = Buffer.alloc(1024 * 1024)

test('the names stand in the order of their numbers', () => {
  expect(compressionNames.map(compressionId)).toEqual([0, 1, 2, 3, 4])
  expect([0, 1, 2, 3, 4].map(compressionName)).toEqual(['none', 'gzip', 'snappy', 'lz4', 'zstd'])
  expect(() => compressionName(5)).toThrow(DecodeError)
})

test.each(compressionNames)('%s gives back what it was given', name => {
  const random = seededRandom(3)
  const inputs = [
    Buffer.alloc(0),
    Buffer.from('a'),
    random.bytes(100_000),
    lz4FrameContent,
    Buffer.alloc(300_000, 'ab'),
  ]
  for (const data of inputs) expect(decompress(name, compress(name, data)).equals(data)).toBe(true)
})

test('a level makes gzip and zstd smaller', () => {
  for (const name of ['gzip', 'zstd'] as const) {
    const levels = [compress(name, lz4FrameContent, 1), compress(name, lz4FrameContent, 9)]
    expect(levels[1]?.length).toBeLessThan(levels[0]?.length ?? 0)
    for (const data of levels) expect(decompress(name, data).equals(lz4FrameContent)).toBe(true)
  }
})

test.each(packed)('a %s bomb is refused before it takes the memory', name => {
  // A gigabyte of zeros, in as many pieces as the format allows to be put behind each other.
  const piece = compress(name, megabyte)
  const body = name === 'snappy' ? piece.subarray(16) : piece
  const bomb = Buffer.concat([piece, ...Array.from({ length: 1023 }, () => body)])
  const before = process.memoryUsage().rss
  expect(() => decompress(name, bomb, 2 * 1024 * 1024)).toThrow(DecodeError)
  expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024)
})

test.each(packed)('%s unpacks to exactly the limit, and not to a byte more', name => {
  const data = compress(name, megabyte)
  expect(decompress(name, data, megabyte.length).equals(megabyte)).toBe(true)
  expect(() => decompress(name, data, megabyte.length - 1)).toThrow(DecodeError)
})

test.each(packed)('%s that is cut short is refused', name => {
  const data = compress(name, lz4FrameContent)
  for (const bytes of [1, 2, 3, 5, 10, 18, 30, data.length >> 1, data.length - 5, data.length - 1]) {
    expect(() => decompress(name, data.subarray(0, bytes)), `${bytes} bytes`).toThrow(DecodeError)
  }
})

test('snappy is read in both of its forms, and written in the one that all clients read', () => {
  expect(decompress('snappy', compressSnappyBlock(lz4FrameContent)).equals(lz4FrameContent)).toBe(true)
  const stream = compress('snappy', lz4FrameContent)
  expect(stream.subarray(0, 16).toString('hex')).toBe('82534e41505059000000000100000001')
  const firstBlock = stream.subarray(20, 20 + stream.readInt32BE(16))
  expect(lz4FrameContent.subarray(0, 32 * 1024).equals(snappyDecompress(firstBlock))).toBe(true)
})

test('a snappy block that announces more than it can hold is refused', () => {
  // A length of 100 MiB, in six bytes.
  const block = Buffer.from([0x80, 0x80, 0x80, 0x32, 0x00, 0x61])
  expect(() => decompress('snappy', block)).toThrow(DecodeError)
  const endless = Buffer.concat([compress('snappy', Buffer.alloc(0)), Buffer.from('7fffffff00', 'hex')])
  expect(() => decompress('snappy', endless)).toThrow(DecodeError)
})

test.each(goldenNames.filter(name => name.startsWith('python-lz4')))(
  'the LZ4 frame %s of the C library is read',
  name => {
    const frame = golden(name)
    expect(decompress('lz4', frame).equals(lz4FrameContent)).toBe(true)
    const twice = Buffer.concat([frame, frame])
    expect(decompress('lz4', twice).equals(Buffer.concat([lz4FrameContent, lz4FrameContent]))).toBe(true)
    expect(() => decompress('lz4', twice, lz4FrameContent.length * 2 - 1)).toThrow(DecodeError)
  },
)

test('our LZ4 frames have independent blocks, which the Java client insists on, and others read them', () => {
  const frame = compress('lz4', lz4FrameContent)
  expect((frame[4] ?? 0) & 0x20).toBe(0x20)
  expect(lz4FrameContent.equals(lz4Decompress(frame))).toBe(true)
})

test('an LZ4 frame with a wrong header checksum is read, as clients of format 0 write it', () => {
  const frame = golden('python-lz4-4.4.5-linked-64k-checksums')
  frame.writeUInt8(frame.readUInt8(14) ^ 0xff, 14)
  expect(decompress('lz4', frame).equals(lz4FrameContent)).toBe(true)
})

test('skippable LZ4 frames are passed over, dictionaries refused', () => {
  const skippable = Buffer.from('502a4d1803000000616263', 'hex')
  expect(decompress('lz4', Buffer.concat([skippable, compress('lz4', Buffer.from('x'))])).toString()).toBe('x')
  expect(() => decompress('lz4', Buffer.from('502a4d18ffffffff616263', 'hex'))).toThrow(DecodeError)
  const dictionary = compress('lz4', Buffer.from('x'))
  dictionary.writeUInt8((dictionary[4] ?? 0) | 1, 4)
  expect(() => decompress('lz4', dictionary)).toThrow(/dictionary/)
})

test('members of gzip and frames of zstd behind each other are one', () => {
  const parts = [Buffer.from('one '), Buffer.from('two')]
  expect(decompress('gzip', Buffer.concat(parts.map(part => gzipSync(part)))).toString()).toBe('one two')
  expect(decompress('zstd', Buffer.concat(parts.map(part => zstdCompressSync(part)))).toString()).toBe('one two')
})

test('a zstd window of up to 128 MiB is accepted, as by other clients, but none beyond', () => {
  // Magic, no content size, window of 2^(10 + n / 8) bytes, one raw block with the byte 'a'.
  const frame = (window: number): Buffer => Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, window, 9, 0, 0, 0x61])
  expect(decompress('zstd', frame(17 * 8)).toString()).toBe('a')
  expect(() => decompress('zstd', frame(18 * 8))).toThrow(DecodeError)
})

import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { OperatorError } from '../../../src/base/errors.ts'
import { type ArchiveBlock, archiveHead, decodeBlock, encodeBlock } from '../../../src/cli/archive/archive-format.ts'
import { blocksOf } from '../../../src/cli/archive/archive-reader.ts'

const blocks: readonly ArchiveBlock[] = [
  { kind: 'topic', topic: { name: 't', partitions: 2, settings: [['cleanup.policy', 'compact']] } },
  { kind: 'group', group: { group: 'g', offsets: [{ topic: 't', partition: 0, offset: 7 }] } },
  { kind: 'records', records: { topic: 0, partition: 1, batches: Buffer.alloc(1000, 'x') } },
  { kind: 'records', records: { topic: 65_535, partition: 70_000, batches: Buffer.from([0, 255]) } },
  { kind: 'end', records: { t: 3 } },
]

const archive = Buffer.concat([archiveHead, ...blocks.flatMap(encodeBlock)])

async function read(bytes: Buffer, chunkBytes = 64): Promise<ArchiveBlock[]> {
  const chunks: Buffer[] = []
  for (let at = 0; at < bytes.length; at += chunkBytes) chunks.push(bytes.subarray(at, at + chunkBytes))
  const found: ArchiveBlock[] = []
  for await (const block of blocksOf(Readable.from(chunks, { objectMode: true }))) found.push(decodeBlock(block))
  return found
}

test.each([1, 7, 64, 10_000])('an archive comes out as it went in, in chunks of %i bytes', async chunkBytes => {
  expect(await read(archive, chunkBytes)).toEqual(blocks)
})

test('records that compress take less room, others no more than themselves', () => {
  expect(Buffer.concat([...encodeBlock(blocks[2]!)]).length).toBeLessThan(100)
  expect(Buffer.concat([...encodeBlock(blocks[3]!)]).length).toBe(5 + 6 + 2 + 4)
})

test('an archive that was cut anywhere is refused', async () => {
  for (let bytes = 0; bytes < archive.length; bytes += 3) {
    await expect(read(archive.subarray(0, bytes))).rejects.toThrow(OperatorError)
  }
})

test('an archive with any byte changed is refused', async () => {
  for (let at = 0; at < archive.length; at += 3) {
    const changed = Buffer.from(archive)
    changed[at]! ^= 0x41
    await expect(read(changed)).rejects.toThrow(OperatorError)
  }
})

test('something behind the end is refused', async () => {
  await expect(read(Buffer.concat([archive, Buffer.from('x')]))).rejects.toThrow(/its end is missing/)
  await expect(read(Buffer.concat([archive, ...encodeBlock(blocks[0]!)]))).rejects.toThrow(/behind its end/)
})

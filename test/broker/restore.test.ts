import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { OperatorError } from '../../src/base/errors.ts'
import { testNode } from '../support/node.ts'
import {
  commitOffsetIn,
  committedOffset,
  endTransaction,
  produceIn,
  readCommitted,
  transactionalProducer,
} from '../support/transactions.ts'
import { contentsOf, findingsIn, restoreBackup, type TakenBackup, takeBackup } from './backups.ts'
import { copyOf, storedNode, tamper, temporaryDirectory, writeData } from './stored-node.ts'

let source: string
let backup: TakenBackup

beforeAll(async () => {
  source = temporaryDirectory()
  await writeData(source, storedNode())
  backup = await takeBackup(source)
})

test.each([1, 19, 100_000_000])('a backup that comes in pieces of %i bytes makes the same node', async pieceBytes => {
  const directory = join(temporaryDirectory(), 'new')
  const bytes = pieceBytes === 1 ? backup.bytes.subarray(0, 5000) : backup.bytes
  if (pieceBytes === 1) {
    // All of it, byte by byte, takes too long: here only that nothing goes wrong until it is cut off.
    await expect(restoreBackup(bytes, directory, { pieceBytes })).rejects.toThrow('it ends at byte 5000')
    return
  }
  expect(await restoreBackup(bytes, directory, { pieceBytes })).toMatchObject({
    topics: 2,
    partitions: 4,
    cut: undefined,
  })
  expect(readdirSync(directory).sort()).toEqual(['streamctl.db', 'streamctl.lock'])
  expect(contentsOf(directory)).toBe(contentsOf(source))
  expect(await findingsIn(directory)).toEqual([])
})

test('what a killed node has left in its WAL is in the backup', async () => {
  const directory = copyOf(source)
  let killed = ''
  tamper(directory, database => {
    database.pragma('wal_autocheckpoint = 0')
    database.exec("UPDATE consumer_group SET group_id = 'renamed'")
    killed = copyOf(directory)
  })
  const { bytes } = await takeBackup(killed)
  const restored = join(temporaryDirectory(), 'new')
  await restoreBackup(bytes, restored)
  expect(contentsOf(restored)).toContain('renamed')
})

test('a damaged log is not backed up: it says where', async () => {
  const directory = copyOf(source)
  tamper(directory, database => {
    const data = database.prepare('SELECT data FROM batch WHERE id = 300').pluck().get() as Buffer
    data[100] = (data[100] ?? 0) ^ 1
    database.prepare('UPDATE batch SET data = ? WHERE id = 300').run(data)
  })
  await expect(takeBackup(directory)).rejects.toThrow(/^the data is damaged: orders-0 offset 598: the batch has CRC/)
})

describe('a backup that is not whole is refused in one sentence, and nothing is left behind:', () => {
  const flipped = (at: number) => (bytes: Buffer) => {
    bytes[at] = (bytes[at] ?? 0) ^ 1
    return bytes
  }
  /** Where frames begin. */
  const frames = (bytes: Buffer): number[] => {
    const starts: number[] = []
    for (let at = 19; at < bytes.length; at += 9 + bytes.readUInt32BE(at + 1)) starts.push(at)
    return starts
  }
  const without = (frame: number) => (bytes: Buffer) => {
    const starts = frames(bytes)
    return Buffer.concat([bytes.subarray(0, starts[frame]), bytes.subarray(starts[frame + 1])])
  }
  const swapped = (bytes: Buffer) => {
    const [, , a = 0, b = 0, c = 0] = frames(bytes)
    return Buffer.concat([bytes.subarray(0, a), bytes.subarray(b, c), bytes.subarray(a, b), bytes.subarray(c)])
  }
  const cases: readonly [what: string, damage: (bytes: Buffer) => Buffer, message: RegExp][] = [
    ['nothing', () => Buffer.alloc(0), /^x.backup is empty$/],
    ['a few bytes', bytes => bytes.subarray(0, 7), /^x.backup is not complete: it ends at byte 7$/],
    [
      'without its end',
      bytes => bytes.subarray(0, -1),
      /^x.backup is not complete: it ends at byte \d+, before the end/,
    ],
    ['without its last frame', bytes => bytes.subarray(0, frames(bytes).at(-1)), /^x.backup is not complete/],
    ['half', bytes => bytes.subarray(0, bytes.length / 2), /^x.backup is not complete/],
    ['a bit of the header', flipped(40), /^x.backup is damaged at byte 19$/],
    ['a bit of a kind', flipped(19), /^x.backup is damaged at byte 19$/],
    ['a bit of a record', flipped(5000), /^x.backup is damaged at byte \d+$/],
    ['a row is missing', without(5), /parts of it are missing or in the wrong place$/],
    ['rows are in another order', swapped, /parts of it are missing or in the wrong place$/],
    ['no header', without(0), /^x.backup is damaged at byte 19$/],
    ['something behind it', bytes => Buffer.concat([bytes, bytes]), /^x.backup goes on behind the end of the backup/],
    ['another file', () => Buffer.from('#!/bin/sh\nexit 0\n'.repeat(9)), /^x.backup is no backup of streamctl$/],
    ['packed', () => Buffer.from('28b52ffd'.repeat(10), 'hex'), /^x.backup is no backup of streamctl$/],
    [
      'a later version',
      bytes => Buffer.concat([Buffer.from('streamctl backup 2\n'), bytes.subarray(19)]),
      /newer streamctl$/,
    ],
  ]
  test.each(cases)('%s', async (_, damage, message) => {
    const parent = temporaryDirectory()
    const error = await restoreBackup(damage(Buffer.from(backup.bytes)), join(parent, 'a', 'b')).catch(error => error)
    expect(error).toBeInstanceOf(OperatorError)
    expect(error.message).toMatch(message)
    expect(readdirSync(parent)).toEqual([])
  })
})

test('nothing is restored over data, or beside the files of others', async () => {
  await expect(restoreBackup(backup.bytes, copyOf(source))).rejects.toThrow('holds the data of a node already')
  const other = temporaryDirectory()
  writeFileSync(join(other, 'notes.txt'), '')
  await expect(restoreBackup(backup.bytes, other)).rejects.toThrow('is not empty: it holds notes.txt')
  expect(readdirSync(other)).toEqual(['notes.txt'])
})

test('an empty directory, and one where a restore was killed, are restored into; a failure leaves them there', async () => {
  const directory = temporaryDirectory()
  mkdirSync(join(directory, 'lost+found'))
  writeFileSync(join(directory, 'streamctl.db.restoring'), 'half')
  await expect(restoreBackup(backup.bytes.subarray(0, 5000), directory)).rejects.toThrow('not complete')
  expect(existsSync(join(directory, 'streamctl.db.restoring'))).toBe(false)
  await restoreBackup(backup.bytes, directory)
  expect(contentsOf(directory)).toBe(contentsOf(source))
})

describe('producers go on where they were, on the restored node:', () => {
  test.each([1, 2] as const)('a transaction of generation %i that was open is committed there', async generation => {
    const directory = temporaryDirectory()
    const original = await testNode({ directory })
    await original.createTopic('payments')
    const producer = await transactionalProducer(original, { generation })
    await produceIn(original, producer, 'payments', 'one')
    await endTransaction(original, producer, { committed: true })
    await produceIn(original, producer, 'payments', 'two')
    await commitOffsetIn(original, producer, { groupId: 'readers', topic: 'payments', offset: 1 })
    const { bytes } = await takeBackup(directory)
    await original.close()

    const copy = join(temporaryDirectory(), 'copy')
    await restoreBackup(bytes, copy)
    const node = await testNode({ directory: copy })
    expect(await readCommitted(node, 'payments')).toEqual(['one'])
    expect(await produceIn(node, producer, 'payments', 'three')).toBe(0)
    expect(await endTransaction(node, producer, { committed: true })).toBe(0)
    expect(await readCommitted(node, 'payments')).toEqual(['one', 'two', 'three'])
    expect(committedOffset(node, 'readers', 'payments')).toBe(1)
    await node.close()
  })

  test.each([1, 2] as const)(
    'one of generation %i that a time cut off is told so, and begins anew',
    async generation => {
      const directory = temporaryDirectory()
      const original = await testNode({ directory })
      await original.createTopic('payments')
      const producer = await transactionalProducer(original, { generation })
      await produceIn(original, producer, 'payments', 'one')
      const atMs = original.env.clock.now()
      original.env.clock.advance(1000)
      await produceIn(original, producer, 'payments', 'two')
      await endTransaction(original, producer, { committed: true })
      const { bytes } = await takeBackup(directory)
      await original.close()

      const copy = join(temporaryDirectory(), 'copy')
      expect((await restoreBackup(bytes, copy, { atMs })).cut).toMatchObject({ abortedTransactions: 1 })
      expect(await findingsIn(copy)).toEqual([])
      const node = await testNode({ directory: copy })
      expect(await readCommitted(node, 'payments')).toEqual([])
      const again = await transactionalProducer(node, { generation })
      expect(await produceIn(node, again, 'payments', 'three')).toBe(0)
      expect(await endTransaction(node, again, { committed: true })).toBe(0)
      expect(await readCommitted(node, 'payments')).toEqual(['three'])
      await node.close()
      expect(await findingsIn(copy)).toEqual([])
    },
  )
})

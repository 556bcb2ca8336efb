// What the crash tests take a disk for: only what was synced is sure to be there after a power cut.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { DiskModel, type Loss, losses } from '../../scripts/crash/disk-model.ts'
import { type Entry, encodeEntry, entriesOf } from '../../scripts/crash/journal.ts'
import { directoryId, shimFiles } from '../../scripts/crash/shim.ts'
import { Dice } from '../../scripts/simulate/dice.ts'
import { temporaryDirectory } from '../support/processes.ts'

const file = shimFiles.indexOf('streamctl.db')
const write = (at: number, text: string): Entry => ({ kind: 'write', file, at, bytes: Buffer.from(text) })
const sync = (entries: number): Entry => ({ kind: 'sync', file, entries })
const dice = new Dice('model')

/** The database file after a power cut, which was there with these contents when everything began. */
function afterCut(before: string | undefined, entries: readonly Entry[], loss: Loss): string | undefined {
  const directory = temporaryDirectory()
  if (before !== undefined) writeFileSync(path.join(directory, 'streamctl.db'), before)
  const model = new DiskModel(directory)
  for (const entry of entries) model.apply(entry)
  const image = path.join(temporaryDirectory(), 'image')
  model.cutInto(image, dice, loss)
  const found = path.join(image, 'streamctl.db')
  return existsSync(found) ? readFileSync(found, 'latin1') : undefined
}

test.each(losses)('what was synced is there, whatever else is lost: %s', loss => {
  const entries = [write(0, 'new'), sync(1), write(600, 'later')]
  for (let time = 0; time < 20; time++) expect(afterCut('old', entries, loss)?.slice(0, 3)).toBe('new')
})

test('a sync does not vouch for what was written after it had begun', () => {
  expect(afterCut('old', [write(0, 'one'), write(0, 'two'), sync(1)], 'everything')).toBe('one')
})

test('a sync that succeeds does not vouch for what an earlier one has failed to bring to the disk', () => {
  const failed: Entry = { kind: 'failedSync', file, entries: 1 }
  const found = Array.from({ length: 50 }, () => afterCut('old', [write(0, 'new'), failed, sync(2)], 'everything'))
  expect(new Set(found)).toEqual(new Set(['old', 'new']))
})

test('sectors come to the disk one by one', () => {
  const text = 'a'.repeat(512) + 'b'.repeat(512)
  const found = Array.from({ length: 60 }, () => afterCut('-'.repeat(1024), [write(0, text)], 'some sectors'))
  const halves = new Set(found.map(each => `${each?.[0]}${each?.[1023]}`))
  expect(halves.size).toBeGreaterThan(2)
})

test('a new file is there for sure when its directory was synced', () => {
  const create: Entry = { kind: 'create', file }
  const written = [create, write(0, 'new'), sync(2)]
  expect(afterCut(undefined, written, 'everything')).toBeUndefined()
  expect(afterCut(undefined, [...written, { kind: 'sync', file: directoryId, entries: 3 }], 'everything')).toBe('new')
})

test('a journal gives back what was written into it, up to an entry that is not finished', () => {
  const entries: Entry[] = [
    { kind: 'create', file },
    write(7, 'bytes'),
    { kind: 'truncate', file, size: 3 },
    sync(3),
    { kind: 'failedSync', file, entries: 4 },
    { kind: 'remove', file },
  ]
  const bytes = Buffer.concat(entries.flatMap(encodeEntry))
  expect([...entriesOf(bytes)]).toEqual(entries)
  const unfinished = Buffer.concat(encodeEntry(write(0, 'unfinished'))).subarray(0, -1)
  expect([...entriesOf(Buffer.concat([bytes, unfinished]))]).toEqual(entries)
})

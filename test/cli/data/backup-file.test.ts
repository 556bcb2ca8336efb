import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { backupFile } from '../../../src/cli/data/backup-file.ts'

function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'streamctl-backup-file-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/** No process has such an id: it is beyond what Linux gives. */
const gonePid = 2 ** 30

test('a file has its name only when it is complete, and what was there stays until then', async () => {
  const directory = temporaryDirectory()
  const file = join(directory, 'x.backup')
  writeFileSync(file, 'earlier')
  const target = backupFile(file, { pid: process.pid })
  await target.write(Buffer.from('first '))
  await target.write(Buffer.alloc(3_000_000, 'x'))
  expect(readFileSync(file, 'utf8')).toBe('earlier')
  await target.finish()
  expect(readFileSync(file)).toEqual(Buffer.concat([Buffer.from('first '), Buffer.alloc(3_000_000, 'x')]))
  expect(readdirSync(directory)).toEqual(['x.backup'])
})

test('what is abandoned leaves nothing behind', async () => {
  const directory = temporaryDirectory()
  const target = backupFile(join(directory, 'x.backup'), { pid: process.pid })
  await target.write(Buffer.alloc(2_000_000))
  target.abandon()
  expect(readdirSync(directory)).toEqual([])
})

test('what killed backups have left goes, that of running ones and of other files stays', async () => {
  const directory = temporaryDirectory()
  const names = [
    `x.backup.${gonePid}.unfinished`,
    `x.backup.${process.ppid}.unfinished`,
    `y.backup.${gonePid}.unfinished`,
  ]
  for (const name of names) writeFileSync(join(directory, name), '')
  backupFile(join(directory, 'x.backup'), { pid: process.pid }).abandon()
  expect(readdirSync(directory).sort()).toEqual(names.slice(1).sort())
})

test.each([
  ['/dev/null', 'no regular file'],
  ['.', 'a directory'],
  ['no/such/directory/x.backup', 'no such directory'],
])('%s is refused: %s', (file, reason) => {
  expect(() => backupFile(join(file === '/dev/null' ? '/' : temporaryDirectory(), file), { pid: 1 })).toThrow(reason)
  expect(existsSync('/dev/null')).toBe(true)
})

test('nobody else may read a backup: it holds all records', async () => {
  const directory = temporaryDirectory()
  chmodSync(directory, 0o755)
  const file = join(directory, 'x.backup')
  await backupFile(file, { pid: process.pid }).finish()
  expect(statSync(file).mode & 0o777).toBe(0o600)
})

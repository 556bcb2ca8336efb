// The disk as it can be: full, read-only, damaged, another program's. One clear sentence, and nothing acknowledged lost.
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, expect, test } from 'vitest'
import { produceRaw, recordBatch } from '../support/kafka-batch.ts'
import { connect } from '../support/kafka-bytes.ts'
import { createTopic } from '../support/kafka-cluster.ts'
import { temporaryDirectory } from '../support/processes.ts'
import { startNode, streamctl } from '../support/program.ts'

const isRoot = process.getuid?.() === 0

const mounted: string[] = []
afterEach(() => {
  for (const directory of mounted.splice(0)) spawnSync('umount', ['-l', directory])
})

/** A file system of its own in memory, or why there cannot be one. */
function mount(options: string): { directory: string; obstacle?: string } {
  const directory = temporaryDirectory()
  if (!isRoot) return { directory, obstacle: 'only root can mount a file system' }
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', directory], { stdio: 'ignore' })
  if (status !== 0) return { directory, obstacle: 'this machine does not let root mount a file system' }
  mounted.push(directory)
  return { directory }
}

async function refused(data: string) {
  const { exitCode, stdout, stderr } = await streamctl(['serve', '--data', data, '--listen', '127.0.0.1:0'])
  return { exitCode, stdout: stdout.toString(), stderr }
}

/** One sentence and a hint, no stack. */
const explained = (sentence: RegExp): unknown =>
  expect.stringMatching(new RegExp(`^streamctl: [^\n]*${sentence.source}[^\n]*\n {2}hint: [^\n]+\n$`))

test('a full disk stops the node with 74; what was acknowledged is there when there is room again', async context => {
  const { directory, obstacle } = mount('size=200m')
  context.skip(obstacle !== undefined, obstacle)
  const node = await startNode({ data: path.join(directory, 'data') })
  await createTopic(node.address, 'full')
  const connection = await connect(node.address)
  const value = (offset: number): string => `${offset} `.padEnd(900_000, 'full disk ')
  let acknowledged = 0
  for (;;) {
    const answer = await produceRaw(connection, 'full', recordBatch([value(acknowledged)])).catch(() => undefined)
    if (answer?.errorCode !== 0) break
    expect(answer.baseOffset).toBe(acknowledged++)
    expect(acknowledged).toBeLessThan(400)
  }
  const { exitCode, stderr } = await node.finished
  expect({ exitCode, stderr }).toEqual({ exitCode: 74, stderr: expect.stringMatching(/no space left.*\n.*hint: /) })
  expect(acknowledged).toBeGreaterThan(0)

  spawnSync('mount', ['-o', 'remount,size=600m', directory])
  const again = await node.restart()
  const { stdout } = await streamctl(['consume', 'full', '-e', '-b', again.address])
  const values = stdout.toString().split('\n').slice(0, -1)
  expect(values.length).toBeGreaterThanOrEqual(acknowledged)
  expect(values.every((found, offset) => found === value(offset))).toBe(true)
  await again.stop()
})

test('a disk that is full from the start is named', async context => {
  const { directory, obstacle } = mount('size=64k')
  context.skip(obstacle !== undefined, obstacle)
  expect(await refused(path.join(directory, 'data'))).toEqual({
    exitCode: 74,
    stdout: '',
    stderr: explained(/no space left/),
  })
})

test('a data directory below a file cannot be made', async () => {
  const file = path.join(temporaryDirectory(), 'file')
  writeFileSync(file, '')
  expect(await refused(path.join(file, 'data'))).toEqual({
    exitCode: 2,
    stdout: '',
    stderr: explained(/cannot write to the data directory/),
  })
})

test('a read-only directory is refused', async context => {
  const { directory, obstacle } = isRoot ? mount('size=1m,ro') : { directory: temporaryDirectory() }
  context.skip(obstacle !== undefined, obstacle)
  if (!isRoot) chmodSync(directory, 0o555)
  for (const data of [directory, path.join(directory, 'data')])
    expect(await refused(data)).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: explained(/cannot write to the data directory/),
    })
})

/** A data directory with a few records in it, left by a node that ended well. */
async function usedDirectory(): Promise<{ data: string; database: string }> {
  const node = await startNode()
  const input = Array.from({ length: 2000 }, (_, i) => `${i} ${'x'.repeat(500)}\n`).join('')
  await streamctl(['produce', 'records', '-b', node.address], { input })
  await node.stop()
  return { data: node.data, database: path.join(node.data, 'streamctl.db') }
}

function overwrite(file: string, { at, length }: { at: number; length: number }): void {
  const descriptor = openSync(file, 'r+')
  writeSync(descriptor, Buffer.alloc(length, 0xa5), 0, length, at)
  closeSync(descriptor)
}

test('a file that is no database is refused and left as it is', async () => {
  const data = temporaryDirectory()
  const database = path.join(data, 'streamctl.db')
  writeFileSync(database, 'these are my notes, not a database\n'.repeat(100))
  expect(await refused(data)).toMatchObject({ stdout: '', stderr: explained(/is not a database/) })
  expect(statSync(database).size).toBe(3500)
})

test('a database whose beginning was overwritten is refused', async () => {
  const { data, database } = await usedDirectory()
  overwrite(database, { at: 0, length: 4096 })
  expect(await refused(data)).toMatchObject({ stdout: '', stderr: explained(/is not a database/) })
})

test('a database with damaged pages is refused, or its node ends, with 74', async () => {
  const { data, database } = await usedDirectory()
  const { size } = statSync(database)
  // All but the first page: tables, indexes and records.
  overwrite(database, { at: 16_384, length: size - 16_384 })
  expect(await refused(data)).toEqual({ exitCode: 74, stdout: '', stderr: explained(/damaged/) })
})

test('a database that was cut off is refused with 74', async () => {
  const { data, database } = await usedDirectory()
  truncateSync(database, 20_000)
  expect(await refused(data)).toEqual({ exitCode: 74, stdout: '', stderr: explained(/damaged/) })
})

test('the database of another program is refused', async () => {
  const data = temporaryDirectory()
  const other = new DatabaseSync(path.join(data, 'streamctl.db'))
  other.exec('CREATE TABLE notes(text TEXT)')
  other.close()
  expect(await refused(data)).toEqual({ exitCode: 2, stdout: '', stderr: explained(/another program/) })
})

test('a database that a newer program wrote is refused', async () => {
  const { data, database } = await usedDirectory()
  const newer = new DatabaseSync(database)
  newer.exec('PRAGMA user_version = 9999')
  newer.close()
  expect(await refused(data)).toEqual({ exitCode: 2, stdout: '', stderr: explained(/newer streamctl/) })
})

test('a directory in the place of the database is refused', async () => {
  const data = temporaryDirectory()
  mkdirSync(path.join(data, 'streamctl.db'))
  expect(await refused(data)).toEqual({ exitCode: 2, stdout: '', stderr: explained(/streamctl\.db/) })
  expect(readdirSync(path.join(data, 'streamctl.db'))).toEqual([])
})

import { closeSync, openSync, readdirSync, readFileSync, statSync, truncateSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Database } from 'better-sqlite3'
import { beforeAll, describe, expect, test } from 'vitest'
import { systemClock } from '../../src/base/system-env.ts'
import { checkData, type Finding } from '../../src/broker/check-data.ts'
import { headerAt } from '../../src/protocol/records/batch.ts'
import { lockDirectory } from '../../src/storage/directory-lock.ts'
import { copyOf, storedNode, tamper, temporaryDirectory, timedBatch, writeData } from './stored-node.ts'

let sound: string

beforeAll(async () => {
  sound = temporaryDirectory()
  await writeData(sound, storedNode())
})

async function check(directory: string, { threads = false } = {}) {
  const findings: Finding[] = []
  const summary = await checkData({
    directory,
    clock: systemClock,
    report: finding => void findings.push({ severity: 'damage', ...finding }),
    onProgress: () => {},
    signal: new AbortController().signal,
    threads,
  })
  return { findings, summary }
}

/** `batch-crc orders-0 offset 10 row 6: …`, with the message left out. */
function place({ kind, severity, topic, partition, offset, row }: Finding): string {
  const parts = [
    severity === 'notice' ? `${kind}(notice)` : kind,
    [topic, partition].filter(part => part !== undefined).join('-'),
    offset === undefined ? '' : `offset ${offset}`,
    row === undefined ? '' : `row ${row}`,
  ]
  return parts.filter(part => part !== '').join(' ')
}

const sql =
  (...statements: readonly string[]) =>
  (directory: string) =>
    tamper(directory, database => {
      for (const statement of statements) database.exec(statement)
    })

/** Changes the bytes of the row with this id. */
const bytesOfRow = (id: number, change: (data: Buffer) => Buffer | undefined) => (directory: string) =>
  tamper(directory, (database: Database) => {
    const data = database.prepare('SELECT data FROM batch WHERE id = ?').pluck().get(id) as Buffer
    database.prepare('UPDATE batch SET data = ? WHERE id = ?').run(change(data) ?? data, id)
  })

const flip = (at: number) => (data: Buffer) => {
  data[at] = (data[at] ?? 0) ^ 0x40
  return data
}

/** Damages the file itself. */
const bytesOfFile =
  (at: (file: Buffer, directory: string) => number, length = 1) =>
  (directory: string) => {
    const file = join(directory, 'streamctl.db')
    const from = at(readFileSync(file), directory)
    const descriptor = openSync(file, 'r+')
    const before = readFileSync(file).subarray(from, from + length)
    writeSync(
      descriptor,
      before.map(byte => byte ^ 0xff),
      0,
      length,
      from,
    )
    closeSync(descriptor)
  }

const rootOf = (directory: string, name: string): number => {
  let root = 0
  tamper(directory, database => {
    root = database.prepare('SELECT rootpage FROM sqlite_schema WHERE name = ?').pluck().get(name) as number
  })
  return (root - 1) * 16_384
}

const dataOf = (file: Buffer, id: number): number => {
  // Each value is filled with the low byte of its batch's first offset.
  const value = Buffer.alloc(100, ((id - 1) * 2) & 0xff)
  return file.indexOf(value) + 50
}

const stretched = 'partition_id = 1 AND base_offset = 512'

const damages: readonly [what: string, damage: (directory: string) => void, places: readonly string[]][] = [
  ['a bit of a record', bytesOfRow(6, flip(80)), ['batch-crc orders-0 offset 10 row 6']],
  ['a byte in the file', bytesOfFile(file => dataOf(file, 101)), ['batch-crc orders-0 offset 200 row 101']],
  ['the leader epoch', bytesOfRow(6, flip(headerAt.partitionLeaderEpoch)), ['batch-header orders-0 offset 10 row 6']],
  ['the magic', bytesOfRow(6, flip(headerAt.magic)), ['batch-header orders-0 offset 10 row 6']],
  ['the length', bytesOfRow(6, flip(headerAt.batchLength)), ['batch-header orders-0 offset 10 row 6']],
  [
    "a batch's offset",
    bytesOfRow(6, flip(headerAt.baseOffset + 7)),
    ['row-extent orders-0 offset 10 row 6', 'row-extent orders-0 offset 10 row 6'],
  ],
  [
    'the end of a row',
    bytesOfRow(6, data => data.subarray(0, -10)),
    ['batch-header orders-0 offset 10 row 6', 'position orders-0 offset 12 row 7'],
  ],
  ['a row', sql('DELETE FROM batch WHERE id = 6'), ['offset-gap orders-0 offset 10 row 7']],
  [
    'the last row of a stretch',
    sql('DELETE FROM batch WHERE id = 256'),
    ['stretch orders-0 offset 0 row 255', 'offset-gap orders-0 offset 510 row 257'],
  ],
  ['the first row', sql('DELETE FROM batch WHERE id = 1'), ['offset-gap orders-0 offset 0 row 2']],
  [
    'the first row that can be read',
    sql('DELETE FROM batch WHERE partition_id = 4 AND base_offset = 6'),
    ['offset-gap other-0 offset 6 row 618'],
  ],
  [
    'the last row',
    sql('DELETE FROM batch WHERE partition_id = 2 AND base_offset >= 7'),
    ['producer-state orders-1 offset 7', 'aborted-transaction orders-1 offset 8'],
  ],
  [
    "a row's first offset",
    sql('UPDATE batch SET base_offset = base_offset + 1 WHERE id = 6'),
    ['offset-gap orders-0 offset 10 row 6', 'row-extent orders-0 offset 11 row 6'],
  ],
  [
    "a row's last offset",
    sql('UPDATE batch SET last_offset = last_offset - 1 WHERE id = 6'),
    ['row-extent orders-0 offset 10 row 6', 'offset-gap orders-0 offset 11 row 7'],
  ],
  [
    "a row's last offset, the other way",
    sql('UPDATE batch SET last_offset = last_offset + 1 WHERE id = 6'),
    ['row-extent orders-0 offset 10 row 6', 'offset-overlap orders-0 offset 12 row 7'],
  ],
  [
    "a row's position",
    sql('UPDATE batch SET position = position + 1 WHERE id = 6'),
    ['position orders-0 offset 10 row 6', 'position orders-0 offset 12 row 7'],
  ],
  [
    "a row's owner",
    sql('UPDATE batch SET partition_id = 99 WHERE id = 6'),
    ['row-owner offset 10 row 6', 'offset-gap orders-0 offset 10 row 7'],
  ],
  [
    "a row's time",
    sql('UPDATE batch SET max_timestamp = max_timestamp - 1 WHERE id = 6'),
    ['timestamp orders-0 offset 10 row 6'],
  ],
  [
    "a stretch's time",
    sql(`UPDATE stretch SET max_timestamp = max_timestamp + 1 WHERE ${stretched}`),
    ['timestamp orders-0 offset 512'],
  ],
  [
    'a stretch',
    sql(`DELETE FROM stretch WHERE partition_id = 1 AND base_offset = 0`),
    ['stretch orders-0 offset 0 row 1'],
  ],
  [
    "a stretch's ids",
    sql(`UPDATE stretch SET last_batch_id = last_batch_id - 1 WHERE ${stretched}`),
    ['stretch orders-0 offset 1022 row 512'],
  ],
  [
    "a stretch's end",
    sql(`UPDATE stretch SET end_position = end_position + 1 WHERE ${stretched}`),
    ['position orders-0 offset 1022 row 512'],
  ],
  [
    'a stretch without rows',
    sql('INSERT INTO stretch VALUES (3, 0, 9, 0, 1, 2, 100, 0, 0)'),
    ['stretch orders-2 offset 0'],
  ],
  [
    'a remembered sequence',
    sql(`UPDATE producer_snapshot SET producers = replace(producers, '"baseSequence":3', '"baseSequence":8')`),
    ['producer-state orders-1 offset 3'],
  ],
  ['a producer state', sql(`UPDATE producer_snapshot SET producers = '{'`), ['producer-state orders-1']],
  ['an open transaction', sql(`UPDATE producer_snapshot SET upto_offset = 10`), ['producer-state orders-1 offset 9']],
  ['an aborted transaction', sql('DELETE FROM aborted_transaction'), ['aborted-transaction orders-1 offset 8']],
  [
    'the beginning of an aborted transaction',
    sql('UPDATE aborted_transaction SET first_offset = 8'),
    ['aborted-transaction orders-1 offset 8'],
  ],
  [
    'one that was committed',
    sql('INSERT INTO aborted_transaction VALUES (2, 6, 7, 5)'),
    ['aborted-transaction orders-1 offset 6'],
  ],
  [
    'one that never was',
    sql('INSERT INTO aborted_transaction VALUES (2, 4, 5, 3)'),
    ['aborted-transaction orders-1 offset 4'],
  ],
  [
    'a transactional id',
    sql(`UPDATE transactional_producer SET body = 'x'`),
    ['transaction', 'transaction(notice) orders-1 offset 9'],
  ],
  ['who ends a transaction', sql('DELETE FROM transactional_producer'), ['transaction(notice) orders-1 offset 9']],
  ['a group', sql(`UPDATE consumer_group SET body = '{}'`), ['group']],
  [
    'a committed offset',
    sql(`UPDATE committed_offset SET committed_offset = -5 WHERE topic = 'other'`),
    ['group-offset other-0 offset -5'],
  ],
  [
    'a commit beyond the end',
    sql(`UPDATE committed_offset SET committed_offset = 11 WHERE topic = 'other'`),
    ['group-offset(notice) other-0 offset 11'],
  ],
  ['the topic of settings', sql(`UPDATE setting SET owner_id = 'nobody' WHERE owner_id = 'id-of-other'`), ['setting']],
  [
    'a setting of a topic',
    sql(`UPDATE setting SET value = 'soon' WHERE owner_id = 'id-of-other'`),
    ['setting(notice) other'],
  ],
  [
    'a setting of the node',
    sql(`UPDATE setting SET name = 'unheard.of' WHERE owner_kind = 'broker'`),
    ['setting(notice)'],
  ],
  [
    'a partition',
    sql('DELETE FROM partition WHERE partition_id = 2'),
    ['topic orders-1', ...Array.from({ length: 10 }, (_, at) => `row-owner offset ${at} row ${601 + at}`)],
  ],
  [
    'a topic',
    sql(
      `DELETE FROM topic WHERE name = 'other'`,
      `DELETE FROM setting WHERE owner_id = 'id-of-other'`,
      'DELETE FROM batch WHERE partition_id = 4',
    ),
    ['topic 0'],
  ],
  ['the counter of partitions', sql('UPDATE node SET next_partition_id = 4'), ['node other-0']],
  ['the counter of producers', sql('UPDATE node SET next_producer_id = 7'), ['node']],
]

test('a sound directory has no findings, and what was looked at is counted', async () => {
  const { findings, summary } = await check(sound, { threads: true })
  expect(findings).toEqual([])
  expect(summary).toMatchObject({ topics: 2, partitions: 4, rows: 614, batches: 614, records: 1214 })
})

describe('what is damaged is found, where it is, and nothing else:', () => {
  test.each(damages)('%s', async (_, damage, places) => {
    const directory = copyOf(sound)
    damage(directory)
    const { findings } = await check(directory)
    expect(findings.map(place).sort()).toEqual([...places].sort())
    for (const { message } of findings) expect(message).toMatch(/^\S.{15}/)
  })
})

describe('damaged pages are found:', () => {
  const pageDamages: readonly [what: string, damage: (directory: string) => void][] = [
    ['a page of the index', bytesOfFile((_, directory) => rootOf(directory, 'batch_of_bucket') + 15_000, 1000)],
    ['the head of a page of the log', bytesOfFile(file => Math.floor(dataOf(file, 101) / 16_384) * 16_384, 8)],
    [
      'the end of the file',
      directory =>
        truncateSync(join(directory, 'streamctl.db'), statSync(join(directory, 'streamctl.db')).size - 16_384),
    ],
    ['a page of the table of groups', bytesOfFile((_, directory) => rootOf(directory, 'consumer_group'), 16)],
  ]
  test.each(pageDamages)('%s', async (_, damage) => {
    const directory = copyOf(sound)
    damage(directory)
    const outcome = await check(directory).then(
      ({ findings }) => findings.map(({ kind }) => kind),
      error => String(error),
    )
    expect(outcome).toContain(Array.isArray(outcome) ? 'page' : 'damaged')
  })
})

test('nothing in the directory is changed, also where a killed node has left a WAL', async () => {
  const directory = copyOf(sound)
  let killed = ''
  tamper(directory, database => {
    database.pragma('wal_autocheckpoint = 0')
    database.exec("UPDATE batch SET data = x'00' WHERE id = 6")
    // The copy is as a kill would leave it: a connection that is closed empties the WAL.
    killed = copyOf(directory)
  })
  expect(readdirSync(killed)).toContain('streamctl.db-wal')
  const before = contents(killed)
  const { findings } = await check(killed)
  expect(findings.map(place)).toEqual(['batch-header orders-0 offset 10 row 6', 'position orders-0 offset 12 row 7'])
  expect(contents(killed)).toEqual(before)
})

function contents(directory: string): Record<string, string> {
  const names = readdirSync(directory).filter(name => !name.endsWith('-shm'))
  return Object.fromEntries(names.map(name => [name, readFileSync(join(directory, name)).toString('base64')]))
}

test('a directory that a node is running on is refused, and no node starts meanwhile', async () => {
  const directory = temporaryDirectory()
  await writeData(directory, [])
  const lock = lockDirectory(directory)
  await expect(check(directory)).rejects.toThrow(`a streamctl node (pid ${process.pid}) is running on ${directory}`)
  lock.release()
  const checking = check(directory)
  expect(() => lockDirectory(directory)).toThrow('another streamctl node uses the data directory')
  await checking
  lockDirectory(directory).release()
})

test('a directory without data is refused', async () => {
  await expect(check(temporaryDirectory())).rejects.toThrow('there is no data of a streamctl node in')
})

test('the gaps of compaction and the rows that retention has not removed yet are no findings', async () => {
  const directory = temporaryDirectory()
  await writeData(directory, [
    ...storedNode(),
    { kind: 'closeStretch', partitionId: 4 },
    // Of the four rows that are left the first and the third go.
    {
      kind: 'replaceRows',
      partitionId: 4,
      ids: [617, 618, 619, 620],
      rows: [6, 8].map((offset, at) => ({ ...timedBatch(4, offset), id: 619 + at, leaderEpoch: 0 })),
      forgottenAborts: [],
    },
  ])
  const ids: unknown[] = []
  tamper(directory, database =>
    ids.push(...database.prepare('SELECT id FROM batch WHERE partition_id = 4').pluck().all()),
  )
  expect(ids).toEqual([619, 620])
  expect((await check(directory)).findings).toEqual([])
})

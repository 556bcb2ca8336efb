import { expect, test } from 'vitest'
import { applyRetention } from '../../src/log/apply-retention.ts'
import { batchOf, type LogFixture, logFixture } from './log-fixture.ts'

function retention({ env, topics, storage }: LogFixture, signal?: AbortSignal): Promise<void> {
  return applyRetention({ env, topics, reader: storage.reader, signal })
}

/** Commits until the job has nothing more to wait for. */
async function finish(storage: LogFixture['storage']): Promise<void> {
  for (let turn = 0; turn < 50; turn++) {
    await Promise.resolve()
    storage.commit()
  }
}

const appendRows = ({ append, storage, env }: LogFixture, count: number): void => {
  for (let row = 0; row < count; row++) {
    append(batchOf(10, { timestamp: env.clock.now() }))
    storage.commit()
  }
}

test('old rows go, the log end stays', async () => {
  const fixture = logFixture({ overrides: { 'retention.ms': '5000' } })
  appendRows(fixture, 3)
  fixture.env.clock.advance(4000)
  appendRows(fixture, 2)
  fixture.env.clock.advance(1001)
  const first = retention(fixture)
  await finish(fixture.storage)
  await first
  expect(fixture.partition).toMatchObject({ logStartOffset: 30, logEndOffset: 50, sizeBytes: 2 * batchOf(10).length })
  fixture.env.clock.advance(5000)
  const second = retention(fixture)
  await finish(fixture.storage)
  await second
  expect(fixture.partition).toMatchObject({ logStartOffset: 50, logEndOffset: 50, sizeBytes: 0 })
})

test('records without a time age from when they were written', async () => {
  const fixture = logFixture({ overrides: { 'retention.ms': '5000' } })
  fixture.append(batchOf(10, { timestamp: -1 }))
  fixture.storage.commit()
  for (const [age, expected] of [
    [4000, 0],
    [2000, 10],
  ] as const) {
    fixture.env.clock.advance(age)
    const run = retention(fixture)
    await finish(fixture.storage)
    await run
    expect(fixture.partition.logStartOffset).toBe(expected)
  }
})

test('more rows than one look takes in go in one run, and few of them are looked at', async () => {
  const fixture = logFixture({ overrides: { 'retention.bytes': `${30 * batchOf(10).length}` } })
  appendRows(fixture, 2500)
  const run = retention(fixture)
  await finish(fixture.storage)
  await run
  expect(fixture.partition).toMatchObject({ logStartOffset: 24_700, sizeBytes: 30 * batchOf(10).length })
  expect(fixture.storage.queries).toBeLessThan(10)
})

test('of a stretch of rows that is partly old, the old ones go', async () => {
  const fixture = logFixture({ overrides: { 'retention.ms': '5000' } })
  for (let row = 0; row < 250; row++) {
    fixture.env.clock.advance(100)
    appendRows(fixture, 1)
  }
  const run = retention(fixture)
  await finish(fixture.storage)
  await run
  expect(fixture.partition.logStartOffset).toBe(1990)
})

test('the log starts of all partitions are raised in one commit', async () => {
  const fixture = logFixture({ overrides: { 'retention.ms': '0' } })
  fixture.topics.addPartitions('orders', 4)
  for (const partition of fixture.topics.get('orders')!.partitions) {
    partition.append(batchOf(1, { timestamp: 1 }), { nowMs: 1 }, () => {})
  }
  fixture.storage.commit()
  const run = retention(fixture)
  for (let turn = 0; turn < 100; turn++) await Promise.resolve()
  fixture.storage.commit()
  await run
  expect(fixture.storage.changes.filter(change => change.kind === 'advanceLogStart')).toHaveLength(4)
})

test('a topic that is only compacted, or keeps everything, loses nothing and costs no query', async () => {
  const cases: Record<string, string>[] = [
    { 'cleanup.policy': 'compact', 'retention.ms': '0' },
    { 'retention.ms': '-1', 'retention.bytes': '-1' },
  ]
  for (const overrides of cases) {
    const fixture = logFixture({ overrides })
    appendRows(fixture, 2)
    fixture.env.clock.advance(10)
    await retention(fixture)
    expect(fixture.partition.logStartOffset).toBe(0)
    expect(fixture.storage.queries).toBe(0)
  }
})

test('a pass that is ended goes on to no other partition', async () => {
  const fixture = logFixture({ overrides: { 'retention.ms': '0' } })
  appendRows(fixture, 1)
  await retention(fixture, AbortSignal.abort())
  expect(fixture.partition.logStartOffset).toBe(0)
  expect(fixture.storage.queries).toBe(0)
})

test('a topic deleted meanwhile does not stop the job', async () => {
  const fixture = logFixture({ overrides: { 'retention.bytes': '0' } })
  appendRows(fixture, 2)
  const release = fixture.storage.holdReads()
  const run = retention(fixture)
  void fixture.topics.delete('orders')
  release()
  await finish(fixture.storage)
  await run
})

test('a failing disk ends the pass', async () => {
  const fixture = logFixture({ overrides: { 'retention.ms': '0' } })
  appendRows(fixture, 1)
  fixture.storage.reader.oldestStretches = () => Promise.reject(new Error('disk'))
  await expect(retention(fixture)).rejects.toThrow('disk')
})

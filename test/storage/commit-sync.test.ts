import { expect, test } from 'vitest'
import { CommitCounts, groupsBetween } from '../../src/storage/commit-counts.ts'
import { commitSync } from '../../src/storage/commit-sync.ts'

/** A thread that commits, beside one that syncs if `ready`; what happened, in order. */
function committing({ ready = true, isSynced = true } = {}) {
  const counts = new CommitCounts()
  if (ready) counts.ready()
  const events: string[] = []
  const handedOver = (): number => new Int32Array(counts.memory)[1]!
  const committed = commitSync({
    counts,
    sync: isSynced ? () => events.push('sync') : undefined,
    report: report => events.push(`durable ${report.kind === 'durable' ? report.upTo : '?'}`),
  })
  const commit = (bytes = 100): void => {
    const before = handedOver()
    committed(1, bytes)
    if (handedOver() !== before) events.push(`handed over ${handedOver()}`)
  }
  return { counts, events, commit, committed }
}

test('a small commit behind which nothing waits is synced where it was made, and reported after that', () => {
  const { counts, events, commit } = committing()
  counts.send()
  commit()
  expect(events).toEqual(['sync', 'durable 1'])
})

test('a commit behind which another one waits is handed over, and so are those that come soon after', () => {
  const { counts, events, commit } = committing()
  counts.send()
  counts.send()
  for (let commits = 0; commits < 18; commits++) {
    if (commits > 1) counts.send()
    commit()
  }
  expect(events.slice(0, 2)).toEqual(['handed over 1', 'handed over 2'])
  expect(events.slice(-4)).toEqual(['sync', 'durable 17', 'sync', 'durable 18'])
})

test('a large commit is handed over', () => {
  const { counts, events, commit } = committing()
  counts.send()
  commit(600_000)
  expect(events).toEqual(['handed over 1'])
})

test('as long as nobody waits for it nothing is handed over', () => {
  const { counts, events, commit } = committing({ ready: false })
  counts.send()
  counts.send()
  commit(600_000)
  expect(events).toEqual(['sync', 'durable 1'])
})

test('what need not be synced is reported at once', () => {
  const { counts, events, commit } = committing({ isSynced: false })
  counts.send()
  counts.send()
  commit(600_000)
  expect(events).toEqual(['durable 1'])
})

test('a commit of several groups is reported up to the last of them', () => {
  const { counts, events, committed } = committing()
  for (let sent = 0; sent < 3; sent++) counts.send()
  committed(3, 100)
  expect(events).toEqual(['sync', 'durable 3'])
})

test.each([
  [0, 1, 1],
  [5, 5, 0],
  [5, 4, -1],
  [2 ** 31 - 1, -(2 ** 31), 1],
])('counts wrap around: from %i to %i it is %i', (from, to, groups) => {
  expect(groupsBetween(from, to)).toBe(groups)
})

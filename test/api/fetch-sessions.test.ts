import { expect, test } from 'vitest'
import { type FetchOutcome, FetchSessions, type FetchTarget } from '../../src/api/fetch-sessions.ts'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { simulatedEnv } from '../support/simulated-env.ts'

const minute = 60_000

function target(partition: number, fetchOffset = 0): FetchTarget {
  return { topic: 'orders', topicId: '', partition, currentLeaderEpoch: -1, fetchOffset, maxBytes: 1024 }
}

function outcome(partition: number, changes: Partial<FetchOutcome> = {}): FetchOutcome {
  return { target: target(partition), errorCode: 0, highWatermark: 5, logStartOffset: 0, bytes: 0, ...changes }
}

function sessionsWith(slots: number) {
  const env = simulatedEnv()
  const sessions = new FetchSessions(env, () => slots)
  const begin = (sessionId: number, sessionEpoch: number, targets: FetchTarget[] = [], forgotten: FetchTarget[] = []) =>
    sessions.begin({ sessionId, sessionEpoch, usesTopicIds: false, targets, forgotten })
  const create = (...partitions: number[]) =>
    begin(
      0,
      0,
      partitions.map(index => target(index)),
    ).finish(partitions.map(index => outcome(index))).sessionId
  return { env, sessions, begin, create }
}

const partitionsOf = (outcomes: readonly FetchOutcome[]) => outcomes.map(({ target }) => target.partition)

function refusal(work: () => unknown): number | undefined {
  try {
    work()
    return undefined
  } catch (error) {
    return (error as { code: number }).code
  }
}

test('a full request gets a session and all its partitions', () => {
  const { begin, sessions } = sessionsWith(10)
  const context = begin(0, 0, [target(0), target(1)])
  const answered = context.finish([outcome(0), outcome(1)])
  expect(answered.sessionId).toBeGreaterThan(0)
  expect(partitionsOf(answered.outcomes)).toEqual([0, 1])
  expect(sessions.count).toBe(1)
})

test('a request with the final epoch gets no session and ends the one it names', () => {
  const { begin, create, sessions } = sessionsWith(10)
  const sessionId = create(0)
  expect(begin(sessionId, -1, [target(0)]).finish([outcome(0)]).sessionId).toBe(0)
  expect(sessions.count).toBe(0)
})

test('a full request ends the session it names', () => {
  const { begin, create, sessions } = sessionsWith(10)
  const sessionId = create(0)
  const next = begin(sessionId, 0, [target(0)]).finish([outcome(0)]).sessionId
  expect(next).not.toBe(sessionId)
  expect(sessions.count).toBe(1)
})

test('an incremental request reads all partitions of the session and answers only what is new', () => {
  const { begin, create } = sessionsWith(10)
  const sessionId = create(0, 1, 2)
  const context = begin(sessionId, 1)
  expect(context.targets.map(({ partition }) => partition)).toEqual([0, 1, 2])
  const answered = context.finish([outcome(0), outcome(1, { highWatermark: 6 }), outcome(2, { bytes: 100 })])
  expect(answered.sessionId).toBe(sessionId)
  expect(partitionsOf(answered.outcomes)).toEqual([1, 2])
})

test('a new log start is news', () => {
  const { begin, create } = sessionsWith(10)
  const sessionId = create(0)
  expect(begin(sessionId, 1).finish([outcome(0, { logStartOffset: 3 })]).outcomes).toHaveLength(1)
  expect(begin(sessionId, 2).finish([outcome(0, { logStartOffset: 3 })]).outcomes).toHaveLength(0)
})

test('an error is told each time, and its end too', () => {
  const { begin, create } = sessionsWith(10)
  const sessionId = create(0)
  const failed = outcome(0, { errorCode: ErrorCode.unknownTopicOrPartition, highWatermark: -1, logStartOffset: -1 })
  expect(begin(sessionId, 1).finish([failed]).outcomes).toHaveLength(1)
  expect(begin(sessionId, 2).finish([failed]).outcomes).toHaveLength(1)
  expect(begin(sessionId, 3).finish([outcome(0)]).outcomes).toHaveLength(1)
  expect(begin(sessionId, 4).finish([outcome(0)]).outcomes).toHaveLength(0)
})

test('a partition that had data is read last the next time', () => {
  const { begin, create } = sessionsWith(10)
  const sessionId = create(0, 1, 2)
  begin(sessionId, 1).finish([outcome(0, { bytes: 100 }), outcome(1), outcome(2)])
  expect(begin(sessionId, 2).targets.map(({ partition }) => partition)).toEqual([1, 2, 0])
})

test('a session takes new partitions and positions and forgets what it is told to', () => {
  const { begin, create } = sessionsWith(10)
  const sessionId = create(0, 1)
  const context = begin(sessionId, 1, [target(1, 42), target(7)], [target(0)])
  expect(context.targets).toEqual([target(1, 42), target(7)])
})

test('a session without partitions ends', () => {
  const { begin, create, sessions } = sessionsWith(10)
  const sessionId = create(0)
  expect(begin(sessionId, 1, [], [target(0)]).finish([]).sessionId).toBe(0)
  expect(sessions.count).toBe(0)
})

test('an unknown session is refused', () => {
  const { begin } = sessionsWith(10)
  expect(refusal(() => begin(4711, 1))).toBe(ErrorCode.fetchSessionIdNotFound)
})

test('a wrong epoch is refused and leaves the session as it is', () => {
  const { begin, create } = sessionsWith(10)
  const sessionId = create(0)
  expect(refusal(() => begin(sessionId, 2))).toBe(ErrorCode.invalidFetchSessionEpoch)
  expect(begin(sessionId, 1).targets).toHaveLength(1)
})

test('a session goes on by name or by id, as it began', () => {
  const { create, sessions } = sessionsWith(10)
  const request = { sessionId: create(0), sessionEpoch: 1, usesTopicIds: true, targets: [], forgotten: [] }
  expect(refusal(() => sessions.begin(request))).toBe(ErrorCode.fetchSessionTopicIdError)
})

test('a parked request whose session was taken over is refused', () => {
  const { begin, create } = sessionsWith(10)
  const sessionId = create(0)
  const parked = begin(sessionId, 1)
  begin(sessionId, 2)
  expect(refusal(() => parked.finish([outcome(0)]))).toBe(ErrorCode.invalidFetchSessionEpoch)
})

test('without a free slot a client goes on without a session', () => {
  const { create, sessions } = sessionsWith(1)
  const first = create(0)
  expect(first).toBeGreaterThan(0)
  expect(create(1)).toBe(0)
  expect(sessions.count).toBe(1)
})

test('a session that was not used for two minutes makes room', () => {
  const { begin, create, env } = sessionsWith(2)
  const stale = create(0)
  const used = create(1)
  env.clock.advance(1.5 * minute)
  begin(used, 1)
  env.clock.advance(minute)
  expect(create(2)).toBeGreaterThan(0)
  expect(refusal(() => begin(stale, 1))).toBe(ErrorCode.fetchSessionIdNotFound)
  expect(begin(used, 2).targets).toHaveLength(1)
})

test('an old session in use gives way to one that is not smaller', () => {
  const { begin, create, env } = sessionsWith(1)
  const old = create(0, 1)
  env.clock.advance(1.5 * minute)
  begin(old, 1)
  env.clock.advance(minute)
  expect(create(2)).toBe(0)
  expect(create(2, 3)).toBeGreaterThan(0)
  expect(refusal(() => begin(old, 2))).toBe(ErrorCode.fetchSessionIdNotFound)
})

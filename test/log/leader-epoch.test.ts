import { expect, test } from 'vitest'
import { checkLeaderEpoch } from '../../src/log/leader-epoch.ts'
import { ErrorCode } from '../../src/protocol/errors.ts'

test('a client behind the leader epoch is fenced, one ahead is told that it is not known yet', () => {
  const partition = { leaderEpoch: 3 }
  for (const epoch of [-1, 3]) expect(() => checkLeaderEpoch(partition, epoch)).not.toThrow()
  for (const [epoch, code] of [
    [4, ErrorCode.unknownLeaderEpoch],
    [2, ErrorCode.fencedLeaderEpoch],
    [-2, ErrorCode.fencedLeaderEpoch],
  ] as const) {
    expect(() => checkLeaderEpoch(partition, epoch)).toThrow(expect.objectContaining({ code }))
  }
})

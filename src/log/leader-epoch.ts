import { ErrorCode, KafkaError } from '../protocol/errors.ts'

/**
 * Compares the leader epoch that a client believes in with a partition's. -1 means that it does not say. Throws `KafkaError`
 * FENCED_LEADER_EPOCH (the client is behind) or UNKNOWN_LEADER_EPOCH (it is ahead). KIP-320.
 */
export function checkLeaderEpoch({ leaderEpoch }: { readonly leaderEpoch: number }, currentLeaderEpoch: number): void {
  if (currentLeaderEpoch === -1 || currentLeaderEpoch === leaderEpoch) return
  const behind = currentLeaderEpoch < leaderEpoch
  throw new KafkaError(behind ? ErrorCode.fencedLeaderEpoch : ErrorCode.unknownLeaderEpoch)
}

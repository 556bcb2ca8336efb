import { ExitCode, OperatorError } from '../base/errors.ts'
import type { ResponseOf } from '../protocol/codec.ts'
import { apiVersionsApi } from '../protocol/messages/api-versions.ts'
import { describeQuorumApi } from '../protocol/messages/describe-quorum.ts'
import type { Cluster } from './cluster.ts'
import type { Connection } from './connection.ts'

/** What the broker at the other end of a connection says it speaks. */
export function versionsOf(connection: Connection): Promise<ResponseOf<typeof apiVersionsApi>> {
  return connection.ask(apiVersionsApi, { clientSoftwareName: 'streamctl', clientSoftwareVersion: '1' })
}

/**
 * The time of a cluster's controller, milliseconds since 1970, without anything being written: by KIP-836 a controller
 * tells when each replica of the metadata has last fetched, and of itself, the leader, it says: now. Nothing where the
 * cluster does not tell or forbids to ask.
 */
export async function controllerTime(cluster: Cluster): Promise<number | undefined> {
  try {
    const answer = await cluster.ask('any', describeQuorumApi, {
      topics: [{ topicName: '__cluster_metadata', partitions: [{ partitionIndex: 0 }] }],
    })
    const partition = answer.topics[0]?.partitions[0]
    const leader = partition?.currentVoters.find(({ replicaId }) => replicaId === partition.leaderId)
    return leader && leader.lastFetchTimestamp > 0 ? leader.lastFetchTimestamp : undefined
  } catch (error) {
    if (error instanceof OperatorError && error.exitCode !== ExitCode.unreachable) return undefined
    throw error
  }
}

import { ErrorCode } from '../protocol/errors.ts'
import { consumerGroupDescribeApi } from '../protocol/messages/consumer-group-describe.ts'
import type { Cluster } from './cluster.ts'
import { checkCode, isRetriable, RequestError } from './failures.ts'
import type { GroupDescription } from './group-admin.ts'

/** A group of the consumer protocol (KIP-848). Nothing if the cluster has no such group or does not know that protocol. Throws `RequestError`. */
export async function describeConsumerGroup(cluster: Cluster, group: string): Promise<GroupDescription | undefined> {
  const found = await ask(cluster, group)
  if (!found || found.errorCode === ErrorCode.groupIdNotFound) return undefined
  checkCode(found.errorCode, `group '${group}'`, found.errorMessage)
  return {
    group,
    state: found.groupState,
    protocol: found.assignorName,
    members: found.members.map(({ memberId, clientId, clientHost, assignment }) => ({
      memberId,
      clientId,
      clientHost,
      partitions: assignment.topicPartitions.flatMap(({ topicName, partitions }) =>
        partitions.map(partition => ({ topic: topicName, partition })),
      ),
    })),
  }
}

async function ask(cluster: Cluster, group: string) {
  try {
    const answer = await cluster.askPersistently(
      () => cluster.groupCoordinator(group),
      consumerGroupDescribeApi,
      { groupIds: [group], includeAuthorizedOperations: false },
      response => response.groups.some(({ errorCode }) => isRetriable(errorCode)),
    )
    return answer.groups[0]
  } catch (error) {
    if (error instanceof RequestError && error.code === ErrorCode.unsupportedVersion) return undefined
    throw error
  }
}

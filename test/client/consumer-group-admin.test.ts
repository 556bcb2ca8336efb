import { expect, test } from 'vitest'
import { describeGroup } from '../../src/client/group-admin.ts'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { consumerGroupDescribeApi } from '../../src/protocol/messages/consumer-group-describe.ts'
import { describeGroupsApi } from '../../src/protocol/messages/describe-groups.ts'
import { findCoordinatorApi } from '../../src/protocol/messages/find-coordinator.ts'
import { clusterOf, type FakeBroker, fakeBroker, topicId } from './fake-broker.ts'

/** A broker whose classic groups do not include the one that is asked for. */
async function coordinator(): Promise<FakeBroker> {
  const broker = await fakeBroker()
  broker.withTopic('web', [0])
  broker.on(findCoordinatorApi, request => ({
    errorMessage: null,
    nodeId: 0,
    ...broker.address,
    coordinators: request.coordinatorKeys.map(key => ({
      key,
      nodeId: 0,
      ...broker.address,
      errorMessage: null,
      errorCode: 0,
    })),
  }))
  return broker.on(describeGroupsApi, ({ groups }) => ({
    groups: groups.map(groupId => ({
      errorCode: ErrorCode.groupIdNotFound,
      errorMessage: `Group ${groupId} is not a classic group.`,
      groupId,
      groupState: '',
      protocolType: '',
      protocolData: '',
      members: [],
    })),
  }))
}

const assignment = { topicPartitions: [{ topicId, topicName: 'web', partitions: [0, 2] }] }

test('a group that is no classic group is asked for as a consumer group', async () => {
  const broker = await coordinator()
  broker.on(consumerGroupDescribeApi, ({ groupIds }) => ({
    throttleTimeMs: 0,
    groups: groupIds.map(groupId => ({
      errorCode: 0,
      groupId,
      groupState: 'Stable',
      groupEpoch: 3,
      assignmentEpoch: 3,
      assignorName: 'uniform',
      members: [
        {
          memberId: 'm',
          memberEpoch: 3,
          clientId: 'c',
          clientHost: '/10.0.0.1',
          subscribedTopicNames: ['web'],
          assignment,
          targetAssignment: assignment,
        },
      ],
    })),
  }))
  expect(await describeGroup(clusterOf([broker]), 'modern')).toEqual({
    group: 'modern',
    state: 'Stable',
    protocol: 'uniform',
    members: [
      {
        memberId: 'm',
        clientId: 'c',
        clientHost: '/10.0.0.1',
        partitions: [
          { topic: 'web', partition: 0 },
          { topic: 'web', partition: 2 },
        ],
      },
    ],
  })
})

test('a cluster without that protocol has no such group', async () => {
  const broker = await coordinator()
  await expect(describeGroup(clusterOf([broker]), 'modern')).rejects.toThrow('GROUP_ID_NOT_FOUND')
  expect(broker.asked).not.toContain('ConsumerGroupDescribe')
})

import { ErrorCode, KafkaError } from '../protocol/errors.ts'
import { describeClusterApi } from '../protocol/messages/describe-cluster.ts'
import { clusterOperations, operationsNotAsked } from './authorized-operations.ts'
import { handler } from './handle.ts'

// DescribeCluster v0-2. One node, which is never fenced. Controllers (endpoint type 2) are not to be seen from outside.

const brokers = 1
const controllers = 2

export const describeCluster = handler(describeClusterApi, {
  handle(request, call, services) {
    if (request.endpointType === controllers)
      throw new KafkaError(ErrorCode.mismatchedEndpointType, 'this is a broker, not a controller')
    if (request.endpointType !== brokers) throw new KafkaError(ErrorCode.unsupportedEndpointType)
    const { nodeId, clusterId, rack } = services.node
    const { host, port } = call.connection.advertised
    return {
      throttleTimeMs: 0,
      errorCode: ErrorCode.none,
      errorMessage: null,
      endpointType: brokers,
      clusterId,
      controllerId: nodeId,
      brokers: [{ brokerId: nodeId, host, port, rack, isFenced: false }],
      clusterAuthorizedOperations: request.includeClusterAuthorizedOperations ? clusterOperations : operationsNotAsked,
    }
  },
  refuse: (_request, failure) => ({
    throttleTimeMs: 0,
    ...failure,
    endpointType: brokers,
    clusterId: '',
    controllerId: -1,
    brokers: [],
  }),
})

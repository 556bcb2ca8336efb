import { ErrorCode, KafkaError } from '../protocol/errors.ts'
import { findCoordinatorApi } from '../protocol/messages/find-coordinator.ts'
import { type Call, handler, type Services, settle } from './handle.ts'

// FindCoordinator v0-6. This node coordinates every group and every transaction. Left out: share groups (KIP-932).

const keyTypes = { group: 0, transaction: 1 } as const

export const findCoordinator = handler(findCoordinatorApi, {
  handle(request, call, services) {
    const find = (key: string) => ({ key, ...nowhere, ...settle(() => coordinatorOf(request.keyType, call, services)) })
    return { throttleTimeMs: 0, ...find(request.key), coordinators: request.coordinatorKeys.map(find) }
  },
  refuse: (request, failure) => ({
    throttleTimeMs: 0,
    ...nowhere,
    ...failure,
    coordinators: request.coordinatorKeys.map(key => ({ key, ...nowhere, ...failure })),
  }),
})

const nowhere = { nodeId: -1, host: '', port: -1 }

function coordinatorOf(keyType: number, call: Call, services: Services) {
  if (keyType !== keyTypes.group && keyType !== keyTypes.transaction) {
    throw new KafkaError(ErrorCode.invalidRequest, `this node has no coordinators of type ${keyType}`)
  }
  const { host, port } = call.connection.advertised
  return { nodeId: services.node.nodeId, host, port }
}

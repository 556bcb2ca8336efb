import { ErrorCode, KafkaError } from '../protocol/errors.ts'
import { initProducerIdApi } from '../protocol/messages/init-producer-id.ts'
import { handler } from './handle.ts'

// InitProducerId v0-5: producer ids for idempotence. Left out until there are transactions: everything with a
// transactional id, which is refused.

export const initProducerId = handler(initProducerIdApi, {
  async handle(request, _call, services) {
    if (request.transactionalId === '') throw new KafkaError(ErrorCode.invalidRequest, 'the transactional id is empty')
    if (request.transactionalId !== null)
      throw new KafkaError(ErrorCode.unsupportedVersion, 'this node has no transactions yet')
    // KIP-360: a bump of the epoch names both or neither.
    if ((request.producerId === -1) !== (request.producerEpoch === -1)) throw new KafkaError(ErrorCode.invalidRequest)
    const producerId = await services.producerIds.allocate()
    return { throttleTimeMs: 0, errorCode: ErrorCode.none, producerId, producerEpoch: 0 }
  },
  refuse: (_request, { errorCode }) => ({ throttleTimeMs: 0, errorCode, producerId: -1, producerEpoch: -1 }),
})

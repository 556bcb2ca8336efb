import type { RequestOf } from '../protocol/codec.ts'
import { ErrorCode, KafkaError } from '../protocol/errors.ts'
import { initProducerIdApi } from '../protocol/messages/init-producer-id.ts'
import { fencedAs } from './fencing.ts'
import { handler, type Services } from './handle.ts'

// InitProducerId v0-5. Left out: two-phase commit (KIP-939), which is unstable in Kafka 4.2.

type InitProducerIdRequest = RequestOf<typeof initProducerIdApi>

export const initProducerId = handler(initProducerIdApi, {
  async handle(request, _call, services) {
    const identity = await identityOf(request, services)
    return { throttleTimeMs: 0, errorCode: ErrorCode.none, ...identity }
  },
  refuse: (_request, failure, { version }) => ({
    throttleTimeMs: 0,
    // KIP-588: version 4 tells who was fenced from who is behind.
    errorCode: fencedAs(failure.errorCode, version >= 4),
    producerId: -1,
    producerEpoch: -1,
  }),
})

async function identityOf(request: InitProducerIdRequest, { transactions, producerIds }: Services) {
  const { transactionalId, transactionTimeoutMs, producerId, producerEpoch } = request
  // KIP-360: a bump of the epoch names both or neither.
  if ((producerId === -1) !== (producerEpoch === -1)) throw new KafkaError(ErrorCode.invalidRequest)
  if (transactionalId === null) return { producerId: await producerIds.allocate(), producerEpoch: 0 }
  const expected = producerId === -1 ? undefined : { producerId, producerEpoch }
  return transactions.initialize({ transactionalId, timeoutMs: transactionTimeoutMs, expected })
}

import { ErrorCode, KafkaError } from '../protocol/errors.ts'
import { zeroUuid } from '../protocol/fields.ts'
import { pushTelemetryApi } from '../protocol/messages/push-telemetry.ts'
import { compressionIdMax } from '../protocol/records/compression.ts'
import { handler } from './handle.ts'

// PushTelemetry v0 (KIP-714). Metrics are checked in Kafka's order, accepted and dropped: there is nowhere to send them on
// to. Left out: whether they can be unpacked.

/** Kafka keeps both of these ids for itself. */
const reservedIds: readonly string[] = [zeroUuid, 'AAAAAAAAAAAAAAAAAAAAAQ']

export const pushTelemetry = handler(pushTelemetryApi, {
  handle(request, call, { clientMetrics, configuration }) {
    const { clientInstanceId, compressionType, metrics } = request
    if (reservedIds.includes(clientInstanceId)) throw new KafkaError(ErrorCode.invalidRequest)
    clientMetrics.push(clientInstanceId, request, call, () => {
      if (compressionType < 0 || compressionType > compressionIdMax)
        throw new KafkaError(ErrorCode.unsupportedCompressionType)
      if (metrics.length > configuration.broker['telemetry.max.bytes'])
        throw new KafkaError(ErrorCode.telemetryTooLarge)
    })
    return { throttleTimeMs: 0, errorCode: ErrorCode.none }
  },
  refuse: (_request, { errorCode }) => ({ throttleTimeMs: 0, errorCode }),
})

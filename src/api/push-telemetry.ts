import { ErrorCode, KafkaError } from '../protocol/errors.ts'
import { zeroUuid } from '../protocol/fields.ts'
import { pushTelemetryApi } from '../protocol/messages/push-telemetry.ts'
import { compressionIdMax } from '../protocol/records/compression.ts'
import { subscriptionIdOf, telemetryMaxBytes } from './get-telemetry-subscriptions.ts'
import { handler } from './handle.ts'

// PushTelemetry v0 (KIP-714). Metrics are accepted and dropped: nobody was asked for any. Checks in Kafka's order.
// Left out: refusing who pushes early, or goes on after its last push.

export const pushTelemetry = handler(pushTelemetryApi, {
  handle({ clientInstanceId, subscriptionId, compressionType, metrics }) {
    if (clientInstanceId === zeroUuid) throw new KafkaError(ErrorCode.invalidRequest)
    if (subscriptionId !== subscriptionIdOf(clientInstanceId)) throw new KafkaError(ErrorCode.unknownSubscriptionId)
    if (compressionType < 0 || compressionType > compressionIdMax)
      throw new KafkaError(ErrorCode.unsupportedCompressionType)
    if (metrics.length > telemetryMaxBytes) throw new KafkaError(ErrorCode.telemetryTooLarge)
    return { throttleTimeMs: 0, errorCode: ErrorCode.none }
  },
  refuse: (_request, { errorCode }) => ({ throttleTimeMs: 0, errorCode }),
})

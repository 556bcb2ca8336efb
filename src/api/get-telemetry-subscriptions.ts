import { randomTopicId } from '../log/topic-id.ts'
import { ErrorCode } from '../protocol/errors.ts'
import { zeroUuid } from '../protocol/fields.ts'
import { getTelemetrySubscriptionsApi } from '../protocol/messages/get-telemetry-subscriptions.ts'
import { compressionNames } from '../protocol/records/compression.ts'
import { handler } from './handle.ts'

// GetTelemetrySubscriptions v0 (KIP-714): what the subscriptions that match the client ask for together. Without any the
// client is asked for nothing, and comes back once in a push interval.

/** In Kafka's order of preference. */
const acceptedCompressions = (['zstd', 'lz4', 'gzip', 'snappy'] as const).map(name => compressionNames.indexOf(name))

export const getTelemetrySubscriptions = handler(getTelemetrySubscriptionsApi, {
  handle({ clientInstanceId: given }, call, { env, configuration, clientMetrics }) {
    const clientInstanceId = given === zeroUuid ? randomTopicId(env.random) : given
    const { id, pushIntervalMs, metrics } = clientMetrics.ask(clientInstanceId, call)
    return {
      throttleTimeMs: 0,
      errorCode: ErrorCode.none,
      clientInstanceId,
      subscriptionId: id,
      acceptedCompressionTypes: acceptedCompressions,
      pushIntervalMs,
      telemetryMaxBytes: configuration.broker['telemetry.max.bytes'],
      deltaTemporality: true,
      requestedMetrics: metrics,
    }
  },
  refuse: (_request, { errorCode }) => ({
    throttleTimeMs: 0,
    errorCode,
    clientInstanceId: zeroUuid,
    subscriptionId: 0,
    acceptedCompressionTypes: [],
    pushIntervalMs: 0,
    telemetryMaxBytes: 0,
    deltaTemporality: false,
    requestedMetrics: [],
  }),
})

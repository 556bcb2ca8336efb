import { randomTopicId } from '../log/topic-id.ts'
import { ErrorCode } from '../protocol/errors.ts'
import { zeroUuid } from '../protocol/fields.ts'
import { getTelemetrySubscriptionsApi } from '../protocol/messages/get-telemetry-subscriptions.ts'
import { compressionNames } from '../protocol/records/compression.ts'
import { crc32c } from '../protocol/records/crc32c.ts'
import { handler } from './handle.ts'

// GetTelemetrySubscriptions v0 (KIP-714). This node has nowhere to send the metrics of clients on to, so it asks for none:
// clients then come back once in a push interval. Left out: subscriptions as configurations of `client-metrics`, and
// refusing who comes back early.

/** Kafka's default of `interval.ms` and of `telemetry.max.bytes`. */
const pushIntervalMs = 300_000
export const telemetryMaxBytes = 1024 * 1024

/** In Kafka's order of preference. */
const acceptedCompressions = (['zstd', 'lz4', 'gzip', 'snappy'] as const).map(name => compressionNames.indexOf(name))

export const getTelemetrySubscriptions = handler(getTelemetrySubscriptionsApi, {
  handle(request, _call, { env }) {
    const { clientInstanceId } = request
    const id = clientInstanceId === zeroUuid ? randomTopicId(env.random) : clientInstanceId
    return {
      throttleTimeMs: 0,
      errorCode: ErrorCode.none,
      clientInstanceId: id,
      subscriptionId: subscriptionIdOf(id),
      acceptedCompressionTypes: acceptedCompressions,
      pushIntervalMs,
      telemetryMaxBytes,
      deltaTemporality: true,
      requestedMetrics: [],
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

/** The same for a client instance as long as what it is asked for stays the same: for ever. */
export function subscriptionIdOf(clientInstanceId: string): number {
  return crc32c(Buffer.from(clientInstanceId, 'latin1')) | 0
}

import { ErrorCode, KafkaError } from '../protocol/errors.ts'
import { encodeResponseFrame } from '../protocol/frame.ts'
import { apiVersionsApi } from '../protocol/messages/api-versions.ts'
import { features, featuresEpoch } from './features.ts'
import { type Answer, type Handler, handler } from './handle.ts'

// ApiVersions v0-4.

// KIP-511: what may stand in a client's name and version.
const softwareText = /^[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?$/

/** `others`: every other API that is served. */
export function apiVersionsHandler(others: readonly Handler[]): Handler {
  const self: Handler = handler(apiVersionsApi, {
    handle(request, call, services) {
      if (call.version >= 3) {
        checkSoftware(request)
        const { clientSoftwareName: name, clientSoftwareVersion: version } = request
        services.clientMetrics.introduce(call.connection, { name, version })
      }
      const served = [...others, self].sort((a, b) => a.apiKey - b.apiKey)
      return {
        errorCode: ErrorCode.none,
        apiKeys: served.map(rangeOf),
        throttleTimeMs: 0,
        ...featuresFor(call.version),
      }
    },
    refuse: (_request, { errorCode }) => ({ errorCode, apiKeys: [], throttleTimeMs: 0 }),
  })
  return self
}

/**
 * The answer to ApiVersions in a version that is not served: in version 0, which every client can read, and with the
 * range of ApiVersions itself, so that the client can ask again (KIP-35, KIP-511).
 */
export function unsupportedApiVersions(served: Handler, correlationId: number): Answer {
  const body = { errorCode: ErrorCode.unsupportedVersion, apiKeys: [rangeOf(served)], throttleTimeMs: 0 }
  return encodeResponseFrame(apiVersionsApi, 0, correlationId, body)
}

function featuresFor(version: number) {
  // KAFKA-17492: older clients fail on a feature whose lowest level is 0.
  const supported = features.filter(({ minVersion }) => version >= 4 || minVersion > 0)
  const finalized = features.filter(({ level }) => level > 0)
  return {
    supportedFeatures: supported.map(({ name, minVersion, maxVersion }) => ({ name, minVersion, maxVersion })),
    finalizedFeaturesEpoch: featuresEpoch,
    finalizedFeatures: finalized.map(({ name, level }) => ({ name, minVersionLevel: level, maxVersionLevel: level })),
  }
}

function rangeOf({ apiKey, minVersion, maxVersion }: Handler) {
  return { apiKey, minVersion, maxVersion }
}

function checkSoftware(request: { readonly clientSoftwareName: string; readonly clientSoftwareVersion: string }): void {
  if (!softwareText.test(request.clientSoftwareName) || !softwareText.test(request.clientSoftwareVersion))
    throw new KafkaError(ErrorCode.invalidRequest, "the client's software name or version is not valid")
}

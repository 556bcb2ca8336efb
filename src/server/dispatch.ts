import { unsupportedApiVersions } from '../api/api-versions.ts'
import type { ConnectionContext, Handler, Services } from '../api/handle.ts'
import { handlers as allHandlers } from '../api/registry.ts'
import { DecodeError } from '../base/errors.ts'
import { readRequestHeader } from '../protocol/frame.ts'
import { apiVersionsApi } from '../protocol/messages/api-versions.ts'
import type { Dispatched } from './connection.ts'

/** Starts the request in a frame. Throws `DecodeError` for what cannot be answered in the protocol. */
export type Dispatch = (frame: Buffer, connection: ConnectionContext) => Dispatched

/** Finds a request's handler by key and version. */
export function dispatcher(services: Services, handlers: readonly Handler[] = allHandlers): Dispatch {
  const byKey: (Handler | undefined)[] = []
  for (const handler of handlers) byKey[handler.apiKey] = handler

  return (frame, connection) => {
    const header = readRequestHeader(frame)
    const { apiKey, apiVersion } = header
    const handler = byKey[apiKey]
    if (!handler) throw new DecodeError(`request for API key ${apiKey}, which is not served`)
    if (apiVersion >= handler.minVersion && apiVersion <= handler.maxVersion) {
      const { pipelined, usesFrame } = handler
      const request = usesFrame ? frame : Buffer.from(frame)
      return { pipelined, usesFrame, answer: handler.answer(request, header, connection, services) }
    }
    // KIP-511: a client that is newer than we are learns here what to speak; for other APIs it should have known.
    if (apiKey !== apiVersionsApi.key)
      throw new DecodeError(`${handler.name} version ${apiVersion}, which is not served`)
    return { pipelined: false, usesFrame: false, answer: unsupportedApiVersions(handler, header.correlationId) }
  }
}

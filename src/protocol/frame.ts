import { DecodeError } from '../base/errors.ts'
import {
  type Api,
  decodeResponse,
  isFlexible,
  type RequestInput,
  type ResponseInput,
  type ResponseOf,
  type Structure,
  writeStructure,
} from './codec.ts'
import { allApis } from './messages/registry.ts'
import { Output } from './output.ts'
import { skipTaggedFields } from './wire.ts'

/** What stands before the body of a request. */
export interface RequestHeader {
  readonly apiKey: number
  readonly apiVersion: number
  /** Comes back in the answer. */
  readonly correlationId: number
  readonly clientId: string | null
  /** Where the body starts in the frame. */
  readonly bodyAt: number
}

/**
 * Reads the header of a request frame (without its length prefix). Headers v1 and v2 differ in the tagged fields only,
 * which are skipped; the client id keeps its old form in both. Throws a `DecodeError`.
 */
export function readRequestHeader(frame: Buffer): RequestHeader {
  if (frame.length < 10) throw new DecodeError(`a request header takes at least 10 bytes, not ${frame.length}`)
  const apiKey = frame.readInt16BE(0)
  const apiVersion = frame.readInt16BE(2)
  const clientIdBytes = frame.readInt16BE(8)
  const end = 10 + Math.max(0, clientIdBytes)
  if (clientIdBytes < -1 || end > frame.length) throw new DecodeError('the client id is longer than the frame')
  return {
    apiKey,
    apiVersion,
    correlationId: frame.readInt32BE(4),
    clientId: clientIdBytes < 0 ? null : frame.toString('utf8', 10, end),
    bodyAt: apiVersion >= (firstFlexible.get(apiKey) ?? Infinity) ? skipTaggedFields(frame, end) : end,
  }
}

// An unknown API has no body that anyone could read: its header may end anywhere.
const firstFlexible = new Map(
  allApis.map(api => [api.key, api.flexible === 'never' ? Infinity : api.flexible] as const),
)

/** KIP-511: a client that does not know the server yet must be able to read the answer, so this header has no tags. */
const apiVersionsKey = 18

/** A whole response as chunks for one gathered write, length prefix and header included. Throws as `encodeResponse` does. */
export function encodeResponseFrame<A extends Api>(
  api: A,
  version: number,
  correlationId: number,
  body: ResponseInput<A>,
): Buffer[] {
  output.reset()
  output.buffer.writeInt32BE(correlationId, lengthBytes)
  output.at = lengthBytes + 4
  if (hasTaggedResponseHeader(api, version)) output.buffer[output.at++] = 0
  return frameOf(api.response, version, body)
}

/** A whole request as chunks for one gathered write, length prefix and header included. */
export function encodeRequestFrame<A extends Api>(
  api: A,
  version: number,
  correlationId: number,
  clientId: string | null,
  body: RequestInput<A>,
): Buffer[] {
  output.reset()
  const { buffer } = output
  buffer.writeInt16BE(api.key, lengthBytes)
  buffer.writeInt16BE(version, lengthBytes + 2)
  buffer.writeInt32BE(correlationId, lengthBytes + 4)
  const clientIdAt = lengthBytes + 10
  const clientIdBytes = clientId === null ? -1 : buffer.write(clientId.slice(0, longestClientId), clientIdAt)
  buffer.writeInt16BE(clientIdBytes, clientIdAt - 2)
  output.at = clientIdAt + Math.max(0, clientIdBytes)
  if (isFlexible(api, version)) buffer[output.at++] = 0
  return frameOf(api.request, version, body)
}

/** Reads a response frame (without its length prefix). Throws a `DecodeError`. */
export function decodeResponseFrame<A extends Api>(
  api: A,
  version: number,
  frame: Buffer,
): { readonly correlationId: number; readonly body: ResponseOf<A> } {
  if (frame.length < 4) throw new DecodeError(`a response header takes at least 4 bytes, not ${frame.length}`)
  const bodyAt = hasTaggedResponseHeader(api, version) ? skipTaggedFields(frame, 4) : 4
  return { correlationId: frame.readInt32BE(0), body: decodeResponse(api, version, frame, bodyAt) }
}

const lengthBytes = 4
const longestClientId = 8 * 1024
// Encoding never waits, so that one scratch buffer serves all of a thread.
const output = new Output()

function hasTaggedResponseHeader(api: Api, version: number): boolean {
  return isFlexible(api, version) && api.key !== apiVersionsKey
}

function frameOf(structure: Structure, version: number, body: unknown): Buffer[] {
  writeStructure(structure, version, body, output)
  output.buffer.writeInt32BE(output.length - lengthBytes, 0)
  return output.take()
}

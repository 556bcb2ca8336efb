import { expect, test } from 'vitest'
import type { ConnectionContext, Handler, Services } from '../../src/api/handle.ts'
import { DecodeError } from '../../src/base/errors.ts'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { decodeResponseFrame, encodeRequestFrame } from '../../src/protocol/frame.ts'
import { apiVersionsApi } from '../../src/protocol/messages/api-versions.ts'
import { type Dispatch, dispatcher } from '../../src/server/dispatch.ts'

const served = {
  minVersion: 0,
  maxVersion: 2,
  pipelined: true,
  usesFrame: false,
  answer: () => [Buffer.from('answer')],
}
const handlers: Handler[] = [
  { ...served, apiKey: 3, name: 'Metadata' },
  { ...served, apiKey: apiVersionsApi.key, name: 'ApiVersions', pipelined: false },
]

function dispatchOf(apiKey: number, version: number): ReturnType<Dispatch> {
  const request = { clientSoftwareName: 'test', clientSoftwareVersion: '1' }
  const frame = Buffer.concat(encodeRequestFrame(apiVersionsApi, 3, 7, 'test', request)).subarray(4)
  frame.writeInt16BE(apiKey, 0)
  frame.writeInt16BE(version, 2)
  return dispatcher({} as Services, handlers)(frame, {} as ConnectionContext)
}

test('a request goes to the handler of its API', () => {
  expect(dispatchOf(3, 2)).toEqual({ pipelined: true, usesFrame: false, answer: [Buffer.from('answer')] })
})

test('an API that is not served, or not in this version, breaks the protocol', () => {
  expect(() => dispatchOf(99, 0)).toThrow(DecodeError)
  expect(() => dispatchOf(3, 3)).toThrow('Metadata version 3, which is not served')
  expect(() => dispatchOf(3, -1)).toThrow(DecodeError)
})

test('ApiVersions in a version of the future is answered in version 0 with the range that is served', () => {
  const { pipelined, answer } = dispatchOf(apiVersionsApi.key, 99)
  expect(pipelined).toBe(false)
  const frame = Buffer.concat(answer as Buffer[]).subarray(4)
  const { correlationId, body } = decodeResponseFrame(apiVersionsApi, 0, frame)
  expect(correlationId).toBe(7)
  expect(body.errorCode).toBe(ErrorCode.unsupportedVersion)
  expect(body.apiKeys).toMatchObject([{ apiKey: apiVersionsApi.key, minVersion: 0, maxVersion: 2 }])
})

import { expect, test } from 'vitest'
import { DecodeError } from '../../src/base/errors.ts'
import { decodeRequest } from '../../src/protocol/codec.ts'
import {
  decodeResponseFrame,
  encodeRequestFrame,
  encodeResponseFrame,
  readRequestHeader,
} from '../../src/protocol/frame.ts'
import { apiVersionsApi } from '../../src/protocol/messages/api-versions.ts'
import { fetchApi } from '../../src/protocol/messages/fetch.ts'
import { heartbeatApi } from '../../src/protocol/messages/heartbeat.ts'

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex')
const hexOf = (chunks: readonly Buffer[]): string => Buffer.concat(chunks).toString('hex')
const beat = { groupId: 'g', generationId: 5, memberId: 'm', groupInstanceId: null }

test('a request header without tagged fields ends with the client id', () => {
  const header = readRequestHeader(hex('000c 0003 00000007 0003 616263 ff'))
  expect(header).toEqual({ apiKey: 12, apiVersion: 3, correlationId: 7, clientId: 'abc', bodyAt: 13 })
})

test('a flexible request header keeps the old form of the client id and has tagged fields, which are skipped', () => {
  expect(readRequestHeader(hex('000c 0004 00000007 0003 616263 00 ff')).bodyAt).toBe(14)
  expect(readRequestHeader(hex('000c 0004 00000007 ffff 02 00 01 aa 8101 02 bbcc ff'))).toEqual({
    apiKey: 12,
    apiVersion: 4,
    correlationId: 7,
    clientId: null,
    bodyAt: 19,
  })
})

test('the header of an API that nobody knows is still read', () => {
  expect(readRequestHeader(hex('7fff 0000 ffffffff ffff'))).toMatchObject({ apiKey: 32_767, correlationId: -1 })
})

test.each([
  ['nothing', ''],
  ['half a header', '000c 0003 0000'],
  ['a client id beyond the frame', '000c 0003 00000007 0004 616263'],
  ['a negative length of the client id', '000c 0003 00000007 fffe 616263'],
  ['no tagged fields where the version has them', '000c 0004 00000007 0003 616263'],
  ['tagged fields beyond the frame', '000c 0004 00000007 0003 616263 01 00 7f'],
])('%s is refused', (_, frame) => {
  expect(() => readRequestHeader(hex(frame))).toThrow(DecodeError)
})

test('a request frame has its length before it', () => {
  expect(hexOf(encodeRequestFrame(heartbeatApi, 0, 7, 'abc', beat))).toBe(
    hexOf([hex('00000017 000c 0000 00000007 0003 616263 0001 67 00000005 0001 6d')]),
  )
  expect(hexOf(encodeRequestFrame(heartbeatApi, 4, 7, null, beat))).toBe(
    hexOf([hex('00000015 000c 0004 00000007 ffff 00 02 67 00000005 02 6d 00 00')]),
  )
})

test('a response frame has its length before it, and tagged fields in its header where it is flexible', () => {
  const body = { throttleTimeMs: 1, errorCode: 27 }
  expect(hexOf(encodeResponseFrame(heartbeatApi, 0, 7, body))).toBe('0000000600000007001b')
  expect(hexOf(encodeResponseFrame(heartbeatApi, 4, 7, body))).toBe('0000000c' + '00000007' + '00' + '00000001001b00')
})

test('the header of an ApiVersions response never has tagged fields', () => {
  const frame = Buffer.concat(encodeResponseFrame(apiVersionsApi, 3, 7, { errorCode: 35, apiKeys: [] }))
  expect(frame.toString('hex')).toBe('0000000c' + '00000007' + '0023' + '01' + '00000000' + '00')
  expect(decodeResponseFrame(apiVersionsApi, 3, frame.subarray(4))).toMatchObject({
    correlationId: 7,
    body: { errorCode: 35, apiKeys: [] },
  })
})

test('the length of a frame counts the bytes that are not copied', () => {
  const partition = { partitionIndex: 0, errorCode: 0, highWatermark: 2, abortedTransactions: [] }
  const records = [Buffer.alloc(9000, 1), Buffer.alloc(5, 2)]
  const body = { responses: [{ topic: 't', partitions: [{ ...partition, records }] }] }
  const chunks = encodeResponseFrame(fetchApi, 12, 7, body)
  expect(chunks).toContain(records[0])
  const frame = Buffer.concat(chunks)
  expect(frame.readInt32BE(0)).toBe(frame.length - 4)
  const decoded = decodeResponseFrame(fetchApi, 12, frame.subarray(4)).body
  expect(decoded.responses[0]!.partitions[0]!.records).toEqual(Buffer.concat(records))
})

test('what one side frames, the other reads', () => {
  const frame = Buffer.concat(encodeRequestFrame(heartbeatApi, 4, -5, 'größe', beat)).subarray(4)
  const header = readRequestHeader(frame)
  expect(header).toMatchObject({ apiKey: 12, apiVersion: 4, correlationId: -5, clientId: 'größe' })
  expect(decodeRequest(heartbeatApi, header.apiVersion, frame, header.bodyAt)).toEqual(beat)
})

test('a response without a whole header is refused', () => {
  expect(() => decodeResponseFrame(heartbeatApi, 0, hex('000000'))).toThrow(DecodeError)
  expect(() => decodeResponseFrame(heartbeatApi, 4, hex('00000007'))).toThrow(DecodeError)
})

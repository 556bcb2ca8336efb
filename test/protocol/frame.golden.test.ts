import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { type Api, decodeRequest } from '../../src/protocol/codec.ts'
import {
  decodeResponseFrame,
  encodeRequestFrame,
  encodeResponseFrame,
  readRequestHeader,
} from '../../src/protocol/frame.ts'
import { allApis } from '../../src/protocol/messages/registry.ts'

interface Recorded {
  readonly name: string
  readonly api: Api
  readonly version: number
  readonly frame: Buffer
}

const recorded: readonly Recorded[] = readFileSync(new URL('golden/frames.txt', import.meta.url), 'utf8')
  .split('\n')
  .filter(line => line !== '' && !line.startsWith('#'))
  .map(line => {
    const [apiName, version, direction, hex] = line.split(' ')
    const api = allApis.find(candidate => candidate.name === apiName)!
    const frame = Buffer.from(hex!, 'hex')
    return { name: `${apiName} ${version} ${direction}`, api, version: Number(version!.slice(1)), frame }
  })

const requests = recorded.filter(({ name }) => name.endsWith('request')).map(one => [one.name, one] as const)
const responses = recorded.filter(({ name }) => name.endsWith('response')).map(one => [one.name, one] as const)

test.each(requests)('%s of a real client is read, and written byte for byte as the client did', (_, one) => {
  const { api, frame } = one
  const header = readRequestHeader(frame)
  expect(header).toMatchObject({ apiKey: api.key, apiVersion: one.version })
  const body = decodeRequest(api, one.version, frame, header.bodyAt)
  const again = Buffer.concat(encodeRequestFrame(api, one.version, header.correlationId, header.clientId, body))
  expect(again.subarray(4).toString('hex')).toBe(frame.toString('hex'))
})

test.each(responses)('%s of a real server is read, and written byte for byte as the server did', (_, one) => {
  const { api, frame } = one
  const { correlationId, body } = decodeResponseFrame(api, one.version, frame)
  const again = Buffer.concat(encodeResponseFrame(api, one.version, correlationId, body))
  expect(again.subarray(4).toString('hex')).toBe(frame.toString('hex'))
})

function bodyOf(name: string): unknown {
  const { api, version, frame } = recorded.find(one => one.name === name)!
  if (name.endsWith('response')) return decodeResponseFrame(api, version, frame).body
  return decodeRequest(api, version, frame, readRequestHeader(frame).bodyAt)
}

test.each([
  'ListOffsets v0 request',
  'ListOffsets v0 response',
  'OffsetCommit v1 request',
  'OffsetFetch v0 response',
  'CreateTopics v0 request',
  'DescribeConfigs v0 response',
  'Produce v2 response',
  'Fetch v3 request',
  'Metadata v4 response',
  'JoinGroup v5 request',
  'FindCoordinator v6 response',
  'OffsetCommit v9 request',
  'CreateTopics v7 response',
])('%s means what was meant', name => {
  expect(bodyOf(name)).toMatchSnapshot()
})

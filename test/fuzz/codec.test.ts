import { describe, expect, test } from 'vitest'
import type { Random } from '../../src/base/env.ts'
import { DecodeError } from '../../src/base/errors.ts'
import {
  type Api,
  decodeRequest,
  decodeResponse,
  decodeVersioned,
  encodeRequest,
  encodeResponse,
  encodeVersioned,
} from '../../src/protocol/codec.ts'
import { encodeRequestFrame, readRequestHeader } from '../../src/protocol/frame.ts'
import {
  consumerProtocolAssignment,
  consumerProtocolSubscription,
} from '../../src/protocol/messages/consumer-protocol.ts'
import { fetchApi } from '../../src/protocol/messages/fetch.ts'
import { metadataApi } from '../../src/protocol/messages/metadata.ts'
import { allApis } from '../../src/protocol/messages/registry.ts'
import { generatedValue } from '../protocol/generated-values.ts'
import { seededRandom } from '../support/simulated-env.ts'

const rounds = 40

/** Runs `read` and lets nothing but a `DecodeError` pass. */
function survives(read: () => unknown): void {
  try {
    read()
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
  }
}

/** `wire` with a few bytes changed, cut, doubled or put in. */
function mutated(wire: Buffer, random: Random): Buffer {
  let bytes = Buffer.from(wire)
  for (let changes = 1 + random.below(4); changes > 0 && bytes.length > 0; changes--) {
    const at = random.below(bytes.length)
    switch (random.below(5)) {
      case 0:
        bytes[at] = random.below(256)
        break
      case 1:
        // Lengths live on extremes.
        bytes[at] = [0, 1, 0x7f, 0x80, 0xff][random.below(5)]!
        break
      case 2:
        bytes = bytes.subarray(0, at)
        break
      case 3:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(random.below(at + 1))])
        break
      default:
        bytes = Buffer.concat([bytes.subarray(0, at), random.bytes(1 + random.below(8)), bytes.subarray(at)])
    }
  }
  return bytes
}

function versionsOf(api: Api): number[] {
  return Array.from({ length: api.versions[1] - api.versions[0] + 1 }, (_, index) => api.versions[0] + index)
}

describe.each(allApis.map(api => [api.name, api] as const))('%s', (_, api) => {
  test('random and mutated bytes are read or refused in every version, never worse', () => {
    const random = seededRandom(api.key + 1)
    for (const version of versionsOf(api)) {
      for (let round = 0; round < rounds; round++) {
        const noise = random.bytes(random.below(120))
        survives(() => decodeRequest(api, version, noise))
        survives(() => decodeResponse(api, version, noise))
        const request = Buffer.concat(encodeRequest(api, version, generatedValue(api.request.fields, version, random)))
        survives(() => decodeRequest(api, version, mutated(request, random)))
        const response = Buffer.concat(
          encodeResponse(api, version, generatedValue(api.response.fields, version, random)),
        )
        survives(() => decodeResponse(api, version, mutated(response, random)))
      }
    }
  })
})

test('what was read from mutated bytes can be written again, and then reads the same', () => {
  const random = seededRandom(4711)
  for (let round = 0; round < 3000; round++) {
    const version = random.below(14)
    const wire = Buffer.concat(
      encodeResponse(metadataApi, version, generatedValue(metadataApi.response.fields, version, random) as never),
    )
    survives(() => {
      const value = decodeResponse(metadataApi, version, mutated(wire, random))
      const again = Buffer.concat(encodeResponse(metadataApi, version, value))
      expect(decodeResponse(metadataApi, version, again)).toEqual(value)
    })
  }
})

test('random and mutated headers are read or refused', () => {
  const random = seededRandom(7)
  for (let round = 0; round < 20_000; round++) {
    const api = allApis[random.below(allApis.length)]!
    const version = api.versions[random.below(2)]!
    const value = generatedValue(api.request.fields, version, random)
    const frame = Buffer.concat(encodeRequestFrame(api, version, round, random.below(3) ? 'client' : null, value))
    survives(() => readRequestHeader(mutated(frame.subarray(4), random)))
    survives(() => readRequestHeader(random.bytes(random.below(30))))
  }
})

test('random and mutated structures of the consumer protocol are read or refused', () => {
  const random = seededRandom(8)
  for (const structure of [consumerProtocolSubscription, consumerProtocolAssignment]) {
    for (let round = 0; round < 5000; round++) {
      const version = random.below(4)
      const value = generatedValue(structure.fields, version, random) as never
      survives(() =>
        decodeVersioned(
          structure as typeof consumerProtocolSubscription,
          mutated(encodeVersioned(structure as typeof consumerProtocolSubscription, version, value), random),
        ),
      )
      survives(() => decodeVersioned(structure as typeof consumerProtocolSubscription, random.bytes(random.below(40))))
    }
  }
})

const megabyte = 1024 * 1024

// The worst a frame can do is to make every few bytes an object: an empty name without tags takes two of them.
const topics = Buffer.concat([Buffer.from('a1c21e', 'hex'), Buffer.alloc(megabyte, '0100', 'hex')])

test.each([
  ['zeros', Buffer.alloc(megabyte)],
  ['ones', Buffer.alloc(megabyte, 1)],
  ['0xff', Buffer.alloc(megabyte, 0xff)],
  ['500,000 empty topics', topics],
])('a megabyte of %s allocates a small multiple of itself, in every version', (_, body) => {
  for (const api of [metadataApi, fetchApi]) {
    for (const version of versionsOf(api)) {
      const before = process.memoryUsage().heapUsed
      survives(() => decodeRequest(api, version, body))
      expect(process.memoryUsage().heapUsed - before).toBeLessThan(64 * megabyte)
    }
  }
})

test('a frame may hold as many empty topics as fit', () => {
  expect(decodeRequest(metadataApi, 9, topics).topics).toHaveLength(500_000)
})

test('counts of thousands of millions in a small frame are refused at once', () => {
  const nested = Buffer.from('7fffffff'.repeat(64), 'hex')
  for (const api of allApis) {
    for (const version of versionsOf(api)) {
      survives(() => decodeRequest(api, version, nested))
      survives(() => decodeResponse(api, version, nested))
    }
  }
})

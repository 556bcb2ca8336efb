import { describe, expect, test } from 'vitest'
import { type Api, decodeRequest, decodeResponse, encodeRequest, encodeResponse } from '../../../src/protocol/codec.ts'
import { allApis } from '../../../src/protocol/messages/registry.ts'
import { seededRandom } from '../../support/simulated-env.ts'
import { generatedValue } from '../generated-values.ts'

const valuesPerVersion = 30

describe.each(allApis.map(api => [api.name, api] as const))('%s', (_, api) => {
  test.each(versionsOf(api))('what v%i encodes, it decodes to the same', version => {
    const random = seededRandom(api.key * 100 + version)
    for (let count = 0; count < valuesPerVersion; count++) {
      const request = generatedValue(api.request.fields, version, random)
      expect(decodeRequest(api, version, Buffer.concat(encodeRequest(api, version, request)))).toEqual(request)
      const response = generatedValue(api.response.fields, version, random)
      expect(decodeResponse(api, version, Buffer.concat(encodeResponse(api, version, response)))).toEqual(response)
    }
  })
})

function versionsOf(api: Api): number[] {
  const [min, max] = api.versions
  return Array.from({ length: max - min + 1 }, (_, index) => min + index)
}

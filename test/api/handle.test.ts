import { expect, test } from 'vitest'
import { type HandlerOptions, handler, type Services, settle, settleAsync } from '../../src/api/handle.ts'
import { AssertionError, DecodeError, StorageError } from '../../src/base/errors.ts'
import { defineApi } from '../../src/protocol/codec.ts'
import { ErrorCode, KafkaError } from '../../src/protocol/errors.ts'
import { int16, int32, string } from '../../src/protocol/fields.ts'
import { decodeResponseFrame, encodeRequestFrame } from '../../src/protocol/frame.ts'
import { promised, testConnection } from '../support/node.ts'
import { simulatedEnv } from '../support/simulated-env.ts'

// A key that Kafka has, so that its frames are understood.
const doubleApi = defineApi({
  key: 12,
  name: 'Double',
  versions: [0, 2],
  flexible: 'never',
  request: { value: int32() },
  response: { errorCode: int16(), value: int32(), note: string({ default: '' }) },
})

type Options = HandlerOptions<typeof doubleApi>

const refuse: Options['refuse'] = ({ value }, { errorCode }) => ({ errorCode, value })

async function ask(options: Partial<Options> & Pick<Options, 'handle'>) {
  const env = simulatedEnv()
  const double = handler(doubleApi, { refuse, ...options })
  const frame = Buffer.concat(encodeRequestFrame(doubleApi, 0, 7, 'test', { value: 21 })).subarray(4)
  const header = { apiKey: 12, apiVersion: 0, correlationId: 7, clientId: 'test', bodyAt: frame.length - 4 }
  const services = { env, quotas: { isOn: false } } as unknown as Services
  const answer = await promised(double.answer(frame, header, testConnection(), services))
  return { env, body: answer && decodeResponseFrame(doubleApi, 0, Buffer.concat(answer).subarray(4)).body }
}

function throwing(error: Error): () => never {
  return () => {
    throw error
  }
}

test('a request is decoded, handled and answered', async () => {
  const { body } = await ask({ handle: ({ value }) => ({ errorCode: 0, value: value * 2 }) })
  expect(body).toEqual({ errorCode: 0, value: 42, note: '' })
})

test('null is no answer', async () => {
  expect((await ask({ handle: () => null })).body).toBeNull()
})

test('a KafkaError, thrown or rejected with, is answered with its code and not logged', async () => {
  const error = new KafkaError(ErrorCode.invalidRequest)
  for (const handle of [throwing(error), async () => throwing(error)()]) {
    const { body, env } = await ask({ handle })
    expect(body).toEqual({ errorCode: ErrorCode.invalidRequest, value: 21, note: '' })
    expect(env.log.errors).toEqual([])
  }
})

test('any other exception is answered with UNKNOWN_SERVER_ERROR and logged', async () => {
  const error = new TypeError('a mistake of ours')
  for (const handle of [throwing(error), async () => throwing(error)()]) {
    const { body, env } = await ask({ handle })
    expect(body?.errorCode).toBe(ErrorCode.unknownServerError)
    expect(env.log.errors).toEqual([error])
  }
})

test('an answer that cannot be encoded is a mistake of ours too', async () => {
  const { body, env } = await ask({ handle: () => ({ errorCode: 0, value: 0, note: 'x'.repeat(2 ** 16) }) })
  expect(body?.errorCode).toBe(ErrorCode.unknownServerError)
  expect(env.log.errors).toHaveLength(1)
})

test('what the protocol cannot carry is thrown on, so that the connection is closed', async () => {
  const error = new KafkaError(ErrorCode.invalidRequest)
  await expect(ask({ handle: throwing(error), refuse: () => null })).rejects.toBe(error)
})

test('what ends the node or breaks the protocol is thrown on', async () => {
  for (const error of [new AssertionError('x'), new StorageError('x'), new DecodeError('x')]) {
    await expect(ask({ handle: throwing(error) })).rejects.toBe(error)
    await expect(ask({ handle: async () => throwing(error)() })).rejects.toBe(error)
  }
})

test('an API is served in all its versions unless the handler says otherwise', () => {
  const handle: Options['handle'] = () => null
  expect(handler(doubleApi, { handle, refuse })).toMatchObject({ minVersion: 0, maxVersion: 2, pipelined: false })
  const some = handler(doubleApi, { handle, refuse, versions: [1, 2] })
  expect(some).toMatchObject({ apiKey: 12, name: 'Double', minVersion: 1, maxVersion: 2 })
})

test('an item is settled with its fields or with its KafkaError', async () => {
  const failure = { errorCode: ErrorCode.invalidRequest, errorMessage: 'no' }
  const refused = throwing(new KafkaError(ErrorCode.invalidRequest, 'no'))
  expect(settle(() => ({ value: 1 }))).toEqual({ errorCode: 0, errorMessage: null, value: 1 })
  expect(settle(refused)).toEqual(failure)
  expect(await settleAsync(async () => ({ value: 1 }))).toEqual({ errorCode: 0, errorMessage: null, value: 1 })
  expect(await settleAsync(async () => refused())).toEqual(failure)
})

test('an item that fails otherwise fails the request', async () => {
  expect(() => settle(throwing(new TypeError('x')))).toThrow(TypeError)
  await expect(settleAsync(async () => throwing(new TypeError('x'))())).rejects.toThrow(TypeError)
})

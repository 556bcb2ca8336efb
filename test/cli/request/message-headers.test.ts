import { expect, test } from 'vitest'
import { isAnswer, knownHeaders, replyAddress, requestHeaders } from '../../../src/cli/request/message-headers.ts'

const header = (key: string, value: string | Buffer | null) => ({
  key,
  value: value === null ? null : Buffer.from(value),
})
const id = Buffer.from('00112233445566778899aabbccddeeff', 'hex')

test.each<[string, ReturnType<typeof header>[], unknown]>([
  [
    "Spring's, with the partition as four bytes",
    [header('kafka_correlationId', id), header('kafka_replyTopic', 'r'), header('kafka_replyPartition', '\0\0\0\x02')],
    { topic: 'r', partition: 2, correlation: { key: 'kafka_correlationId', value: id } },
  ],
  [
    'others, with the partition in digits',
    [header('correlation_id', '17'), header('reply_to', 'r'), header('reply_partition', '12')],
    { topic: 'r', partition: 12, correlation: { key: 'correlation_id', value: Buffer.from('17') } },
  ],
  ['no correlation', [header('kafka_replyTopic', 'r')], { topic: 'r', partition: undefined, correlation: undefined }],
  [
    'a partition that is none',
    [header('kafka_replyTopic', 'r'), header('kafka_replyPartition', 'x')],
    { topic: 'r', partition: undefined, correlation: undefined },
  ],
  ['no reply topic', [header('kafka_correlationId', id)], undefined],
  ['an empty reply topic', [header('kafka_replyTopic', '')], undefined],
  ['a null reply topic', [header('kafka_replyTopic', null)], undefined],
])('where the answer goes: %s', (_, headers, address) => {
  expect(replyAddress(headers, knownHeaders, undefined)).toEqual(address)
})

test('a default stands in for a reply topic that is not named', () => {
  expect(replyAddress([], knownHeaders, 'd')).toMatchObject({ topic: 'd' })
  expect(replyAddress([header('kafka_replyTopic', 'r')], knownHeaders, 'd')).toMatchObject({ topic: 'r' })
})

test('only the record with our id is our answer', () => {
  const headers = requestHeaders(knownHeaders, { correlationId: id, replyTopic: 'r', replyPartition: 3 })
  expect(isAnswer(headers, knownHeaders, id)).toBe(true)
  expect(isAnswer(headers, knownHeaders, Buffer.from('other'))).toBe(false)
  expect(isAnswer([], knownHeaders, id)).toBe(false)
  expect(replyAddress(headers, knownHeaders, undefined)).toMatchObject({ topic: 'r', partition: 3 })
})

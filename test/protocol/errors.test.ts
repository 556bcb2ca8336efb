import { expect, test } from 'vitest'
import { ErrorCode, errorName, errorPhrase, KafkaError } from '../../src/protocol/errors.ts'

test('the codes run from -1 to 133 without a gap', () => {
  const codes = Object.values(ErrorCode).sort((a, b) => a - b)
  expect(codes).toEqual(Array.from({ length: 135 }, (_, index) => index - 1))
})

test('an error has the name that Kafka prints', () => {
  expect(errorName(ErrorCode.unknownServerError)).toBe('UNKNOWN_SERVER_ERROR')
  expect(errorName(3)).toBe('UNKNOWN_TOPIC_OR_PARTITION')
  expect(errorName(17)).toBe('INVALID_TOPIC_EXCEPTION')
  expect(errorName(79)).toBe('MEMBER_ID_REQUIRED')
  expect(errorName(999)).toBe('ERROR_999')
})

test('an error without a message says the standard sentence', () => {
  expect(new KafkaError(ErrorCode.nonEmptyGroup).message).toBe(errorPhrase(68))
  expect(new KafkaError(ErrorCode.nonEmptyGroup, "group 'a' has 2 members").message).toBe("group 'a' has 2 members")
})

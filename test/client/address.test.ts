import { expect, test } from 'vitest'
import { OperatorError } from '../../src/base/errors.ts'
import { addressText, parseBrokerList } from '../../src/client/address.ts'

test('a list of brokers holds hosts, ports and IPv6 addresses in brackets', () => {
  expect(parseBrokerList('a:1, b ,[::1]:3,[::1]')).toEqual([
    { host: 'a', port: 1 },
    { host: 'b', port: 9092 },
    { host: '::1', port: 3 },
    { host: '::1', port: 9092 },
  ])
})

test.each(['', ',', 'a:b', 'a:0', 'a:65536', 'a:1:2', '::1', 'a b'])("'%s' is refused", text => {
  expect(() => parseBrokerList(text)).toThrow(OperatorError)
})

test('an address is written as it is read', () => {
  for (const text of ['a:1', '[::1]:3']) expect(parseBrokerList(text).map(addressText)).toEqual([text])
})

import { expect, test } from 'vitest'
import { OperatorError } from '../../src/base/errors.ts'
import { listenAddress, requireLoopback } from '../../src/cli/listen-address.ts'

test.each([
  ['127.0.0.1:9092', '127.0.0.1', 9092],
  ['localhost:0', 'localhost', 0],
  ['[::1]:9092', '::1', 9092],
  [':9092', '0.0.0.0', 9092],
])('%s is an address', (text, host, port) => {
  expect(listenAddress(text)).toEqual({ host, port })
})

test.each(['9092', 'localhost', '127.0.0.1:70000', '127.0.0.1:x', '::1:9092', ''])('%j is none', text => {
  expect(() => listenAddress(text)).toThrow(OperatorError)
})

test.each(['127.0.0.1', '127.9.9.9', 'localhost', '::1'])('%s is this machine only', host => {
  requireLoopback({ host, port: 1 })
})

test.each(['0.0.0.0', '192.0.2.1', '::', 'node.example'])('%s can be reached from elsewhere', host => {
  expect(() => requireLoopback({ host, port: 1 })).toThrow('anybody could read and write')
})

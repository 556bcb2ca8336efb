import { expect, test } from 'vitest'
import { requestVariables } from '../../../src/cli/request/answering.ts'

test('a command finds its request in the environment', () => {
  const record = {
    offset: 5,
    timestamp: 17,
    key: Buffer.from('k'),
    value: null,
    headers: [
      { key: 'trace-id', value: Buffer.from('abc') },
      { key: 'binary', value: Buffer.from([0, 1]) },
      { key: 'none', value: null },
    ],
  }
  expect(requestVariables('t', 2, record)).toEqual({
    STREAMCTL_TOPIC: 't',
    STREAMCTL_PARTITION: '2',
    STREAMCTL_OFFSET: '5',
    STREAMCTL_TIMESTAMP: '17',
    STREAMCTL_KEY: 'k',
    STREAMCTL_HEADER_TRACE_ID: 'abc',
  })
})

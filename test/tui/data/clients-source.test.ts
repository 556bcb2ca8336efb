import { expect, test } from 'vitest'
import { clientRows } from '../../../src/tui/data/clients-source.ts'

test('each member is a client, with what it reads', () => {
  const member = {
    ...{ memberId: 'm-1', clientId: 'app', clientHost: '/10.0.0.7', instance: null },
    partitions: ['web', 'web', 'audit'].map((topic, partition) => ({ topic, partition })),
  }
  expect(
    clientRows(
      new Map([
        ['billing', [member]],
        ['idle', []],
      ]),
    ),
  ).toEqual([
    { clientId: 'app', host: '10.0.0.7', group: 'billing', memberId: 'm-1', partitions: 3, topics: ['audit', 'web'] },
  ])
})

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { alterClientQuotasApi } from '../../src/protocol/messages/alter-client-quotas.ts'
import { type TestNode, testNode } from '../support/node.ts'

let node: TestNode

beforeEach(async () => {
  node = await testNode()
})
afterEach(() => node.close())

type Name = readonly [entityType: string, entityName: string | null]
type Op = readonly [key: string, value: number | null]

async function alter(version: number, entries: readonly (readonly [Name[], Op[]])[], validateOnly = false) {
  const request = {
    entries: entries.map(([entity, ops]) => ({
      entity: entity.map(([entityType, entityName]) => ({ entityType, entityName })),
      ops: ops.map(([key, value]) => ({ key, value: value ?? 0, remove: value === null })),
    })),
    validateOnly,
  }
  const answer = await node.call(alterClientQuotasApi, version, request)
  return answer.entries.map(({ errorCode }) => errorCode)
}

const entries = () =>
  node.services.quotas.limits.entries().map(({ entity, values }) => [entity, Object.fromEntries(values)])

for (let version = 0; version <= 1; version++) {
  test(`version ${version} sets and removes quotas`, async () => {
    const ann: Name[] = [['user', 'ann']]
    const set: Op[] = [
      ['producer_byte_rate', 1000],
      ['request_percentage', 12.5],
    ]
    expect(await alter(version, [[ann, set]])).toEqual([ErrorCode.none])
    expect(entries()).toEqual([[{ user: 'ann' }, { producer_byte_rate: 1000, request_percentage: 12.5 }]])
    expect(await alter(version, [[ann, [['producer_byte_rate', null]]]])).toEqual([ErrorCode.none])
    expect(entries()).toEqual([[{ user: 'ann' }, { request_percentage: 12.5 }]])
    expect(await alter(version, [[ann, [['request_percentage', null]]]])).toEqual([ErrorCode.none])
    expect(entries()).toEqual([])
  })
}

test('an entity that cannot be has its error, and its neighbours are unaffected', async () => {
  const rate: Op[] = [['consumer_byte_rate', 5]]
  const codes = await alter(1, [
    [[], rate],
    [[['user', '']], rate],
    [[['group', 'x']], rate],
    [
      [
        ['user', 'a'],
        ['ip', '10.0.0.1'],
      ],
      rate,
    ],
    [[['user', 'b']], [['consumer_byte_rate', 0]]],
    [[['user', 'c']], [['no_such_rate', 1]]],
    [[['user', 'twice']], rate],
    [[['user', 'twice']], rate],
    [
      [
        ['user', 'ann'],
        ['client-id', null],
      ],
      rate,
    ],
  ])
  expect(codes).toEqual([...Array(8).fill(ErrorCode.invalidRequest), ErrorCode.none])
  expect(entries()).toEqual([[{ user: 'ann', 'client-id': null }, { consumer_byte_rate: 5 }]])
})

test('a dry run changes nothing', async () => {
  expect(await alter(1, [[[['user', 'ann']], [['consumer_byte_rate', 5]]]], true)).toEqual([ErrorCode.none])
  expect(await alter(1, [[[['user', 'ann']], [['consumer_byte_rate', -5]]]], true)).toEqual([ErrorCode.invalidRequest])
  expect(entries()).toEqual([])
})

test('quotas survive a restart', async () => {
  await node.close()
  const directory = mkdtempSync(join(tmpdir(), 'streamctl-quotas-'))
  try {
    node = await testNode({ directory })
    await alter(1, [
      [
        [
          ['client-id', null],
          ['user', 'ann'],
        ],
        [['consumer_byte_rate', 5]],
      ],
    ])
    await alter(1, [[[['ip', '10.0.0.1']], [['connection_creation_rate', 7]]]])
    const before = entries()
    await node.close()
    node = await testNode({ directory })
    expect(before).toHaveLength(2)
    expect(entries()).toEqual(before)
  } finally {
    await node.close()
    rmSync(directory, { recursive: true })
    node = await testNode()
  }
})

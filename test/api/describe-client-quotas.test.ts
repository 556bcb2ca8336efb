import { afterEach, beforeEach, expect, test } from 'vitest'
import type { QuotaEntity } from '../../src/config/client-quotas.ts'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { describeClientQuotasApi } from '../../src/protocol/messages/describe-client-quotas.ts'
import { type TestNode, testNode } from '../support/node.ts'

let node: TestNode

const entities: readonly QuotaEntity[] = [
  { user: 'ann' },
  { user: null },
  { user: 'ann', 'client-id': 'app' },
  { user: 'ann', 'client-id': null },
  { 'client-id': 'app' },
]

beforeEach(async () => {
  node = await testNode()
  const { limits } = node.services.quotas
  for (const entity of entities) limits.set(entity, limits.altered(entity, [{ name: 'consumer_byte_rate', value: 5 }]))
  limits.set({ ip: '10.0.0.1' }, limits.altered({ ip: '10.0.0.1' }, [{ name: 'connection_creation_rate', value: 1 }]))
})
afterEach(() => node.close())

const [exact, byDefault, specified] = [0, 1, 2]
type Component = readonly [entityType: string, matchType: number | undefined, match?: string]

async function describe(version: number, components: readonly Component[], strict = false) {
  const answer = await node.call(describeClientQuotasApi, version, {
    components: components.map(([entityType, matchType = exact!, match = null]) => ({ entityType, matchType, match })),
    strict,
  })
  const found = answer.entries?.map(({ entity }) =>
    Object.fromEntries(entity.map(({ entityType, entityName }) => [entityType, entityName])),
  )
  return { ...answer, found }
}

for (let version = 0; version <= 1; version++) {
  test(`version ${version} tells all quotas where nothing is asked for in particular`, async () => {
    const { errorCode, entries, found } = await describe(version, [])
    expect(errorCode).toBe(ErrorCode.none)
    expect(found).toHaveLength(6)
    expect(entries).toContainEqual({
      entity: [{ entityType: 'user', entityName: null }],
      values: [{ key: 'consumer_byte_rate', value: 5 }],
    })
  })
}

test('entities are found by name, as the default, or by being named at all', async () => {
  const found = async (...components: Component[]) => new Set((await describe(1, components)).found)
  expect(await found(['user', exact, 'ann'])).toEqual(new Set([entities[0], entities[2], entities[3]]))
  expect(await found(['user', byDefault])).toEqual(new Set([entities[1]]))
  expect(await found(['user', specified])).toEqual(new Set(entities.slice(0, 4)))
  expect(await found(['user', exact, 'ann'], ['client-id', byDefault])).toEqual(new Set([entities[3]]))
  expect(await found(['ip', specified])).toEqual(new Set([{ ip: '10.0.0.1' }]))
  expect(await found(['user', exact, 'nobody'])).toEqual(new Set())
})

test('a strict filter leaves out what is for more than it names', async () => {
  expect((await describe(1, [['user', exact, 'ann']], true)).found).toEqual([{ user: 'ann' }])
  expect((await describe(1, [['client-id', specified]], true)).found).toEqual([{ 'client-id': 'app' }])
  expect((await describe(1, [], true)).found).toEqual([])
})

test('a filter that cannot be meant is refused', async () => {
  const { invalidRequest, unsupportedVersion } = ErrorCode
  const refused: readonly (readonly [number, ...Component[]])[] = [
    [invalidRequest, ['', specified]],
    [invalidRequest, ['user', specified], ['user', byDefault]],
    [unsupportedVersion, ['group', specified]],
    [invalidRequest, ['user', exact]],
    [invalidRequest, ['user', byDefault, 'ann']],
    [invalidRequest, ['user', specified, 'ann']],
    [invalidRequest, ['user', 3]],
    [invalidRequest, ['user', specified], ['ip', specified]],
  ]
  for (const [code, ...components] of refused) {
    expect(await describe(1, components), JSON.stringify(components)).toMatchObject({ errorCode: code, entries: null })
  }
})

import { expect, test } from 'vitest'
import { ClientQuotas, type QuotaEntity, quotaEntity, quotaKey } from '../../src/config/client-quotas.ts'

const rate = 'producer_byte_rate'

function quotasWith(...entries: readonly (readonly [entity: QuotaEntity, limit: number])[]): ClientQuotas {
  const quotas = new ClientQuotas()
  for (const [entity, value] of entries) quotas.set(entity, quotas.altered(entity, [{ name: rate, value }]))
  return quotas
}

/** Every level, strongest first, as Kafka orders them. */
const levels: readonly QuotaEntity[] = [
  { user: 'ann', 'client-id': 'app' },
  { user: 'ann', 'client-id': null },
  { user: 'ann' },
  { user: null, 'client-id': 'app' },
  { user: null, 'client-id': null },
  { user: null },
  { 'client-id': 'app' },
  { 'client-id': null },
]

test('the most precise quota that is set holds', () => {
  for (let first = 0; first < levels.length; first++) {
    const quotas = quotasWith(...levels.slice(first).map((entity, place) => [entity, first + place + 1] as const))
    expect(quotas.limitFor(rate, { user: 'ann', clientId: 'app' })?.limit, JSON.stringify(levels[first])).toBe(
      first + 1,
    )
  }
  expect(quotasWith().limitFor(rate, { user: 'ann', clientId: 'app' })).toBeUndefined()
})

test('a limit is shared by all that it is for: a user, a client id, or both together', () => {
  const sharedBy = (entity: QuotaEntity, user: string, clientId: string) =>
    quotasWith([entity, 5]).limitFor(rate, { user, clientId })?.sharedBy
  for (const entity of [{ user: 'ann' }, { user: null }]) {
    expect(sharedBy(entity, 'ann', 'app')).toBe(sharedBy(entity, 'ann', 'other'))
  }
  for (const entity of [{ 'client-id': 'app' }, { 'client-id': null }]) {
    expect(sharedBy(entity, 'ann', 'app')).toBe(sharedBy(entity, 'bob', 'app'))
  }
  const both = { user: null, 'client-id': null }
  const shares = [sharedBy(both, 'ann', 'app'), sharedBy(both, 'ann', 'other'), sharedBy(both, 'bob', 'app')]
  expect(new Set(shares).size).toBe(3)
})

test('who has no client id has no quota of client ids', () => {
  const quotas = quotasWith([{ 'client-id': null }, 1], [{ user: 'ann', 'client-id': null }, 2], [{ user: 'ann' }, 3])
  expect(quotas.limitFor(rate, { user: 'ann', clientId: '' })?.limit).toBe(3)
  expect(quotas.limitFor(rate, { user: 'bob', clientId: '' })).toBeUndefined()
})

test('what was found before a change does not hold after it', () => {
  const quotas = quotasWith([{ user: 'ann' }, 5])
  const limit = () => quotas.limitFor(rate, { user: 'ann', clientId: 'app' })?.limit
  expect(limit()).toBe(5)
  quotas.set({ user: 'ann' }, quotas.altered({ user: 'ann' }, [{ name: rate, value: 6 }]))
  expect(limit()).toBe(6)
  quotas.set({ user: 'ann' }, quotas.altered({ user: 'ann' }, [{ name: rate, value: null }]))
  expect(limit()).toBeUndefined()
  expect([quotas.size, quotas.isSet(rate)]).toEqual([0, false])
})

test('an address has its own quota, or the default of addresses', () => {
  const quotas = new ClientQuotas()
  const set = (entity: QuotaEntity, value: number) =>
    quotas.set(entity, quotas.altered(entity, [{ name: 'connection_creation_rate', value }]))
  set({ ip: null }, 10)
  set({ ip: '10.0.0.1' }, 1)
  expect(quotas.limitForAddress('connection_creation_rate', '10.0.0.1')?.limit).toBe(1)
  expect(quotas.limitForAddress('connection_creation_rate', '10.0.0.2')?.limit).toBe(10)
})

test('what cannot be a quota is refused, and nothing changes', () => {
  const quotas = quotasWith([{ user: 'ann' }, 5])
  const alter = (entity: QuotaEntity, ...alterations: readonly (readonly [string, number | null])[]) =>
    quotas.altered(
      entity,
      alterations.map(([name, value]) => ({ name, value })),
    )
  expect(() => alter({})).toThrow('must be for somebody')
  expect(() => alter({ user: '' })).toThrow('the name of the user is empty')
  expect(() => alter({ user: 'ann', ip: '10.0.0.1' })).toThrow('a quota is for an ip')
  expect(() => alter({ ip: 'not an address' })).toThrow('no ip address')
  expect(() => alter({ user: 'ann' }, ['no_such_rate', 1])).toThrow("there is no quota 'no_such_rate' for clients")
  expect(() => alter({ user: 'ann' }, ['connection_creation_rate', 1])).toThrow('for clients')
  expect(() => alter({ ip: null }, [rate, 1])).toThrow('for an ip')
  expect(() => alter({ user: 'ann' }, ['toString', 1])).toThrow("there is no quota 'toString'")
  for (const value of [0, -1, Number.NaN]) expect(() => alter({ user: 'ann' }, [rate, value])).toThrow('above 0')
  expect(() => alter({ user: 'ann' }, [rate, 1.5])).toThrow('a whole number')
  expect(() => alter({ ip: null }, ['connection_creation_rate', 2 ** 31])).toThrow('at most')
  expect(() => alter({ user: 'ann' }, [rate, 1], [rate, null])).toThrow('named twice')
  expect(alter({ user: 'ann' }, ['request_percentage', 0.5], ['no_such_rate', null]).get('request_percentage')).toBe(
    0.5,
  )
  expect(quotas.entries()).toEqual([{ entity: { user: 'ann' }, values: new Map([[rate, 5]]) }])
})

test('names of entities are read from requests', () => {
  const name = (type: string, of: string | null) => ({ type, name: of })
  expect(quotaEntity([name('client-id', 'app'), name('user', null)])).toEqual({ user: null, 'client-id': 'app' })
  expect(() => quotaEntity([name('group', 'g')])).toThrow("no quotas of 'group'")
  expect(() => quotaEntity([name('user', 'a'), name('user', 'b')])).toThrow('twice')
})

test('what is stored is restored, and what a later version stored is passed over', () => {
  const quotas = new ClientQuotas()
  const entity = { 'client-id': 'app', user: null }
  const changes = quotas.set(entity, quotas.altered(entity, [{ name: 'request_percentage', value: 12.5 }]))
  expect(changes).toEqual({ request_percentage: '12.5' })
  const restored = new ClientQuotas()
  const stored = new Map<string, Record<string, string>>([
    [quotaKey(entity), { request_percentage: '12.5' }],
    ['{"user":"bob"}', { rate_of_the_future: '1' }],
  ])
  expect(restored.restore(stored)).toEqual(['{"user":"bob"}'])
  expect(restored.entries()).toEqual(quotas.entries())
  expect(quotas.set(entity, new Map())).toEqual({ request_percentage: null })
})

import { afterEach, beforeEach, expect, test } from 'vitest'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { updateFeaturesApi } from '../../src/protocol/messages/update-features.ts'
import { type TestNode, testNode } from '../support/node.ts'

let node: TestNode

beforeEach(async () => {
  node = await testNode()
})
afterEach(() => node.close())

const feature = 'transaction.version'
const [upgrade, safeDowngrade, unsafeDowngrade] = [1, 2, 3]

for (let version = 0; version <= 2; version++) {
  test(`version ${version}: the level that holds may be stated`, async () => {
    const featureUpdates = [{ feature, maxVersionLevel: 2 }]
    const answer = await node.call(updateFeaturesApi, version, { featureUpdates })
    expect(answer.errorCode).toBe(ErrorCode.none)
    expect(answer.results.map(result => result.feature)).toEqual(version < 2 ? [feature] : [])
  })
}

const refused: readonly [name: string, level: number, upgradeType: number | undefined, why: string][] = [
  [feature, 3, upgrade, 'this node has the levels 0 to 2'],
  [feature, 1, upgrade, 'lowering it needs a downgrade'],
  [feature, 1, safeDowngrade, 'fixed at 2'],
  [feature, 0, unsafeDowngrade, 'fixed at 2'],
  [feature, -1, unsafeDowngrade, 'no levels below 0'],
  [feature, 2, 9, 'upgrade type 9'],
  ['metadata.version', 28, safeDowngrade, 'this node has the levels 29 to 29'],
  ['group.version', 1, upgrade, 'this node has the levels 0 to 0'],
  ['no.such.feature', 1, upgrade, 'does not have the feature'],
]

test.each(refused)('%s cannot be set to %i with the upgrade type %i', async (name, maxVersionLevel, type, why) => {
  const featureUpdates = [{ feature: name, maxVersionLevel, upgradeType: type ?? upgrade ?? 1 }]
  const answer = await node.call(updateFeaturesApi, 2, { featureUpdates })
  expect(answer.errorCode).toBe(ErrorCode.invalidUpdateVersion)
  expect(answer.errorMessage).toContain(why)
})

test('the levels of features that are off may be stated', async () => {
  const off = ['eligible.leader.replicas', 'group', 'kraft', 'share', 'streams']
  const featureUpdates = [
    { feature: 'metadata.version', maxVersionLevel: 29 },
    ...off.map(name => ({ feature: `${name}.version`, maxVersionLevel: 0 })),
  ]
  expect((await node.call(updateFeaturesApi, 2, { featureUpdates })).errorCode).toBe(ErrorCode.none)
})

test('one update that cannot be refuses all', async () => {
  const featureUpdates = [
    { feature, maxVersionLevel: 2 },
    { feature: 'no.such.feature', maxVersionLevel: 2 },
  ]
  const answer = await node.call(updateFeaturesApi, 1, { featureUpdates, validateOnly: true })
  expect(answer).toMatchObject({ errorCode: ErrorCode.invalidUpdateVersion, results: [] })
})

test('version 0 says itself whether it may lower a level', async () => {
  const update = (allowDowngrade: boolean) =>
    node.call(updateFeaturesApi, 0, { featureUpdates: [{ feature, maxVersionLevel: 1, allowDowngrade }] })
  expect((await update(false)).errorMessage).toContain('lowering it')
  expect((await update(true)).errorMessage).toContain('fixed at 2')
})

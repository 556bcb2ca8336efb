import { expect, test } from 'vitest'
import { logRules } from '../../src/log/log-rules.ts'
import { settingsOf } from './log-fixture.ts'

const rulesOf = (overrides: Record<string, string>) => logRules(settingsOf(new Map(Object.entries(overrides))))

test("without settings of its own a topic follows Kafka's defaults", () => {
  expect(rulesOf({})).toEqual({
    maxMessageBytes: 1_048_588,
    stampsAppendTime: false,
    timestampBeforeMaxMs: Number.MAX_SAFE_INTEGER,
    timestampAfterMaxMs: 3_600_000,
    compression: undefined,
    compressionLevel: undefined,
    deletes: true,
    compacts: false,
    retentionMs: 604_800_000,
    retentionBytes: -1,
    deleteRetentionMs: 86_400_000,
    compactionLagMinMs: 0,
    compactionLagMaxMs: Number.MAX_SAFE_INTEGER,
    dirtyRatioMin: 0.5,
  })
})

test('a compression of the topic comes with its level where the codec has levels', () => {
  const of = (type: string) => {
    const rules = rulesOf({ 'compression.type': type, 'compression.gzip.level': '7', 'compression.zstd.level': '11' })
    return [rules.compression, rules.compressionLevel]
  }
  expect(['producer', 'uncompressed', 'gzip', 'zstd', 'lz4', 'snappy'].map(of)).toEqual([
    [undefined, undefined],
    ['none', undefined],
    ['gzip', 7],
    ['zstd', 11],
    ['lz4', undefined],
    ['snappy', undefined],
  ])
})

test('cleanup.policy may be any of delete and compact, or none', () => {
  const of = (policy: string) => {
    const { deletes, compacts } = rulesOf({ 'cleanup.policy': policy })
    return [deletes, compacts]
  }
  expect(['delete', 'compact', 'compact,delete', ''].map(of)).toEqual([
    [true, false],
    [false, true],
    [true, true],
    [false, false],
  ])
})

import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Api, Structure } from '../../../src/protocol/codec.ts'
import type { Field, Fields, VersionRange } from '../../../src/protocol/fields.ts'
import { defaultValue } from '../../../src/protocol/layout.ts'
import {
  consumerProtocolAssignment,
  consumerProtocolSubscription,
} from '../../../src/protocol/messages/consumer-protocol.ts'
import { allApis } from '../../../src/protocol/messages/registry.ts'

const reference = path.resolve(import.meta.dirname, '../../../../shared/kafka-protocol')
const present = existsSync(path.join(reference, 'messages'))

/**
 * What Kafka 4.0 dropped with the versions that it dropped, and the one value that we cannot hold. Everything else must
 * be exactly as in Kafka's definitions.
 */
const allowed: Readonly<Record<string, string>> = {
  'ListOffsetsRequest.topics.partitions.maxNumOffsets': 'only ours: int32 [0,0] default 1',
  'ListOffsetsResponse.topics.partitions.oldStyleOffsets': 'only ours: []int64 [0,0] default []',
  'OffsetCommitRequest.topics.partitions.commitTimestamp': 'only ours: int64 [1,1] default -1',
  'DescribeConfigsResponse.results.configs.isDefault': 'only ours: bool [0,0] default false',
  'FetchRequest.topics.partitions.highWatermark':
    'int64 [18,18] tag 1 default 9007199254740991 != int64 [18,18] tag 1 default 9223372036854776000',
}

if (!present) test.skip("the declarations are Kafka's: NOT COMPARED, ../shared/kafka-protocol is not there", () => {})

describe.runIf(present)("the declarations are Kafka's", () => {
  test.each(allApis.map(api => [api.name, api] as const))('%s', (_, api) => {
    expect(differences(api.request)).toEqual(allowedFor(api.request))
    expect(differences(api.response)).toEqual(allowedFor(api.response))
  })

  test.each(
    [consumerProtocolSubscription, consumerProtocolAssignment].map(structure => [structure.name, structure] as const),
  )('%s', (_, structure) => {
    expect(differences(structure)).toEqual({})
  })

  test('every API has all versions of 3.9 and of 4.2', () => {
    const { apis } = parse('api-keys.json') as {
      apis: { key: number; name: string; compatUnion: string }[]
    }
    const known = new Map(apis.map(api => [api.key, api]))
    expect(allApis.map(shown)).toEqual(allApis.map(api => shownReference(known.get(api.key)!)))
  })
})

function shown(api: Api): string {
  return `${api.key} ${api.name} ${api.versions.join('-')}`
}

function shownReference(api: { key: number; name: string; compatUnion: string }): string {
  return `${api.key} ${api.name} ${api.compatUnion}`
}

function allowedFor(structure: Structure): Record<string, string> {
  return Object.fromEntries(Object.entries(allowed).filter(([name]) => name.startsWith(`${structure.name}.`)))
}

/** Each field that is not the same on both sides, with what either says. */
function differences(structure: Structure): Record<string, string> {
  const theirs = parse(`messages/${structure.name}.json`) as ReferenceMessage
  const found: Record<string, string> = {}
  const expected = new Map<string, string>()
  const flexible = theirs.flexibleVersions === 'none' ? 'never' : Number.parseInt(theirs.flexibleVersions, 10)
  if (flexible !== structure.flexible) found.flexible = `${structure.flexible} != ${flexible}`
  const common = new Map((theirs.commonStructs ?? []).map(struct => [struct.name, struct.fields]))
  describeReference(theirs.fields, common, structure.name, structure.versions, expected)
  const declared = new Map<string, string>()
  describeDeclared(structure.fields, structure.name, structure.versions, declared)
  for (const [name, ours] of declared) {
    const other = expected.get(name)
    if (other === undefined) found[name] = `only ours: ${ours}`
    else if (other !== ours) found[name] = `${ours} != ${other}`
  }
  for (const [name, other] of expected) if (!declared.has(name)) found[name] = `only theirs: ${other}`
  const order = (names: Iterable<string>): string[] =>
    [...names].filter(name => declared.has(name) && expected.has(name))
  expect(order(declared.keys())).toEqual(order(expected.keys()))
  return found
}

interface ReferenceField {
  readonly name: string
  readonly type: string
  readonly versions: string
  readonly nullableVersions?: string
  readonly tag?: number
  readonly default?: string | boolean
  readonly fields?: readonly ReferenceField[]
}

interface ReferenceMessage {
  readonly flexibleVersions: string
  readonly fields: readonly ReferenceField[]
  readonly commonStructs?: readonly { readonly name: string; readonly fields: readonly ReferenceField[] }[]
}

function parse(file: string): unknown {
  const text = readFileSync(path.join(reference, file), 'utf8')
  return JSON.parse(text.replace(/^\s*\/\/.*$/gm, ''))
}

function describeReference(
  fields: readonly ReferenceField[],
  common: ReadonlyMap<string, readonly ReferenceField[]>,
  at: string,
  within: VersionRange,
  into: Map<string, string>,
): void {
  for (const field of fields) {
    const versions = overlap(rangeOf(field.versions), within)
    if (!versions) continue
    const name = `${at}.${field.name[0]!.toLowerCase()}${field.name.slice(1)}`
    const [, array, type] = /^(\[\])?(.*)$/.exec(field.type)!
    const inner = field.fields ?? common.get(type!)
    const kind = `${array ?? ''}${inner ? 'struct' : type}`
    const nullable = field.nullableVersions ? overlap(rangeOf(field.nullableVersions), versions) : undefined
    into.set(
      name,
      shape(kind, versions, nullable, field.tag, referenceDefault(kind, field.default, inner !== undefined)),
    )
    if (inner) describeReference(inner, common, name, versions, into)
  }
}

function describeDeclared(fields: Fields, at: string, within: VersionRange, into: Map<string, string>): void {
  for (const [fieldName, field] of Object.entries(fields)) {
    const versions = overlap(field.versions, within)
    const name = `${at}.${fieldName}`
    if (!versions) throw new TypeError(`no version has ${name}`)
    const kind = field.kind === 'array' ? `[]${field.of!.kind}` : field.kind
    into.set(name, shape(kind, versions, overlap(field.nullable, versions), field.tag, declaredDefault(field)))
    const inner = field.fields ?? field.of?.fields
    if (inner) describeDeclared(inner, name, versions, into)
  }
}

function shape(
  kind: string,
  versions: VersionRange,
  nullable: VersionRange | undefined,
  tag: number | undefined,
  absent: string,
): string {
  const parts = [kind, JSON.stringify(versions)]
  if (nullable) parts.push(`nullable ${JSON.stringify(nullable)}`)
  if (tag !== undefined) parts.push(`tag ${tag}`)
  return `${parts.join(' ')} default ${absent}`
}

function declaredDefault(field: Field): string {
  if (field.kind === 'struct' && field.default === undefined) return 'its fields'
  const value = defaultValue(field)
  return Buffer.isBuffer(value) ? '""' : JSON.stringify(value)
}

function referenceDefault(kind: string, given: string | boolean | undefined, structured: boolean): string {
  if (given === 'null') return 'null'
  if (kind.startsWith('[]')) return '[]'
  if (structured) return 'its fields'
  if (kind === 'bool') return String(String(given).toLowerCase() === 'true')
  if (kind === 'string' || kind === 'bytes' || kind === 'records') return JSON.stringify(given ?? '')
  if (kind === 'uuid') return JSON.stringify('A'.repeat(22))
  return String(Number(given ?? 0))
}

function rangeOf(text: string): VersionRange {
  const [min, max] = text.split(/[-+]/)
  return [Number(min), text.endsWith('+') ? Infinity : Number(max ?? min)]
}

function overlap(a: VersionRange, b: VersionRange): VersionRange | undefined {
  const [min, max] = [Math.max(a[0], b[0]), Math.min(a[1], b[1])]
  return min <= max ? [min, max] : undefined
}

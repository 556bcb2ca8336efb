import type { Random } from '../../src/base/env.ts'
import { type Field, type Fields, includes } from '../../src/protocol/fields.ts'
import { defaultValue } from '../../src/protocol/layout.ts'

/**
 * A value that a reader could have given for this structure in this version: fields of other versions hold their
 * defaults. Encoding it and decoding it again must give it back.
 */
export function generatedValue(fields: Fields, version: number, random: Random): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [
      name,
      includes(field.versions, version) ? generatedField(field, version, random) : defaultValue(field),
    ]),
  )
}

function generatedField(field: Field, version: number, random: Random): unknown {
  if (includes(field.nullable, version) && random.below(3) === 0) return null
  switch (field.kind) {
    case 'struct':
      return generatedValue(field.fields!, version, random)
    case 'array':
      return Array.from({ length: random.below(4) }, () => generatedField(field.of!, version, random))
    case 'bool':
      return random.below(2) === 1
    case 'string':
      return generatedText(random)
    case 'bytes':
    case 'records':
      return random.bytes(random.below(8) === 0 ? 3000 : random.below(20))
    case 'uuid':
      return random.bytes(16).toString('base64url')
    case 'float64':
      return random.below(1000) / 8
    default:
      return generatedInteger(field.kind, random)
  }
}

function generatedText(random: Random): string {
  const texts = [
    '',
    'orders',
    'größe',
    '注文',
    '🦜',
    'x'.repeat(42),
    'x'.repeat(43),
    'é'.repeat(63),
    'y'.repeat(127),
    'z'.repeat(300),
  ]
  return texts[random.below(texts.length)]!
}

function generatedInteger(kind: Field['kind'], random: Random): number {
  const [min, max] = limits[kind]!
  const choice = random.below(4)
  if (choice === 0) return min
  if (choice === 1) return max
  return random.below(2) === 1 ? Math.max(min, -1) : random.below(Math.min(max, 1_000_000))
}

const limits: Partial<Record<Field['kind'], readonly [number, number]>> = {
  int8: [-128, 127],
  int16: [-32_768, 32_767],
  uint16: [0, 65_535],
  int32: [-2_147_483_648, 2_147_483_647],
  uint32: [0, 4_294_967_295],
  int64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
}

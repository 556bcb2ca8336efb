import { everyVersion, type Field, type Fields, includes, zeroUuid } from './fields.ts'

/** What a declaration means in one version. */
export interface Layout {
  readonly version: number
  /** KIP-482: compact lengths, and a section of tagged fields behind every structure. */
  readonly flexible: boolean
}

/** The fields of a structure that stand in wire order. */
export function plainFields(fields: Fields, layout: Layout): [name: string, field: Field][] {
  return presentFields(fields, layout).filter(([, field]) => field.tag === undefined)
}

/** The tagged fields of a structure, in the order of their tags. */
export function taggedFields(fields: Fields, layout: Layout): [name: string, field: Field][] {
  const tagged = presentFields(fields, layout).filter(([, field]) => field.tag !== undefined)
  return tagged.sort(([, a], [, b]) => Number(a.tag) - Number(b.tag))
}

/** The fields that the version has, in declared order. */
export function presentFields(fields: Fields, layout: Layout): [name: string, field: Field][] {
  return Object.entries(fields).filter(([, field]) => includes(field.versions, layout.version))
}

export function isNullable(field: Field, layout: Layout): boolean {
  return includes(field.nullable, layout.version)
}

/** Whether a writer takes the default for a field that was left out; it says the same as the static types. */
export function isOptional(field: Field): boolean {
  return field.default !== undefined || field.tag !== undefined || field.versions !== everyVersion
}

/** The wire size of kinds that always have the same. */
export function fixedBytes(kind: Field['kind']): number | undefined {
  return sizes[kind]
}

const sizes: Partial<Record<Field['kind'], number>> = {
  int8: 1,
  bool: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  int64: 8,
  float64: 8,
  uuid: 16,
}

/** The fewest bytes that a field can take: bounds the elements that the rest of a frame can hold. */
export function leastBytes(field: Field, layout: Layout): number {
  switch (field.kind) {
    case 'string':
      return layout.flexible ? 1 : 2
    case 'bytes':
    case 'records':
    case 'array':
      return layout.flexible ? 1 : 4
    case 'struct': {
      if (isNullable(field, layout)) return 1
      const plain = plainFields(field.fields!, layout).map(([, child]) => leastBytes(child, layout))
      return plain.reduce((sum, size) => sum + size, layout.flexible ? 1 : 0)
    }
    default:
      return fixedBytes(field.kind)!
  }
}

const noBytes = Buffer.alloc(0)
const noItems: readonly unknown[] = Object.freeze([])

/** The value of a field that was left out or that the version does not have. Shared: nobody changes it. */
export function defaultValue(field: Field): unknown {
  if (field.default !== undefined) return field.default
  switch (field.kind) {
    case 'string':
      return ''
    case 'uuid':
      return zeroUuid
    case 'bool':
      return false
    case 'bytes':
    case 'records':
      return noBytes
    case 'array':
      return noItems
    case 'struct':
      return Object.freeze(
        Object.fromEntries(Object.entries(field.fields!).map(([name, child]) => [name, defaultValue(child)])),
      )
    default:
      return 0
  }
}

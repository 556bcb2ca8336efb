import { type Field, type Fields, includes } from '../../src/protocol/fields.ts'

/** A request with every field of a version: lists with one element, empty texts, an id that nothing has. */
export function sampleOf(fields: Fields, version: number): Record<string, unknown> {
  const present = Object.entries(fields).filter(([, field]) => includes(field.versions, version))
  return Object.fromEntries(present.map(([name, field]) => [name, sampleValue(field, version)]))
}

function sampleValue(field: Field, version: number): unknown {
  switch (field.kind) {
    case 'array':
      return [sampleValue(field.of!, version)]
    case 'struct':
      return sampleOf(field.fields!, version)
    case 'string':
      return ''
    case 'bytes':
    case 'records':
      return Buffer.alloc(0)
    case 'bool':
      return false
    case 'uuid':
      return 'abcdefghijklmnopqrstuA'
    default:
      return 0
  }
}

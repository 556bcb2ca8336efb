import { bufferOf } from './bytes.ts'
import type { Codec } from './codec.ts'

/** What a Standard Schema (https://standardschema.dev: zod, valibot, arktype …) answers: a value, or what is wrong. */
type Validation<O> =
  | { readonly value: O; readonly issues?: undefined }
  | { readonly issues: readonly { readonly message: string; readonly path?: readonly unknown[] | undefined }[] }

/** Any schema that follows Standard Schema version 1. Only synchronous ones can be used. */
export interface StandardSchema<O> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => Validation<O> | Promise<Validation<O>>
    readonly types?: { readonly input: unknown; readonly output: O } | undefined
  }
}

/** JSON that does not have the shape its schema asks for. */
export class SchemaMismatch extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'SchemaMismatch'
  }
}

/** So much that is wrong with a value is told: it stands in one line, and in a header of each dead letter. */
const issuesMax = 3

/** JSON text in UTF-8. With a schema, what is read is validated by it (and gets its defaults); what is written is not. */
export function json<T>(schema: StandardSchema<T>): Codec<T>
export function json<T = unknown>(): Codec<T>
export function json<T>(schema?: StandardSchema<T>): Codec<T> {
  const parse = (bytes: Uint8Array): T => JSON.parse(bufferOf(bytes).toString('utf8'))
  return { encode, decode: schema ? bytes => validated(schema, parse(bytes)) : parse, decodeOwn: parse }
}

function encode(value: unknown): Uint8Array {
  const text = JSON.stringify(value)
  if (text === undefined) throw new TypeError(`a ${typeof value} has no JSON form`)
  return Buffer.from(text, 'utf8')
}

function validated<T>(schema: StandardSchema<T>, value: unknown): T {
  const result = schema['~standard'].validate(value)
  if (result instanceof Promise) throw new SchemaMismatch('a schema that answers asynchronously cannot be used')
  if (result.issues === undefined) return result.value
  const told = result.issues.slice(0, issuesMax).map(({ path, message }) => `${pathText(path)}${message}`)
  const more = result.issues.length - told.length
  if (more > 0) told.push(`and ${more} more`)
  throw new SchemaMismatch(told.join('; ') || 'the value does not match its schema')
}

function pathText(path: readonly unknown[] | undefined): string {
  if (!path || path.length === 0) return ''
  return `${path.map(step => String(typeof step === 'object' && step && 'key' in step ? step.key : step)).join('.')}: `
}

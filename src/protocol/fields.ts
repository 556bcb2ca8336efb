/**
 * The words that Kafka's messages are declared with. A declaration reads like the protocol's documentation, holds all
 * versions at once, and the static types of the decoded message and of what may be encoded follow from it.
 *
 *     topics: array({ name: string(), partitions: array(int32()), tags: string({ versions: '2+', nullable: '3+' }) })
 */

/** Inclusive; the upper end is Infinity for "and later". */
export type VersionRange = readonly [min: number, max: number]

/** The wire types of single values. */
export type ScalarKind =
  | ('int8' | 'int16' | 'uint16' | 'int32' | 'uint32' | 'int64' | 'float64')
  | ('bool' | 'string' | 'bytes' | 'records' | 'uuid')

export interface Options<Value> {
  /** '3+', '0-12' or '7'; all versions if left out. */
  readonly versions?: string
  /** The versions that allow null; none if left out. */
  readonly nullable?: string
  /** A tagged field: written only where it differs from its default, skipped by those who do not know it. */
  readonly tag?: number
  /** Stands for a field that was left out, and for one that the version does not have. Else 0, '', false or empty. */
  readonly default?: Value | null
}

declare const types: unique symbol

/** One declared field. `Decoded` is what a reader gives, `Input` what a writer takes, `Optional` whether it may be left out. */
export interface Field<Decoded = unknown, Input = unknown, Optional extends boolean = boolean> {
  readonly kind: ScalarKind | 'array' | 'struct'
  readonly versions: VersionRange
  readonly nullable: VersionRange
  readonly tag: number | undefined
  /** Undefined where none is declared. */
  readonly default: unknown
  /** The element of an array. */
  readonly of?: Field
  /** The fields of a struct. */
  readonly fields?: Fields
  readonly [types]?: { readonly decoded: Decoded; readonly input: Input; readonly optional: Optional }
}

/** The fields of a message or structure, in wire order. */
export interface Fields {
  readonly [name: string]: Field
}

/** What a reader gives: every field, whatever the version. */
export type Decoded<Of extends Fields> = { readonly [Name in keyof Of]: DecodedField<Of[Name]> }

/** What a writer takes: fields with a default, and fields that not every version has, may be left out. */
export type Input<Of extends Fields> = Flat<
  { readonly [Name in keyof Of as Of[Name] extends OptionalField ? never : Name]: InputField<Of[Name]> } & {
    readonly [Name in keyof Of as Of[Name] extends OptionalField ? Name : never]?: InputField<Of[Name]>
  }
>

type OptionalField = Field<unknown, unknown, true>
type DecodedField<Of> =
  Of extends Field<infer Value, unknown, boolean> ? Value : Of extends Fields ? Decoded<Of> : never
type InputField<Of> = Of extends Field<unknown, infer Value, boolean> ? Value : Of extends Fields ? Input<Of> : never
type Flat<Value> = { [Name in keyof Value]: Value[Name] }
type Null<Given> = Given extends { readonly nullable: string } ? null : never
type IsOptional<Given> = Given extends
  | { readonly default: unknown }
  | { readonly versions: string }
  | { readonly tag: number }
  ? true
  : false
type FieldOf<Value, Taken, Given> = Field<Value | Null<Given>, Taken | Null<Given>, IsOptional<Given>>

type Scalar<Value, Taken = Value> = <Given extends Options<Value> = object>(
  options?: Given,
) => FieldOf<Value, Taken, Given>

export const int8: Scalar<number> = scalar('int8')
export const int16: Scalar<number> = scalar('int16')
export const uint16: Scalar<number> = scalar('uint16')
export const int32: Scalar<number> = scalar('int32')
export const uint32: Scalar<number> = scalar('uint32')
/** A number: a value beyond 2^53 is refused. */
export const int64: Scalar<number> = scalar('int64')
export const float64: Scalar<number> = scalar('float64')
export const bool: Scalar<boolean> = scalar('bool')
export const string: Scalar<string> = scalar('string')
/** Decodes to a slice of the frame: copy what is kept for long. */
export const bytes: Scalar<Buffer> = scalar('bytes')
/** Record batches: a slice of the frame when decoded; written without a copy, one buffer or several that follow each other. */
export const records: Scalar<Buffer, Buffer | readonly Buffer[]> = scalar('records')
/** Kafka's text form of a UUID: base64url without padding, 22 characters. */
export const uuid: Scalar<string> = scalar('uuid')

/** What an absent uuid is. */
export const zeroUuid = 'AAAAAAAAAAAAAAAAAAAAAA'

/** A list of single values (`array(int32())`) or of structures (`array({ name: string() })`). */
export function array<Of extends Field | Fields, Given extends Options<never> = object>(
  of: Of,
  options?: Given,
): FieldOf<readonly DecodedField<Of>[], readonly InputField<Of>[], Given> {
  return { ...parsed('array', options), of: isField(of) ? of : struct(of) }
}

/** A structure within a message. */
export function struct<Of extends Fields, Given extends Options<never> = object>(
  fields: Of,
  options?: Given,
): FieldOf<Decoded<Of>, Input<Of>, Given> {
  return { ...parsed('struct', options), fields }
}

/** Whether `version` lies in `range`. */
export function includes(range: VersionRange, version: number): boolean {
  return version >= range[0] && version <= range[1]
}

function scalar<Value, Taken>(kind: ScalarKind): Scalar<Value, Taken> {
  return options => parsed(kind, options)
}

function parsed(kind: Field['kind'], options: Options<unknown> = {}): Field<never, never, never> {
  return {
    kind,
    versions: options.versions === undefined ? everyVersion : parseRange(options.versions),
    nullable: options.nullable === undefined ? noVersion : parseRange(options.nullable),
    tag: options.tag,
    default: options.default,
  }
}

/** The versions of a field that names none: as long as what it stands in. */
export const everyVersion: VersionRange = [0, Infinity]

const noVersion: VersionRange = [Infinity, -Infinity]

function parseRange(text: string): VersionRange {
  const [, min, rest, max] = /^(\d+)(\+|-(\d+))?$/.exec(text) ?? []
  if (min === undefined) throw new TypeError(`'${text}' is not a version range`)
  if (rest === '+') return [Number(min), Infinity]
  return [Number(min), Number(max ?? min)]
}

function isField(of: Field | Fields): of is Field {
  return typeof of.kind === 'string'
}

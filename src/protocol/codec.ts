import { assert, DecodeError } from '../base/errors.ts'
import { compileReader, type Reader } from './compile-reader.ts'
import { compileWriter, type Writer } from './compile-writer.ts'
import { type Decoded, type Fields, type Input, includes, type VersionRange } from './fields.ts'
import type { Layout } from './layout.ts'
import { Output } from './output.ts'

/** A declared message or structure, with the readers and writers that were made so far, by version. */
export interface Structure<Of extends Fields = Fields> {
  readonly name: string
  readonly versions: VersionRange
  /** The first flexible version (KIP-482), or 'never'. */
  readonly flexible: number | 'never'
  readonly fields: Of
  readonly readers: Reader[]
  readonly writers: Writer[]
}

/** A Kafka API: its key, the versions that we know, its two messages. */
export interface Api<Request extends Fields = Fields, Response extends Fields = Fields> {
  readonly key: number
  readonly name: string
  readonly versions: VersionRange
  readonly flexible: number | 'never'
  readonly request: Structure<Request>
  readonly response: Structure<Response>
}

/** A decoded request: every field is there; one that its version does not have holds its default. */
export type RequestOf<A extends Api> = Decoded<A['request']['fields']>
/** A decoded response. */
export type ResponseOf<A extends Api> = Decoded<A['response']['fields']>
/** A request to encode: fields with a default, and those that not every version has, may be left out. */
export type RequestInput<A extends Api> = Input<A['request']['fields']>
/** A response to encode. Fields that the version does not have are ignored. */
export type ResponseInput<A extends Api> = Input<A['response']['fields']>

type Declaration = Pick<Structure, 'name' | 'versions' | 'flexible'>

/** Declares an API. Readers and writers are compiled at their first use, one for each version and direction. */
export function defineApi<Request extends Fields, Response extends Fields>(
  declaration: Declaration & { readonly key: number; readonly request: Request; readonly response: Response },
): Api<Request, Response> {
  const { key, name, versions, flexible, request, response } = declaration
  return {
    key,
    name,
    versions,
    flexible,
    request: defineStructure({ name: `${name}Request`, versions, flexible, fields: request }),
    response: defineStructure({ name: `${name}Response`, versions, flexible, fields: response }),
  }
}

/** Declares a structure that stands on its own, such as what members of a group tell each other. */
export function defineStructure<Of extends Fields>(declaration: Declaration & { readonly fields: Of }): Structure<Of> {
  return { ...declaration, readers: [], writers: [] }
}

/** Whether a version of an API is flexible: compact lengths, tagged fields, and headers with tagged fields. */
export function isFlexible(declared: Pick<Api, 'flexible'>, version: number): boolean {
  return declared.flexible !== 'never' && version >= declared.flexible
}

/**
 * Reads the request body that starts at `at`; what follows it is ignored, as Kafka does. Byte fields are slices of
 * `buffer`. The version must be one of `api.versions`. Throws a `DecodeError` for bytes that break the protocol.
 */
export function decodeRequest<A extends Api>(api: A, version: number, buffer: Buffer, at = 0): RequestOf<A> {
  return readerOf(api.request, version)(buffer, at) as RequestOf<A>
}

/** Reads the response body that starts at `at`, as `decodeRequest` does. */
export function decodeResponse<A extends Api>(api: A, version: number, buffer: Buffer, at = 0): ResponseOf<A> {
  return readerOf(api.response, version)(buffer, at) as ResponseOf<A>
}

/**
 * The body of a request as chunks for one gathered write: large byte fields are referenced, not copied. Throws a
 * `RangeError` for what the wire cannot hold and a `TypeError` for null where the version has none.
 */
export function encodeRequest<A extends Api>(api: A, version: number, body: RequestInput<A>): Buffer[] {
  return encode(api.request, version, body)
}

/** The body of a response as chunks, as `encodeRequest` does. */
export function encodeResponse<A extends Api>(api: A, version: number, body: ResponseInput<A>): Buffer[] {
  return encode(api.response, version, body)
}

/** Reads a structure that starts at `at`. Throws a `DecodeError`. */
export function decodeStructure<Of extends Fields>(
  structure: Structure<Of>,
  version: number,
  buffer: Buffer,
  at = 0,
): Decoded<Of> {
  return readerOf(structure, version)(buffer, at) as Decoded<Of>
}

/** A structure as one buffer of its own. */
export function encodeStructure<Of extends Fields>(
  structure: Structure<Of>,
  version: number,
  value: Input<Of>,
): Buffer {
  const chunks = encode(structure, version, value)
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
}

/** As `encodeStructure`, with the version in two bytes before it: the form of the consumer protocol and of stored values. */
export function encodeVersioned<Of extends Fields>(
  structure: Structure<Of>,
  version: number,
  value: Input<Of>,
): Buffer {
  const prefix = Buffer.alloc(2)
  prefix.writeInt16BE(version)
  return Buffer.concat([prefix, ...encode(structure, version, value)])
}

/**
 * Reads what `encodeVersioned` wrote. A version beyond ours is read as our highest: its own fields stand behind those
 * that we know. Throws a `DecodeError`.
 */
export function decodeVersioned<Of extends Fields>(structure: Structure<Of>, buffer: Buffer): Decoded<Of> {
  const version = buffer.length < 2 ? -1 : buffer.readInt16BE()
  if (version < structure.versions[0]) throw new DecodeError(`${structure.name} starts with no version that we know`)
  return decodeStructure(structure, Math.min(version, structure.versions[1]), buffer, 2)
}

/** Writes a structure to `output`, behind what is there. For frames. */
export function writeStructure(structure: Structure, version: number, value: unknown, output: Output): void {
  writerOf(structure, version)(value as never, output)
}

// Encoding never waits, so that one scratch buffer serves all of a thread.
const scratch = new Output()

function encode(structure: Structure, version: number, value: unknown): Buffer[] {
  scratch.reset()
  writeStructure(structure, version, value, scratch)
  return scratch.take()
}

function readerOf(structure: Structure, version: number): Reader {
  const reader = structure.readers[version]
  if (reader) return reader
  const made = compileReader(structure.fields, layoutOf(structure, version), `${structure.name} v${version}`)
  structure.readers[version] = made
  return made
}

function writerOf(structure: Structure, version: number): Writer {
  const writer = structure.writers[version]
  if (writer) return writer
  const made = compileWriter(structure.fields, layoutOf(structure, version), `${structure.name} v${version}`)
  structure.writers[version] = made
  return made
}

function layoutOf(structure: Structure, version: number): Layout {
  assert(includes(structure.versions, version), `${structure.name} has no version ${version}`)
  return { version, flexible: isFlexible(structure, version) }
}

import { DecodeError } from '../base/errors.ts'
import type { Field, Fields } from './fields.ts'
import { defaultValue, fixedBytes, isNullable, type Layout, leastBytes, plainFields, taggedFields } from './layout.ts'
import { Source } from './source.ts'
import { readHelpers } from './wire.ts'

/** Reads a structure that starts at `at`. Throws a `DecodeError`; allocates no more than the bytes can account for. */
export type Reader = (buffer: Buffer, at: number) => unknown

/**
 * Makes the reader of one structure in one version: straight-line code, loops only for arrays. Protocol decoding is on
 * the path of every request, and a loop over a table of fields costs about ten times as much.
 */
export function compileReader(fields: Fields, layout: Layout, context: string): Reader {
  const source = new Source()
  source.line('const end = buffer.length')
  const result = source.name()
  source.line(`let ${result}`)
  readStruct({ source, layout }, fields, result, '')
  source.line(`return ${result}`)
  const ends = (name: string): DecodeError => new DecodeError(`${context}: the frame ends within '${name}'`)
  const isNull = (name: string): DecodeError => new DecodeError(`${context}: '${name}' must not be null`)
  const broken = (name: string): DecodeError => new DecodeError(`${context}: '${name}' has an impossible length`)
  return source.compile('buffer, at', { ...readHelpers, ends, isNull, broken }) as Reader
}

interface Target {
  readonly source: Source
  readonly layout: Layout
}

/** Emits code that reads a structure into the declared variable `into`. `path` is for messages. */
function readStruct(target: Target, fields: Fields, into: string, path: string): void {
  const { source, layout } = target
  const locals = new Map<string, string>()
  const declare = (name: string): string => {
    const local = source.name()
    locals.set(name, local)
    return local
  }
  readPlain(target, plainFields(fields, layout), declare, path)
  if (layout.flexible) readTagged(target, taggedFields(fields, layout), declare, path)
  const absent = (field: Field): string => source.constant(defaultValue(field))
  const members = Object.entries(fields).map(([name, field]) => `${name}: ${locals.get(name) ?? absent(field)}`)
  source.line(`${into} = { ${members.join(', ')} }`)
}

/** Emits the untagged fields. Neighbours of fixed size share one bounds check. */
function readPlain(
  target: Target,
  fields: readonly [string, Field][],
  declare: (name: string) => string,
  path: string,
): void {
  const { source } = target
  for (let index = 0; index < fields.length; ) {
    const run = fixedRun(fields, index)
    if (run.length > 0) {
      const sizes = run.map(([, field]) => fixedBytes(field.kind)!)
      const total = sizes.reduce((sum, size) => sum + size, 0)
      source.line(`if (at + ${total} > end) throw ends('${path}${run[0]![0]}')`)
      let offset = 0
      for (const [name, field] of run) {
        source.line(`const ${declare(name)} = ${fixedValue(field.kind, offset)}`)
        offset += fixedBytes(field.kind)!
      }
      source.line(`at += ${total}`)
      index += run.length
    } else {
      const [name, field] = fields[index]!
      const into = declare(name)
      source.line(`let ${into}`)
      readValue(target, field, into, `${path}${name}`)
      index++
    }
  }
}

function fixedRun(fields: readonly [string, Field][], from: number): readonly [string, Field][] {
  const stop = fields.findIndex(([, field], index) => index >= from && fixedBytes(field.kind) === undefined)
  return fields.slice(from, stop < 0 ? undefined : stop)
}

/** Emits the section of tagged fields: known ones are read, others skipped (KIP-482). */
function readTagged(
  target: Target,
  fields: readonly [string, Field][],
  declare: (name: string) => string,
  path: string,
): void {
  const { source } = target
  const locals = fields.map(([name, field]) => {
    const local = declare(name)
    source.line(`let ${local} = ${source.constant(defaultValue(field))}`)
    return local
  })
  const [left, tag, size] = [source.name(), source.name(), source.name()]
  readVarint(source, left, `${path}tags`)
  source.line(`for (; ${left} > 0; ${left}--) {`)
  readVarint(source, tag, `${path}tags`)
  readVarint(source, size, `${path}tags`)
  source.line(`if (${size} > end - at) throw ends('${path}tags')`)
  const stop = source.name()
  source.line(`const ${stop} = at + ${size}`)
  fields.forEach(([name, field], index) => {
    source.line(`if (${tag} === ${field.tag}) {`)
    readValue(target, field, locals[index]!, `${path}${name}`)
    source.line(`if (at > ${stop}) throw broken('${path}${name}')`, '}')
  })
  source.line(`at = ${stop}`, '}')
}

/** Emits code that reads one value of any kind into the declared variable `into`. */
function readValue(target: Target, field: Field, into: string, path: string): void {
  const { source } = target
  switch (field.kind) {
    case 'string':
    case 'bytes':
    case 'records':
      readSized(target, field, into, path)
      break
    case 'array':
      readArray(target, field, into, path)
      break
    case 'struct':
      readNested(target, field, into, path)
      break
    default: {
      const size = fixedBytes(field.kind)!
      source.line(`if (at + ${size} > end) throw ends('${path}')`, `${into} = ${fixedValue(field.kind, 0)}`)
      source.line(`at += ${size}`)
    }
  }
}

function readSized(target: Target, field: Field, into: string, path: string): void {
  const { source } = target
  const length = readLength(target, field.kind === 'string' ? 2 : 4, path)
  readNull(target, field, length, into, path)
  source.line(`if (${length} > end - at) throw ends('${path}')`)
  // The limit holds for compact strings too: Kafka refuses longer ones.
  if (field.kind === 'string') source.line(`if (${length} > 32767) throw broken('${path}')`)
  const value = field.kind === 'string' ? 'buffer.utf8Slice' : 'buffer.subarray'
  source.line(`${into} = ${value}(at, at + ${length})`, `at += ${length}`, '}')
}

function readArray(target: Target, field: Field, into: string, path: string): void {
  const { source, layout } = target
  const element = field.of!
  const count = readLength(target, 4, path)
  readNull(target, field, count, into, path)
  // Before anything is allocated: more elements than the bytes could hold are not believed.
  source.line(`if (${count} * ${Math.max(1, leastBytes(element, layout))} > end - at) throw ends('${path}')`)
  const [index, item] = [source.name(), source.name()]
  source.line(`${into} = []`, `for (let ${index} = 0; ${index} < ${count}; ${index}++) {`, `let ${item}`)
  readValue(target, element, item, element.kind === 'struct' ? `${path}.` : path)
  source.line(`${into}.push(${item})`, '}', '}')
}

function readNested(target: Target, field: Field, into: string, path: string): void {
  const { source, layout } = target
  const inner = path.endsWith('.') ? path : `${path}.`
  const nullable = isNullable(field, layout)
  if (nullable) source.line(`if (at >= end) throw ends('${path}')`, `if (buffer[at++] > 127) ${into} = null`, 'else {')
  readStruct(target, field.fields!, into, inner)
  if (nullable) source.line('}')
}

/** Opens the block that is left to read when the value is there; every caller closes it. */
function readNull(target: Target, field: Field, length: string, into: string, path: string): void {
  const whenNull = isNullable(field, target.layout) ? `${into} = null` : `throw isNull('${path}')`
  target.source.line(`if (${length} < 0) ${whenNull}`, 'else {')
}

/** Emits a length or count; -1 is null. Returns the variable that holds it. */
function readLength({ source, layout }: Target, plainBytes: 2 | 4, path: string): string {
  const length = source.name()
  if (layout.flexible) {
    readVarint(source, length, path)
    source.line(`${length}--`)
  } else {
    const kind = plainBytes === 2 ? 'int16' : 'int32'
    source.line(`if (at + ${plainBytes} > end) throw ends('${path}')`, `const ${length} = ${fixedValue(kind, 0)}`)
    source.line(`at += ${plainBytes}`)
  }
  return length
}

function readVarint(source: Source, into: string, path: string): void {
  source.line(`if (at >= end) throw ends('${path}')`, `let ${into} = buffer[at++]`)
  source.line(`if (${into} > 127) { ${into} = longUvarint(buffer, at, ${into}); at = cursor.at }`)
}

/** The expression for a value of fixed size, `offset` bytes behind `at`. */
function fixedValue(kind: Field['kind'], offset: number): string {
  const byte = (index: number): string => `buffer[at + ${offset + index}]`
  switch (kind) {
    case 'int8':
      return `${byte(0)} << 24 >> 24`
    case 'bool':
      return `${byte(0)} !== 0`
    case 'int16':
      return `(${byte(0)} << 24 | ${byte(1)} << 16) >> 16`
    case 'uint16':
      return `${byte(0)} << 8 | ${byte(1)}`
    case 'int32':
      return `${byte(0)} << 24 | ${byte(1)} << 16 | ${byte(2)} << 8 | ${byte(3)}`
    default:
      return `${kind}(buffer, at + ${offset})`
  }
}

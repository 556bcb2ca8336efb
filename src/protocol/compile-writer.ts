import type { Field, Fields } from './fields.ts'
import { defaultValue, fixedBytes, isNullable, isOptional, type Layout, plainFields, taggedFields } from './layout.ts'
import { type Output, writeHelpers } from './output.ts'
import { Source } from './source.ts'

/** Writes a structure at `output.at`. Throws a `RangeError` for what the wire cannot hold, and a `TypeError` for what is missing. */
export type Writer = (value: never, output: Output) => void

/** Makes the writer of one structure in one version: straight-line code, loops only for arrays. */
export function compileWriter(fields: Fields, layout: Layout, context: string): Writer {
  const source = new Source()
  source.line('let buffer = output.buffer, at = output.at')
  writeStruct({ source, layout, tagged: false }, fields, 'value', '')
  source.line('output.at = at')
  const isNull = (name: string): TypeError => new TypeError(`${context}: '${name}' must not be null`)
  const isMissing = (name: string): TypeError => new TypeError(`${context}: '${name}' is missing`)
  return source.compile('value, output', { ...writeHelpers, isNull, isMissing }) as Writer
}

interface Target {
  readonly source: Source
  readonly layout: Layout
  /** Within a tagged field, whose value may still be moved: bytes are copied, not referenced. */
  readonly tagged: boolean
}

/** Emits code that writes the structure that the expression `from` holds. `path` is for messages. */
function writeStruct(target: Target, fields: Fields, from: string, path: string): void {
  const plain = plainFields(fields, target.layout)
  for (let index = 0; index < plain.length; ) {
    const stop = plain.findIndex(([, field], other) => other >= index && fixedBytes(field.kind) === undefined)
    const run = plain.slice(index, stop < 0 ? undefined : stop)
    if (run.length > 0) {
      writeFixed(target, run, from, path)
      index += run.length
    } else {
      const [name, field] = plain[index]!
      writeValue(target, field, given(target, field, `${from}.${name}`, `${path}${name}`), `${path}${name}`)
      index++
    }
  }
  if (target.layout.flexible) writeTagged(target, taggedFields(fields, target.layout), from, path)
}

/** Emits neighbours of fixed size, which share one check for room. */
function writeFixed(target: Target, run: readonly [string, Field][], from: string, path: string): void {
  const { source } = target
  room(
    source,
    run.reduce((sum, [, field]) => sum + fixedBytes(field.kind)!, 0),
  )
  let offset = 0
  for (const [name, field] of run) {
    source.line(fixedStore(field.kind, offset, given(target, field, `${from}.${name}`, `${path}${name}`)))
    offset += fixedBytes(field.kind)!
  }
  source.line(`at += ${offset}`)
}

/** Emits a local variable with the value, or its default where it may be left out and was; returns its name. */
function given({ source }: Target, field: Field, from: string, path: string): string {
  const local = source.name()
  source.line(`let ${local} = ${from}`)
  const absent = isOptional(field) ? `${local} = ${source.constant(defaultValue(field))}` : `throw isMissing('${path}')`
  source.line(`if (${local} === undefined) ${absent}`)
  return local
}

function writeTagged(target: Target, fields: readonly [string, Field][], from: string, path: string): void {
  const { source, layout } = target
  if (fields.length === 0) {
    room(source, 1)
    source.line('buffer[at++] = 0')
    return
  }
  const present = fields.map(([name, field]) => {
    const local = source.name()
    source.line(`const ${local} = ${differs(field, layout, `${from}.${name}`)}`)
    return local
  })
  room(source, 1)
  source.line(`buffer[at++] = ${present.map(local => `(${local} ? 1 : 0)`).join(' + ')}`)
  fields.forEach(([name, field], index) => {
    const sizeAt = source.name()
    source.line(`if (${present[index]}) {`)
    room(source, 2)
    source.line(`buffer[at++] = ${field.tag}`, `const ${sizeAt} = at++`)
    writeValue(
      { ...target, tagged: true },
      field,
      given(target, field, `${from}.${name}`, `${path}${name}`),
      `${path}${name}`,
    )
    room(source, 4)
    source.line(`at = moveTagged(buffer, ${sizeAt}, at)`, '}')
  })
}

/** The expression for: the value at `from` is given and is not the default of its field. */
function differs(field: Field, layout: Layout, from: string): string {
  if (field.default === null) return `${from} != null`
  switch (field.kind) {
    case 'array':
    case 'bytes':
    case 'records':
      return `(${from} !== undefined && (${from} === null || ${from}.length > 0))`
    case 'struct': {
      const children = [...plainFields(field.fields!, layout), ...taggedFields(field.fields!, layout)]
      const any = children.map(([name, child]) => differs(child, layout, `${from}.${name}`)).join(' || ')
      return `(${from} !== undefined && (${any}))`
    }
    default:
      return `(${from} !== undefined && ${from} !== ${JSON.stringify(defaultValue(field))})`
  }
}

/** Emits code that writes the value in the local variable `from`. */
function writeValue(target: Target, field: Field, from: string, path: string): void {
  const { source, layout } = target
  if (fixedBytes(field.kind) !== undefined || (field.kind === 'struct' && !isNullable(field, layout))) {
    writePresent(target, field, from, path)
    return
  }
  source.line(`if (${from} === null) {`)
  if (isNullable(field, layout)) writeNull(target, field)
  else source.line(`throw isNull('${path}')`)
  source.line('} else {')
  if (field.kind === 'struct') {
    room(source, 1)
    source.line('buffer[at++] = 1')
  }
  writePresent(target, field, from, path)
  source.line('}')
}

function writeNull({ source, layout }: Target, field: Field): void {
  if (field.kind === 'struct' || layout.flexible) {
    room(source, 1)
    source.line(`buffer[at++] = ${field.kind === 'struct' ? 255 : 0}`)
  } else {
    const kind = field.kind === 'string' ? 'int16' : 'int32'
    room(source, fixedBytes(kind)!)
    source.line(fixedStore(kind, 0, '-1'), `at += ${fixedBytes(kind)}`)
  }
}

function writePresent(target: Target, field: Field, from: string, path: string): void {
  const { source, layout } = target
  switch (field.kind) {
    case 'string':
      source.line(`if (at + ${from}.length * 3 + 5 > buffer.length) buffer = output.grow(at, ${from}.length * 3 + 5)`)
      source.line(`at = ${layout.flexible ? 'compactString' : 'plainString'}(buffer, at, ${from})`)
      break
    case 'struct':
      writeStruct(target, field.fields!, from, `${path}.`)
      break
    case 'array':
      writeArray(target, field, from, path)
      break
    case 'bytes':
    case 'records':
      writeBytes(target, field, from)
      break
    default:
      room(source, fixedBytes(field.kind)!)
      source.line(fixedStore(field.kind, 0, from), `at += ${fixedBytes(field.kind)}`)
  }
}

function writeArray(target: Target, field: Field, from: string, path: string): void {
  const { source } = target
  const [index, item] = [source.name(), source.name()]
  writeLength(target, `${from}.length`)
  source.line(`for (let ${index} = 0; ${index} < ${from}.length; ${index}++) {`, `const ${item} = ${from}[${index}]`)
  source.line(`if (${item} === undefined) throw isMissing('${path}[]')`)
  writeValue(target, field.of!, item, path)
  source.line('}')
}

function writeBytes(target: Target, field: Field, from: string): void {
  const { source } = target
  const put = target.tagged ? 'copy' : 'put'
  if (field.kind === 'records') {
    writeLength(target, `bytesIn(${from})`)
    source.line(`if (Array.isArray(${from})) for (const part of ${from}) at = output.${put}(at, part)`, 'else')
  } else {
    writeLength(target, `${from}.length`)
  }
  source.line(`at = output.${put}(at, ${from})`, 'buffer = output.buffer')
}

function writeLength({ source, layout }: Target, length: string): void {
  room(source, 5)
  if (layout.flexible) source.line(`at = varint(buffer, at, ${length} + 1)`)
  else source.line(fixedStore('int32', 0, length), 'at += 4')
}

function room(source: Source, bytes: number): void {
  source.line(`if (at + ${bytes} > buffer.length) buffer = output.grow(at, ${bytes})`)
}

/** The statement that stores a value of fixed size `offset` bytes behind `at`. */
function fixedStore(kind: Field['kind'], offset: number, value: string): string {
  const store = (index: number, shift: number): string =>
    `buffer[at + ${offset + index}] = ${value}${shift > 0 ? ` >> ${shift}` : ''}`
  switch (kind) {
    case 'int8':
      return store(0, 0)
    case 'bool':
      return `buffer[at + ${offset}] = ${value} ? 1 : 0`
    case 'int16':
    case 'uint16':
      return `${store(0, 8)}; ${store(1, 0)}`
    case 'int32':
    case 'uint32':
      return [store(0, 24), store(1, 16), store(2, 8), store(3, 0)].join('; ')
    default:
      return `${kind}(buffer, at + ${offset}, ${value})`
  }
}

import { OperatorError } from '../../base/errors.ts'
import type { ByteSink } from '../byte-sink.ts'
import { RecordProblem } from './record-problem.ts'
import type { TextFormat } from './text-format.ts'

/** A piece of packed bytes. */
type Field =
  | { readonly kind: 'number'; readonly bytes: number; readonly isSigned: boolean; readonly isLittle: boolean }
  | { readonly kind: 'character' }
  | { readonly kind: 'rest' }
  | { readonly kind: 'end' }

const numbers: Readonly<Record<string, { readonly bytes: number; readonly isSigned: boolean }>> = {
  b: { bytes: 1, isSigned: true },
  B: { bytes: 1, isSigned: false },
  h: { bytes: 2, isSigned: true },
  H: { bytes: 2, isSigned: false },
  i: { bytes: 4, isSigned: true },
  I: { bytes: 4, isSigned: false },
  q: { bytes: 8, isSigned: true },
  Q: { bytes: 8, isSigned: false },
}

/**
 * rpk's and kcat's letters for packed numbers, after Python's `struct`: `<` little endian (from the beginning), `>` big
 * endian from here on; `bBhHiIqQ` numbers of 1, 2, 4, 8 bytes, signed in lower case; `c` or `.` a character, `s` the rest,
 * `$` that nothing is left; `x` stands for nothing. In input a single number is understood.
 * Throws `OperatorError` for other letters.
 */
export function unpackFormat(layout: string): TextFormat {
  const fields = parseLayout(layout)
  return {
    write: (buffer, start, end, sink) => {
      let at = start
      for (const field of fields) at = writeField(field, buffer, at, end, sink)
    },
    check: (_buffer, start, end) => checkFits(fields, layout, end - start),
    read: text => pack(fields, layout, text),
    textBytes: undefined,
  }
}

function parseLayout(layout: string): readonly Field[] {
  const fields: Field[] = []
  let isLittle = true
  for (const letter of layout) {
    const last = fields.at(-1)?.kind
    if (last === 'rest' || last === 'end') {
      throw new OperatorError(`format: 'unpack[${layout}]' goes on behind its end`, {
        hint: '$ and s can only be the last letter',
      })
    }
    if (letter === '<' || letter === '>') isLittle = letter === '<'
    else if (letter === 'c' || letter === '.') fields.push({ kind: 'character' })
    else if (letter === 's') fields.push({ kind: 'rest' })
    else if (letter === '$') fields.push({ kind: 'end' })
    else if (letter !== 'x' && letter !== ' ') {
      const number = Object.hasOwn(numbers, letter) ? numbers[letter] : undefined
      if (!number) {
        throw new OperatorError(`format: unpack has no '${letter}'`, { hint: 'letters: < > b B h H i I q Q c . s $ x' })
      }
      fields.push({ kind: 'number', ...number, isLittle })
    }
  }
  return fields
}

function checkFits(fields: readonly Field[], layout: string, bytes: number): void {
  const needed = fields.reduce((sum, field) => sum + bytesOf(field), 0)
  const mustEnd = fields.at(-1)?.kind === 'end'
  if (bytes < needed || (mustEnd && bytes > needed)) {
    throw new RecordProblem(`${bytes} bytes where unpack[${layout}] wants ${mustEnd ? '' : 'at least '}${needed}`)
  }
}

function bytesOf(field: Field): number {
  if (field.kind === 'number') return field.bytes
  return field.kind === 'character' ? 1 : 0
}

function writeField(field: Field, buffer: Buffer, at: number, end: number, sink: ByteSink): number {
  switch (field.kind) {
    case 'number':
      sink.text(readNumber(field, buffer, at))
      return at + field.bytes
    case 'character':
      sink.bytes(buffer, at, at + 1)
      return at + 1
    case 'rest':
      sink.bytes(buffer, at, end)
      return end
    case 'end':
      return at
  }
}

type NumberField = Extract<Field, { kind: 'number' }>

function readNumber({ bytes, isSigned, isLittle }: NumberField, buffer: Buffer, at: number): string {
  if (bytes === 8) {
    const value = isLittle ? buffer.readBigUInt64LE(at) : buffer.readBigUInt64BE(at)
    return String(isSigned ? BigInt.asIntN(64, value) : value)
  }
  if (isSigned) return String(isLittle ? buffer.readIntLE(at, bytes) : buffer.readIntBE(at, bytes))
  return String(isLittle ? buffer.readUIntLE(at, bytes) : buffer.readUIntBE(at, bytes))
}

/** The way back. Numbers stand without anything between them, so only one of them can be told. */
function pack(fields: readonly Field[], layout: string, text: Buffer): Buffer {
  const [field, behind, ...more] = fields
  const given = text.toString('latin1')
  if (field?.kind !== 'number' || (behind && behind.kind !== 'end') || more.length > 0) {
    throw new OperatorError(`format: 'unpack[${layout}]' cannot be read back`, {
      hint: 'in input, unpack takes one number: unpack[>I]',
    })
  }
  const bits = field.bytes * 8
  const value = /^-?\d+$/.test(given) ? BigInt(given) : undefined
  const fits =
    value !== undefined && value === (field.isSigned ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value))
  if (!fits) throw new RecordProblem(`'${given}' is no number of ${field.bytes} bytes`)
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt.asUintN(64, value))
  const packed = bytes.subarray(0, field.bytes)
  return field.isLittle ? packed : packed.reverse()
}

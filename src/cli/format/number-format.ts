import { OperatorError } from '../../base/errors.ts'
import type { ByteSink } from '../byte-sink.ts'
import type { Modifier } from './format-parts.ts'

/** How a number stands in a text: rpk's modifiers of numbers, in both directions. */
export interface NumberFormat {
  /** Writes the number; its upper bits are cut off if it does not fit. */
  readonly write: (value: number, sink: ByteSink) => void
  /** Bytes that it takes; undefined if that varies: then it ends before the first byte that cannot belong to it. */
  readonly bytes: number | undefined
  /** The number in `buffer` from `start` to `end`; NaN if it is none. Where there is room for it, -1 comes back as -1. */
  readonly read: (buffer: Buffer, start: number, end: number) => number
  /** Whether a byte may stand in a number of varying length. */
  readonly isPart: (byte: number) => boolean
  /** The largest number that comes back as it went. */
  readonly max: number
  /** Whether -1, for null, comes back as it went. */
  readonly holdsNull: boolean
}

const isHexDigit = (byte: number): boolean =>
  (byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x66) || (byte >= 0x41 && byte <= 0x46)
const isDecimal = (byte: number): boolean => (byte >= 0x30 && byte <= 0x39) || byte === 0x2d

const ascii: NumberFormat = {
  write: (value, sink) => sink.number(value),
  bytes: undefined,
  read: (buffer, start, end) => {
    const text = buffer.toString('latin1', start, end)
    const number = Number(text)
    return /^-?\d+$/.test(text) && Number.isSafeInteger(number) ? number : Number.NaN
  },
  isPart: isDecimal,
  max: Number.MAX_SAFE_INTEGER,
  holdsNull: true,
}

/** Formats by the names of their modifiers. */
const numberFormats: Readonly<Record<string, NumberFormat>> = {
  ascii,
  hex: hexadecimal(undefined),
  hex64: hexadecimal(16),
  hex32: hexadecimal(8),
  hex16: hexadecimal(4),
  hex8: hexadecimal(2),
  hex4: hexadecimal(1),
  big64: binary(8, 'big'),
  big32: binary(4, 'big'),
  big16: binary(2, 'big'),
  big8: binary(1, 'big'),
  little64: binary(8, 'little'),
  little32: binary(4, 'little'),
  little16: binary(2, 'little'),
  little8: binary(1, 'little'),
  byte: binary(1, 'big'),
}

/** The format that a modifier asks for; decimal digits without one. Throws `OperatorError` if there is none of that name. */
export function numberFormat(verb: string, modifier: Modifier | undefined): NumberFormat {
  if (!modifier) return ascii
  const found = Object.hasOwn(numberFormats, modifier.name) ? numberFormats[modifier.name] : undefined
  if (!found || modifier.argument !== undefined) {
    throw new OperatorError(`format: there is no '%${verb}{${modifier.name}}'`, {
      hint: `numbers: ${Object.keys(numberFormats).join(' ')}`,
    })
  }
  return found
}

/** The two halves of a 64-bit two's complement. */
const upperHalf = (value: number): number => Math.floor(value / 0x1_0000_0000)
const joined = (upper: number, lower: number): number => (upper | 0) * 0x1_0000_0000 + lower

function binary(bytes: 1 | 2 | 4 | 8, order: 'big' | 'little'): NumberFormat {
  const isBig = order === 'big'
  const write = (value: number, sink: ByteSink): void => {
    const upper = upperHalf(value)
    for (let at = 0; at < bytes; at++) {
      const place = isBig ? bytes - 1 - at : at
      sink.byte((place < 4 ? (value >>> 0) >>> (8 * place) : upper >>> (8 * (place - 4))) & 0xff)
    }
  }
  const read = (buffer: Buffer, start: number): number => {
    if (bytes === 8) {
      return isBig
        ? joined(buffer.readUInt32BE(start), buffer.readUInt32BE(start + 4))
        : joined(buffer.readUInt32LE(start + 4), buffer.readUInt32LE(start))
    }
    if (bytes === 4) return isBig ? buffer.readInt32BE(start) : buffer.readInt32LE(start)
    return isBig ? buffer.readUIntBE(start, bytes) : buffer.readUIntLE(start, bytes)
  }
  return { write, bytes, read, isPart: () => true, max: largest(bytes * 8), holdsNull: bytes >= 4 }
}

function hexadecimal(digits: number | undefined): NumberFormat {
  const write = (value: number, sink: ByteSink): void => {
    const text = ((upperHalf(value) >>> 0).toString(16) + (value >>> 0).toString(16).padStart(8, '0')).padStart(16, '0')
    sink.text(digits === undefined ? text.replace(/^0+(?=.)/, '') : text.slice(-digits))
  }
  const read = (buffer: Buffer, start: number, end: number): number => {
    const text = buffer.toString('latin1', start, end)
    if (!/^[0-9a-fA-F]{1,16}$/.test(text)) return Number.NaN
    if ((digits ?? 16) === 8) return Number.parseInt(text, 16) | 0
    if ((digits ?? 16) < 8) return Number.parseInt(text, 16)
    const padded = text.padStart(16, '0')
    return joined(Number.parseInt(padded.slice(0, 8), 16), Number.parseInt(padded.slice(8), 16))
  }
  const bits = (digits ?? 16) * 4
  return { write, bytes: digits, read, isPart: isHexDigit, max: largest(bits), holdsNull: bits >= 32 }
}

/** From 32 bits on, numbers are signed, so that -1 has room. */
function largest(bits: number): number {
  if (bits >= 64) return Number.MAX_SAFE_INTEGER
  return bits === 32 ? 0x7fff_ffff : 2 ** bits - 1
}

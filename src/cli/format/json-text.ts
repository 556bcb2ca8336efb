/** Bytes of JSON, looked at as they are: numbers keep their digits, and keys their order. */

const quote = 0x22
const backslash = 0x5c

const isSpace = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
/** What a number, true, false or null is made of. */
const isBare = (byte: number): boolean =>
  (byte >= 0x30 && byte <= 0x39) ||
  (byte >= 0x61 && byte <= 0x7a) ||
  byte === 0x2d ||
  byte === 0x2b ||
  byte === 0x2e ||
  byte === 0x45

/** A value that is being looked for, piece by piece: give the same object again with more bytes. */
export interface JsonScan {
  /** Where it goes on. */
  at: number
  depth: number
  isInString: boolean
}

/**
 * Where the JSON value that begins at `scan.at` ends; -1 if it goes on beyond `end`. Looks at nesting and strings only:
 * `JSON.parse` says whether it is right.
 */
export function jsonEnd(buffer: Buffer, end: number, scan: JsonScan, isLast: boolean): number {
  while (scan.at < end) {
    const byte = buffer[scan.at] ?? 0
    if (scan.isInString) {
      if (byte === backslash) {
        if (scan.at + 1 >= end) return -1
        scan.at++
      } else if (byte === quote) {
        scan.isInString = false
        if (scan.depth === 0) return scan.at + 1
      }
    } else if (byte === quote) scan.isInString = true
    else if (byte === 0x7b || byte === 0x5b) scan.depth++
    else if (byte === 0x7d || byte === 0x5d) {
      scan.depth--
      if (scan.depth <= 0) return scan.at + 1
    } else if (scan.depth === 0) return bareEnd(buffer, end, scan.at, isLast)
    scan.at++
  }
  return -1
}

function bareEnd(buffer: Buffer, end: number, start: number, isLast: boolean): number {
  let at = start
  while (at < end && isBare(buffer[at] ?? 0)) at++
  if (at === end && !isLast) return -1
  // A byte that begins no value is for the parser to complain about.
  return Math.max(at, start + 1)
}

/** Whether the bytes are JSON. */
export function isJson(buffer: Buffer, start: number, end: number): boolean {
  try {
    JSON.parse(buffer.toString('utf8', start, end))
    return true
  } catch {
    return false
  }
}

/** JSON without white space outside of strings; the same bytes if there is none. */
export function compactJson(json: Buffer): Buffer {
  let first = 0
  while (first < json.length && !isSpace(json[first])) first++
  if (first === json.length) return json
  const compact = Buffer.allocUnsafe(json.length)
  let length = 0
  let isInString = false
  for (let at = 0; at < json.length; at++) {
    const byte = json[at] ?? 0
    if (isInString) {
      compact[length++] = byte
      if (byte === backslash) compact[length++] = json[++at] ?? 0
      else if (byte === quote) isInString = false
    } else if (!isSpace(byte)) {
      compact[length++] = byte
      isInString = byte === quote
    }
  }
  return compact.subarray(0, length)
}

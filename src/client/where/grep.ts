import { OperatorError } from '../../base/errors.ts'
import type { FetchedRecord } from '../fetched-records.ts'

/**
 * Compiles what `--grep` looks for in key and value: a JavaScript regular expression, `/…/i` with flags. Text without
 * special characters is looked for as bytes. Throws `OperatorError` for what is no expression.
 */
export function compileGrep(pattern: string): (record: FetchedRecord) => boolean {
  if (/^[^\\^$.*+?()[\]{}|/]+$/.test(pattern)) return grepBytes(Buffer.from(pattern))
  const expression = parsePattern(pattern)
  const matches = (buffer: Buffer, start: number, bytes: number): boolean =>
    bytes >= 0 && expression.test(buffer.toString('utf8', start, start + bytes))
  return record =>
    matches(record.buffer, record.valueStart, record.valueBytes) ||
    matches(record.buffer, record.keyStart, record.keyBytes)
}

function parsePattern(pattern: string): RegExp {
  const [, inner, flags] = /^\/(.*)\/([imsu]*)$/s.exec(pattern) ?? []
  try {
    return new RegExp(inner ?? pattern, flags ?? '')
  } catch (error) {
    throw new OperatorError(`--grep: ${(error as Error).message}`, {
      hint: "as --grep 'error|failed', --grep /error/i",
      cause: error,
    })
  }
}

/**
 * One search through a whole batch instead of one for each record: where the text stands next is known, so a record that
 * ends before it costs a comparison.
 */
function grepBytes(needle: Buffer): (record: FetchedRecord) => boolean {
  let searched: Buffer | undefined
  let searchedFrom = 0
  let next = -1
  const isWithin = (buffer: Buffer, start: number, bytes: number): boolean => {
    if (bytes < needle.length) return false
    const isKnown = buffer === searched && start >= searchedFrom && (next < 0 || next >= start)
    if (!isKnown) {
      searched = buffer
      searchedFrom = start
      next = buffer.indexOf(needle, start)
    }
    return next >= 0 && next + needle.length <= start + bytes
  }
  // Keys stand before values: in this order the search only goes forward.
  return ({ buffer, keyStart, keyBytes, valueStart, valueBytes }) =>
    isWithin(buffer, keyStart, keyBytes) || isWithin(buffer, valueStart, valueBytes)
}

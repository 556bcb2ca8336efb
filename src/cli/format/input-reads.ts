import { OperatorError } from '../../base/errors.ts'
import type { InputState } from './input-state.ts'
import type { Step, TextTarget } from './input-steps.ts'
import { jsonEnd } from './json-text.ts'
import type { NumberFormat } from './number-format.ts'
import { RecordProblem } from './record-problem.ts'
import type { TextFormat } from './text-format.ts'

type Keep = (state: InputState, text: Buffer) => void

/** Text that must stand there. As the last of a format it may be missing at the end of the input. */
export function skipLiteral(literal: Buffer, isLast: boolean): Step {
  return state => {
    const there = Math.min(literal.length, state.end - state.at)
    if (state.buffer.compare(literal, 0, there, state.at, state.at + there) !== 0) {
      const found = state.buffer.toString('utf8', state.at, Math.min(state.end, state.at + 20))
      throw new RecordProblem(`${JSON.stringify(found)} where ${JSON.stringify(literal.toString())} belongs`)
    }
    if (isLast && state.isLast && there === 0 && state.hasStarted) return true
    return state.take(literal.length) !== undefined
  }
}

/** Everything up to the delimiter. Where that is the last of a format, the end of the input ends it as well. */
export function readUntil(delimiter: Buffer, isLast: boolean, keep: Keep): Step {
  const [only] = delimiter
  const needle = delimiter.length === 1 && only !== undefined ? only : delimiter
  return state => {
    const found = state.buffer.indexOf(needle, state.at + state.scannedBytes)
    if (found < 0 || found + delimiter.length > state.end) {
      // Where the delimiter may have begun is looked at again.
      state.scannedBytes = Math.max(0, state.end - state.at - delimiter.length + 1)
      return isLast && state.isLast ? readAll(state, keep) : false
    }
    const start = state.at
    state.take(found + delimiter.length - start)
    keep(state, state.buffer.subarray(start, found))
    return true
  }
}

/** All that is left of the input. */
export function readRest(keep: Keep): Step {
  return state => (state.isLast ? readAll(state, keep) : false)
}

function readAll(state: InputState, keep: Keep): boolean {
  const text = state.take(state.end - state.at)
  if (text) keep(state, text)
  return true
}

/** As many bytes as the size has said, that of the value itself; null for -1. */
export function readSized(
  { store }: TextTarget,
  size: (state: InputState) => number,
  textBytes: (bytes: number) => number,
  format: TextFormat,
): Step {
  return state => {
    const bytes = size(state)
    if (bytes < 0) {
      store(state, null)
      return true
    }
    const text = state.take(textBytes(bytes))
    if (!text) return false
    store(state, format.read(text))
    return true
  }
}

/** The longest text that a number can be. */
const digitsMax = 20

export function readNumber(
  format: NumberFormat,
  verb: string,
  store: (state: InputState, value: number) => void,
): Step {
  return state => {
    const bytes = format.bytes ?? varyingBytes(state, format)
    if (bytes < 0) return false
    const start = state.at
    if (!state.take(bytes)) return false
    const value = format.read(state.buffer, start, start + bytes)
    if (!Number.isSafeInteger(value)) {
      const found = state.buffer.toString('utf8', start, Math.min(state.end, start + Math.max(bytes, 20)))
      throw new RecordProblem(`${JSON.stringify(found)} is no number for ${verb}`)
    }
    store(state, value)
    return true
  }
}

function varyingBytes(state: InputState, { isPart }: NumberFormat): number {
  let at = state.at
  const end = Math.min(state.end, state.at + digitsMax)
  while (at < end && isPart(state.buffer[at] ?? 0)) at++
  return at === state.end && !state.isLast ? -1 : at - state.at
}

/** A JSON value, white space before it passed over. Where the delimiter stands at once, it is null. */
export function readJson(format: TextFormat, { store }: TextTarget, delimiter: Buffer | undefined): Step {
  return state => {
    if (!state.json) {
      const there = Math.min(delimiter?.length ?? 0, state.end - state.at)
      const isBare = delimiter?.compare(state.buffer, state.at, state.at + there, 0, there) === 0
      if (isBare && (there === delimiter.length || state.isLast)) {
        store(state, null)
        return true
      }
      if (state.isAtEnd || isBare) return false
      state.json = { at: state.at, depth: 0, isInString: false }
    }
    skipSpace(state)
    const end = jsonEnd(state.buffer, state.end, state.json, state.isLast)
    if (end < 0) return false
    state.json = undefined
    const text = state.take(end - state.at)
    if (text) store(state, format.read(text))
    return true
  }
}

function skipSpace({ json, buffer, end }: InputState): void {
  if (!json || json.depth > 0 || json.isInString) return
  while (json.at < end && /\s/.test(String.fromCharCode(buffer[json.at] ?? 0))) json.at++
}

/** So much text at most can be matched: expressions see text, not a stream. */
const matchedBytesMax = 1024 * 1024

/** What a regular expression matches from here on. Bytes are characters from 0 to 255 to it. */
export function readMatch(pattern: string, flags: '' | 'i', keep: Keep): Step {
  const expression = stickyExpression(pattern, flags)
  return state => {
    const matched = matchAt(expression, state)
    if (matched === undefined) return false
    const found = state.take(matched)
    if (found) keep(state, found)
    return true
  }
}

const windowBytes = 256

/** Bytes that match; undefined if more of them are needed to tell. Most matches are short: text is made of as little as will do. */
function matchAt(expression: RegExp, { buffer, at, end, isLast }: InputState): number | undefined {
  for (let bytes = windowBytes; ; bytes *= 16) {
    const until = Math.min(end, at + Math.min(bytes, matchedBytesMax))
    const text = buffer.toString('latin1', at, until)
    expression.lastIndex = 0
    const matched = expression.exec(text)?.[0]
    if (matched !== undefined && matched.length < text.length) return matched.length
    // More bytes could make it match, or match more.
    const isAll = until === end
    if (!isAll && bytes < matchedBytesMax) continue
    if (isAll && !isLast && end - at < matchedBytesMax) return undefined
    if (matched !== undefined) return matched.length
    throw new RecordProblem(`nothing that matches ${expression.source} at ${JSON.stringify(text.slice(0, 20))}`)
  }
}

function stickyExpression(pattern: string, flags: string): RegExp {
  try {
    return new RegExp(pattern, `y${flags}`)
  } catch (error) {
    throw new OperatorError(`format: ${(error as Error).message}`, { cause: error })
  }
}

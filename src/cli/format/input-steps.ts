import { OperatorError } from '../../base/errors.ts'
import type { FormatPart, Modifier } from './format-parts.ts'
import { headerSteps } from './input-headers.ts'
import { readJson, readMatch, readNumber, readRest, readSized, readUntil, skipLiteral } from './input-reads.ts'
import type { InputState } from './input-state.ts'
import { numberFormat } from './number-format.ts'
import { RecordProblem } from './record-problem.ts'
import { textFormat } from './text-format.ts'
import { timeFormat } from './time-format.ts'

/** Reads a part of a record; false if more bytes are needed, and is then called again. Throws `RecordProblem`. */
export type Step = (state: InputState) => boolean

/** A text of a record or a header: how its size is known and where it goes. */
export interface TextTarget {
  readonly verb: string
  readonly name: string
  /** Undefined: the format has no size for it. -1: null. */
  readonly size: ((state: InputState) => number) | undefined
  readonly store: (state: InputState, bytes: Buffer | null) => void
}

type SizeName = 'topic' | 'key' | 'value' | 'headers'

const sizeVerbs: Readonly<Record<string, SizeName>> = { T: 'topic', K: 'key', V: 'value', S: 'value', H: 'headers' }
const textVerbs: Readonly<Record<string, Exclude<SizeName, 'headers'>>> = {
  t: 'topic',
  k: 'key',
  v: 'value',
  s: 'value',
}

/** The steps that read a record of this format. Throws `OperatorError` for a format that leaves open where something ends. */
export function compileSteps(parts: readonly FormatPart[]): readonly Step[] {
  const steps: Step[] = []
  const seen = new Set<string>()
  for (let at = 0; at < parts.length; at++) {
    const part = parts[at]
    const next = parts[at + 1]
    const isLast = at === parts.length - 1
    if (part?.kind === 'literal') steps.push(skipLiteral(part.bytes, isLast))
    else if (part?.kind === 'headers') steps.push(headersStep(part.parts, seen))
    else if (part?.kind === 'verb') {
      const delimiter = next?.kind === 'literal' ? next.bytes : undefined
      const isLastWithDelimiter = at + 2 === parts.length
      const { step, tookDelimiter } = verbStep(part, { seen, delimiter, isLast, isLastWithDelimiter })
      steps.push(step)
      if (tookDelimiter) at++
    }
  }
  if (parts.every(part => part.kind === 'verb' && isConstant(part.modifier))) {
    throw new OperatorError('format: it reads nothing', { hint: "for lines: '%v\\n'" })
  }
  return steps
}

interface Surroundings {
  readonly seen: Set<string>
  readonly delimiter: Buffer | undefined
  readonly isLast: boolean
  /** Nothing follows but the delimiter. */
  readonly isLastWithDelimiter: boolean
}

interface CompiledVerb {
  readonly step: Step
  readonly tookDelimiter: boolean
}

function verbStep(part: Extract<FormatPart, { kind: 'verb' }>, around: Surroundings): CompiledVerb {
  const { name, modifier } = part
  const { seen } = around
  const text = textVerbs[name]
  const size = sizeVerbs[name]
  const what = text ?? (size && `size of ${size}`) ?? name
  if (seen.has(what)) throw new OperatorError(`format: the ${what} is there twice`)
  if (size && seen.has(size)) {
    throw new OperatorError(`format: '%${name}' stands behind what it is the size of`, { hint: 'a size comes first' })
  }
  seen.add(what)
  if (text) return textStep(recordTarget(name, text, seen.has(`size of ${text}`)), modifier, around)
  if (size)
    return { step: sizeStep(name, modifier, (state, value) => (state.sizes[size] = value)), tookDelimiter: false }
  if (name === 'h') {
    throw new OperatorError('format: %h alone says too little for input', { hint: 'as %H %h{%k=%v }' })
  }
  if (name === 'd') return { step: timeStep(modifier), tookDelimiter: false }
  return {
    step: readNumber(numberFormat(name, modifier), `%${name}`, (state, value) => {
      if (name === 'p') state.record.partition = atLeastZero(value, 'a partition')
    }),
    tookDelimiter: false,
  }
}

function atLeastZero(value: number, what: string): number {
  if (value < 0) throw new RecordProblem(`${what} cannot be ${value}`)
  return value
}

/** Reads a size, or notes one that the format itself says: `%V{8}`. */
export function sizeStep(
  name: string,
  modifier: Modifier | undefined,
  store: (state: InputState, value: number) => void,
): Step {
  if (isConstant(modifier)) {
    const bytes = Number(modifier?.name)
    return state => {
      store(state, bytes)
      return true
    }
  }
  return readNumber(numberFormat(name, modifier), `%${name}`, (state, value) => {
    if (value < -1) throw new RecordProblem(`a size cannot be ${value}`)
    store(state, value)
  })
}

function isConstant(modifier: Modifier | undefined): boolean {
  return modifier !== undefined && modifier.argument === undefined && /^\d+$/.test(modifier.name)
}

function recordTarget(verb: string, name: 'topic' | 'key' | 'value', isSized: boolean): TextTarget {
  return {
    verb,
    name,
    size: isSized ? state => state.sizes[name] ?? -1 : undefined,
    store: (state, bytes) => {
      if (name === 'topic') state.record.topic = bytes?.toString() ?? ''
      else state.record[name] = bytes
    },
  }
}

/** A text: as long as its size says, or as JSON or a regular expression has it, or up to its delimiter. */
export function textStep(
  target: TextTarget,
  modifier: Modifier | undefined,
  around: Omit<Surroundings, 'seen'>,
): CompiledVerb {
  const { verb, name, size, store } = target
  const { delimiter, isLast, isLastWithDelimiter } = around
  const isSelfDelimiting = modifier?.name === 'json' || modifier?.name === 're'
  if (isSelfDelimiting && size) {
    throw new OperatorError(`format: %${verb}{${modifier.name}} says itself where it ends: leave its size out`)
  }
  if (modifier?.name === 're') return { step: readMatch(modifier.argument ?? '', '', store), tookDelimiter: false }
  const format = textFormat(verb, modifier)
  if (modifier?.name === 'json') return { step: readJson(format, target, delimiter), tookDelimiter: false }
  if (size) {
    const { textBytes } = format
    if (!textBytes)
      throw new OperatorError(`format: %${verb}{${modifier?.name}} has no fixed size: end it with a delimiter`)
    return { step: readSized(target, size, bytes => textBytes(bytes), format), tookDelimiter: false }
  }
  const keep = (state: InputState, text: Buffer): void => store(state, format.read(text))
  if (delimiter) return { step: readUntil(delimiter, isLastWithDelimiter, keep), tookDelimiter: true }
  if (isLast) return { step: readRest(keep), tookDelimiter: false }
  throw new OperatorError(`format: where does the ${name} end?`, {
    hint: `put a delimiter behind it (%${verb}\\n) or its size before it (%${verb.toUpperCase()}{big32}%${verb})`,
  })
}

function timeStep(modifier: Modifier | undefined): Step {
  const format = timeFormat(modifier)
  if (!format) {
    return readNumber(numberFormat('d', modifier), '%d', (state, value) => {
      state.record.timestampMs = value
    })
  }
  return readMatch(format.pattern, 'i', (state, text) => {
    const timestampMs = format.parse(text.toString())
    if (Number.isNaN(timestampMs)) {
      throw new RecordProblem(`'${text.toString()}' is no time like %d{${modifier?.name}}`)
    }
    state.record.timestampMs = timestampMs
  })
}

function headersStep(parts: readonly FormatPart[], seen: Set<string>): Step {
  if (!seen.has('size of headers')) {
    throw new OperatorError('format: how many headers are there?', { hint: 'put %H before %h{…}: %H %h{%k=%v }' })
  }
  if (seen.has('headers')) throw new OperatorError('format: the headers are there twice')
  seen.add('headers')
  return headerSteps(parts)
}

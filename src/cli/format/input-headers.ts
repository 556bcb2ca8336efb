import { OperatorError } from '../../base/errors.ts'
import type { FormatPart } from './format-parts.ts'
import { skipLiteral } from './input-reads.ts'
import type { HeaderState, InputState } from './input-state.ts'
import { type Step, sizeStep, textStep } from './input-steps.ts'
import { RecordProblem } from './record-problem.ts'

/** More headers than this are not meant: the size was read from the wrong place. */
const headersMax = 1_000_000

/** Reads as many headers as `%H` has said, each of them by the parts in the braces of `%h{…}`. */
export function headerSteps(parts: readonly FormatPart[]): Step {
  const steps = compileHeader(parts)
  return state => {
    const count = state.sizes.headers ?? 0
    if (count < 0 || count > headersMax) throw new RecordProblem(`${count} headers`)
    while (state.record.headers.length < count) {
      state.header ??= { step: 0, key: null, value: null, keyBytes: undefined, valueBytes: undefined }
      const { header } = state
      for (; header.step < steps.length; header.step++) {
        if (!steps[header.step]?.(state)) return false
      }
      state.record.headers.push({ key: header.key?.toString() ?? '', value: header.value })
      state.header = undefined
    }
    return true
  }
}

function compileHeader(parts: readonly FormatPart[]): readonly Step[] {
  const steps: Step[] = []
  const sized = new Set<string>()
  for (let at = 0; at < parts.length; at++) {
    const part = parts[at]
    const next = parts[at + 1]
    if (part?.kind === 'literal') steps.push(skipLiteral(part.bytes, false))
    if (part?.kind !== 'verb') continue
    const { name, modifier } = part
    if (name === 'K' || name === 'V') {
      const size = name === 'K' ? 'keyBytes' : 'valueBytes'
      steps.push(sizeStep(name, modifier, (state, bytes) => (headerOf(state)[size] = bytes)))
      sized.add(name)
    } else {
      const isKey = name === 'k'
      const delimiter = next?.kind === 'literal' ? next.bytes : undefined
      const target = {
        verb: name,
        name: isKey ? 'key of a header' : 'value of a header',
        size: sized.has(name.toUpperCase())
          ? (state: InputState) => headerOf(state)[isKey ? 'keyBytes' : 'valueBytes'] ?? -1
          : undefined,
        store: (state: InputState, bytes: Buffer | null): void => {
          headerOf(state)[isKey ? 'key' : 'value'] = bytes
        },
      }
      const { step, tookDelimiter } = textStep(target, modifier, {
        delimiter,
        isLast: false,
        isLastWithDelimiter: false,
      })
      steps.push(step)
      if (tookDelimiter) at++
    }
  }
  if (!parts.some(part => part.kind === 'verb' && part.name === 'k')) {
    throw new OperatorError('format: headers without %k have no names', { hint: '%H %h{%k=%v }' })
  }
  return steps
}

function headerOf(state: InputState): HeaderState {
  if (!state.header) throw new RecordProblem('no header')
  return state.header
}

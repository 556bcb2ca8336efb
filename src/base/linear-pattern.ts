import { type PatternNode, PatternSyntaxError, parsePattern } from './pattern-syntax.ts'

/** Steps of a compiled pattern. Clients send patterns: none may cost much more than it is long. */
const programMax = 2000

type Instruction =
  | { readonly kind: 'character'; readonly matches: (codePoint: number) => boolean }
  | { readonly kind: 'fork'; targets: readonly number[] }
  | { readonly kind: 'start' }
  | { readonly kind: 'end' }
  | { readonly kind: 'accept' }

/**
 * Whether a whole text matches a regular expression in RE2's syntax (`parsePattern` says which part of it), in time that
 * grows with the length of the text times that of the pattern, whatever they are: JavaScript's own expressions can take
 * for ever. All states that the expression can be in are followed at once (Thompson, 1968).
 *
 * Throws `PatternSyntaxError` for what is not a pattern, or too large a one.
 */
export function linearPattern(pattern: string): (text: string) => boolean {
  const program: Instruction[] = []
  emit(parsePattern(pattern), program)
  add(program, { kind: 'accept' })
  return text => run(program, text)
}

function add<T extends Instruction>(program: Instruction[], instruction: T): T {
  if (program.length >= programMax) throw new PatternSyntaxError('the pattern is too large')
  program.push(instruction)
  return instruction
}

function emit(node: PatternNode, program: Instruction[]): void {
  switch (node.kind) {
    case 'character':
    case 'start':
    case 'end':
      add(program, node)
      return
    case 'sequence':
      for (const part of node.parts) emit(part, program)
      return
    case 'choice':
      emitChoice(node.options, program)
      return
    case 'repeat':
      emitRepeat(node, program)
  }
}

function emitChoice(options: readonly PatternNode[], program: Instruction[]): void {
  const fork = add(program, { kind: 'fork', targets: [] as number[] })
  const starts: number[] = []
  const leaps: { targets: readonly number[] }[] = []
  for (const option of options) {
    starts.push(program.length)
    emit(option, program)
    leaps.push(add(program, { kind: 'fork', targets: [] as number[] }))
  }
  fork.targets = starts
  for (const leap of leaps) leap.targets = [program.length]
}

function emitRepeat({ node, min, max }: PatternNode & { kind: 'repeat' }, program: Instruction[]): void {
  for (let count = 0; count < min; count++) {
    const at = program.length
    emit(node, program)
    // Nothing, however often.
    if (program.length === at) return
  }
  if (max === Number.POSITIVE_INFINITY) {
    const at = program.length
    const fork = add(program, { kind: 'fork', targets: [] as number[] })
    emit(node, program)
    add(program, { kind: 'fork', targets: [at] })
    fork.targets = [at + 1, program.length]
    return
  }
  const forks: { readonly at: number; readonly fork: { targets: readonly number[] } }[] = []
  for (let count = min; count < max; count++) {
    forks.push({ at: program.length, fork: add(program, { kind: 'fork', targets: [] as number[] }) })
    emit(node, program)
  }
  for (const { at, fork } of forks) fork.targets = [at + 1, program.length]
}

/** States of a program, each once. */
class States {
  readonly list: number[] = []
  readonly #seen: Uint32Array
  #round = 1

  constructor(size: number) {
    this.#seen = new Uint32Array(size)
  }

  clear(): void {
    this.list.length = 0
    this.#round++
  }

  /** Answers whether it was not there. */
  add(state: number): boolean {
    if (this.#seen[state] === this.#round) return false
    this.#seen[state] = this.#round
    return true
  }
}

function run(program: readonly Instruction[], text: string): boolean {
  const lastState = program.length - 1
  let states = new States(program.length)
  let next = new States(program.length)
  follow(program, states, 0, { isStart: true, isEnd: text.length === 0 })
  for (let at = 0; at < text.length && states.list.length > 0; ) {
    const codePoint = text.codePointAt(at) ?? 0
    at += codePoint > 0xffff ? 2 : 1
    for (const state of states.list) {
      const instruction = program[state]
      if (instruction?.kind === 'character' && instruction.matches(codePoint))
        follow(program, next, state + 1, { isStart: false, isEnd: at === text.length })
    }
    ;[states, next] = [next, states]
    next.clear()
  }
  return states.list.includes(lastState)
}

/** Adds a state, and all that can be reached from it without reading on. Only those that wait for something are listed. */
function follow(
  program: readonly Instruction[],
  states: States,
  from: number,
  place: { readonly isStart: boolean; readonly isEnd: boolean },
): void {
  const pending = [from]
  for (let state = pending.pop(); state !== undefined; state = pending.pop()) {
    const instruction = program[state]
    if (!instruction || !states.add(state)) continue
    if (instruction.kind === 'fork') pending.push(...instruction.targets)
    else if (instruction.kind === 'start') place.isStart && pending.push(state + 1)
    else if (instruction.kind === 'end') place.isEnd && pending.push(state + 1)
    else states.list.push(state)
  }
}

import type { CommandSpec, Completes, OptionSpec } from '../command.ts'

/** A word that may be typed, and what it is, for shells that show that. */
export interface Candidate {
  readonly word: string
  readonly about?: string
}

/** What is to be completed: words of the command line itself, or something that has to be looked up. */
export interface Completion {
  /** The word so far. Candidates that do not begin with it are not wanted. */
  readonly current: string
  /** Stands before the candidates in the word: `--format=`. */
  readonly prefix: string
  readonly candidates: readonly Candidate[]
  readonly completes: Completes | undefined
  readonly command: CommandSpec | undefined
  /** Arguments before the word, in order. */
  readonly given: readonly string[]
  /** Texts of the options before the word, by their flags. */
  readonly options: ReadonlyMap<OptionSpec, readonly string[]>
}

interface Reading {
  /** Subcommands that may come next. */
  level: readonly CommandSpec[]
  command: CommandSpec | undefined
  readonly given: string[]
  readonly options: Map<OptionSpec, string[]>
  /** The option whose value comes next. */
  pending: OptionSpec | undefined
  isBehindDashes: boolean
}

/** Reads the words of a command line behind the program's name; the last is the one to complete and may be empty. */
export function readWords(words: readonly string[], commands: readonly CommandSpec[]): Completion {
  const isHelp = words[0] === 'help' && words.length > 1
  const reading: Reading = {
    level: commands,
    command: undefined,
    given: [],
    options: new Map(),
    pending: undefined,
    isBehindDashes: false,
  }
  for (const word of words.slice(isHelp ? 1 : 0, -1)) readWord(reading, word)
  const completion = complete(reading, words.at(-1) ?? '')
  if (!isHelp) return completion
  // `help topic cre`: the same commands, but nothing else.
  return { ...completion, candidates: subcommands(reading), completes: undefined }
}

function readWord(reading: Reading, word: string): void {
  if (reading.pending) {
    note(reading, reading.pending, word)
    reading.pending = undefined
  } else if (reading.isBehindDashes || !word.startsWith('-') || word === '-') readArgument(reading, word)
  else if (word === '--') reading.isBehindDashes = true
  else if (word.startsWith('--')) readLong(reading, word)
  else readShort(reading, word)
}

function readArgument(reading: Reading, word: string): void {
  const next = reading.given.length === 0 ? reading.level.find(({ name }) => name === word) : undefined
  if (next) {
    reading.command = next
    reading.level = next.subcommands ?? []
  } else reading.given.push(word)
}

function readLong(reading: Reading, word: string): void {
  const [flag, value] = splitAtEquals(word)
  const option = optionsOf(reading).find(spec => flagsOf(spec).long === flag)
  if (!option) return
  if (value !== undefined) note(reading, option, value)
  else if (flagsOf(option).takes === 'value') reading.pending = option
  else note(reading, option, '')
}

/** `-qb host`: flags without values may stand together; what follows one with a value is the value. */
function readShort(reading: Reading, word: string): void {
  for (let at = 1; at < word.length; at++) {
    const option = optionsOf(reading).find(spec => flagsOf(spec).short === `-${word[at]}`)
    if (!option) return
    if (flagsOf(option).takes === 'nothing') {
      note(reading, option, '')
      continue
    }
    if (at + 1 < word.length) note(reading, option, word.slice(at + 1))
    else if (flagsOf(option).takes === 'value') reading.pending = option
    return
  }
}

function complete(reading: Reading, current: string): Completion {
  const { pending, command, given, options } = reading
  const found = { current, prefix: '', candidates: [], completes: undefined, command, given, options }
  if (pending) return { ...found, ...ofOption(pending) }
  if (!reading.isBehindDashes && current.startsWith('--') && current.includes('=')) {
    const [flag, value = ''] = splitAtEquals(current)
    const option = optionsOf(reading).find(spec => flagsOf(spec).long === flag)
    return option ? { ...found, current: value, prefix: `${flag}=`, ...ofOption(option) } : found
  }
  if (!reading.isBehindDashes && current.startsWith('-')) return { ...found, candidates: optionWords(reading) }
  if (given.length === 0 && reading.level.length > 0) return { ...found, candidates: subcommands(reading) }
  const expected = command?.arguments ?? []
  const argument = expected[Math.min(given.length, expected.length - 1)]
  if (!argument || (given.length >= expected.length && !argument.name.includes('...'))) return found
  return { ...found, ...ofKind(argument.completes ?? kindOf(argument.name)) }
}

function ofOption(option: OptionSpec): Pick<Completion, 'candidates' | 'completes'> {
  if (option.choices) return { candidates: option.choices.map(word => ({ word })), completes: undefined }
  return ofKind(option.completes ?? kindOf(/[<[].*[>\]]/.exec(option.flags)?.[0] ?? ''))
}

function ofKind(completes: Completes | undefined): Pick<Completion, 'candidates' | 'completes'> {
  return typeof completes === 'object'
    ? { candidates: completes.map(word => ({ word })), completes: undefined }
    : { candidates: [], completes }
}

const kinds: readonly (readonly [pattern: RegExp, kind: Completes])[] = [
  [/^topics?(:partitions?)?$/, 'topics'],
  [/^groups?$/, 'groups'],
  [/^profiles?$/, 'profiles'],
  [/^(input-|output-)?files?$|^archives?$|^paths?$/, 'files'],
  [/^dir$|^directory$|^directories$/, 'directories'],
]

/** What an argument or value is, by the name that stands for it: `<topics...>`, `[files...]`. */
function kindOf(placeholder: string): Completes | undefined {
  const name = placeholder.replaceAll(/[<>[\].]/g, '')
  return kinds.find(([pattern]) => pattern.test(name))?.[1]
}

function subcommands({ level }: Pick<Reading, 'level'>): readonly Candidate[] {
  return level.filter(({ hidden }) => !hidden).map(({ name, summary }) => ({ word: name, about: summary }))
}

function optionWords(reading: Reading): readonly Candidate[] {
  const own = optionsOf(reading)
    .filter(spec => !spec.hidden && (spec.repeatable || !reading.options.has(spec)))
    .flatMap(spec => {
      const { long, short } = flagsOf(spec)
      const word = long ?? short
      return word === undefined ? [] : [{ word, about: spec.help }]
    })
  return [...own, { word: '--help', about: 'show this help' }]
}

function optionsOf({ command }: Reading): readonly OptionSpec[] {
  return command?.options ?? []
}

interface Flags {
  readonly short: string | undefined
  readonly long: string | undefined
  readonly takes: 'nothing' | 'value' | 'optional value'
}

/** Reads commander's flags: `-n, --count <number>`. */
export function flagsOf({ flags }: Pick<OptionSpec, 'flags'>): Flags {
  const names = flags.split(/[\s,|]+/).filter(part => part.startsWith('-'))
  return {
    short: names.find(name => !name.startsWith('--')),
    long: names.find(name => name.startsWith('--')),
    takes: flags.includes('<') ? 'value' : flags.includes('[') ? 'optional value' : 'nothing',
  }
}

function note({ options }: Reading, option: OptionSpec, text: string): void {
  options.set(option, [...(options.get(option) ?? []), text])
}

function splitAtEquals(word: string): readonly [flag: string, value: string | undefined] {
  const at = word.indexOf('=')
  return at < 0 ? [word, undefined] : [word.slice(0, at), word.slice(at + 1)]
}

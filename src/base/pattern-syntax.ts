/** What is no pattern. */
export class PatternSyntaxError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'PatternSyntaxError'
  }
}

export type PatternNode =
  | { readonly kind: 'character'; readonly matches: (codePoint: number) => boolean }
  | { readonly kind: 'start' }
  | { readonly kind: 'end' }
  | { readonly kind: 'sequence'; readonly parts: readonly PatternNode[] }
  | { readonly kind: 'choice'; readonly options: readonly PatternNode[] }
  /** `max` may be infinite. */
  | { readonly kind: 'repeat'; readonly node: PatternNode; readonly min: number; readonly max: number }

type Matches = (codePoint: number) => boolean

const patternMax = 1000
/** RE2's. */
const repeatMax = 1000

const digit: Matches = c => c >= 0x30 && c <= 0x39
const word: Matches = c => digit(c) || (c >= 0x41 && c <= 0x5a) || (c >= 0x61 && c <= 0x7a) || c === 0x5f
const space: Matches = c => c === 0x20 || c === 0x09 || c === 0x0a || c === 0x0c || c === 0x0d
const not =
  (matches: Matches): Matches =>
  c =>
    !matches(c)

const classes: Readonly<Record<string, Matches>> = {
  d: digit,
  D: not(digit),
  w: word,
  W: not(word),
  s: space,
  S: not(space),
}

const controls: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f', v: '\v', a: '\x07' }

/**
 * The tree of a regular expression in RE2's syntax: characters, `.`, classes, `\d \w \s` and their opposites, groups with
 * or without name, `|`, repetition (greedy or not, which makes no difference here), `^ $ \A \z`. Left out: flags, `\b`,
 * `\Q`, `\p` and `[[:alpha:]]`. Throws `PatternSyntaxError`.
 */
export function parsePattern(pattern: string): PatternNode {
  if (pattern.length > patternMax) throw new PatternSyntaxError(`a pattern has at most ${patternMax} characters`)
  return new PatternParser(pattern).parse()
}

class PatternParser {
  readonly #characters: readonly string[]
  #at = 0

  constructor(pattern: string) {
    this.#characters = [...pattern]
  }

  parse(): PatternNode {
    const node = this.#choice()
    if (this.#at < this.#characters.length) throw new PatternSyntaxError("a ')' without its '('")
    return node
  }

  #choice(): PatternNode {
    const options = [this.#sequence()]
    while (this.#takes('|')) options.push(this.#sequence())
    return options.length === 1 ? options[0]! : { kind: 'choice', options }
  }

  #sequence(): PatternNode {
    const parts: PatternNode[] = []
    while (this.#peek !== undefined && this.#peek !== '|' && this.#peek !== ')') parts.push(this.#repeated())
    return { kind: 'sequence', parts }
  }

  #repeated(): PatternNode {
    const node = this.#atom()
    const count = this.#count()
    if (!count) return node
    this.#takes('?')
    if (this.#count()) throw new PatternSyntaxError('a repetition of a repetition')
    return { kind: 'repeat', node, ...count }
  }

  #count(): { readonly min: number; readonly max: number } | undefined {
    if (this.#takes('*')) return { min: 0, max: Number.POSITIVE_INFINITY }
    if (this.#takes('+')) return { min: 1, max: Number.POSITIVE_INFINITY }
    if (this.#takes('?')) return { min: 0, max: 1 }
    if (this.#peek !== '{') return undefined
    const found = /^\{(\d+)(,(\d*))?\}/.exec(this.#characters.slice(this.#at, this.#at + 20).join(''))
    // As in RE2, braces around anything else stand for themselves.
    if (!found) return undefined
    this.#at += found[0].length
    const min = Number(found[1])
    const max = found[2] === undefined ? min : found[3] === '' ? Number.POSITIVE_INFINITY : Number(found[3])
    const highest = max === Number.POSITIVE_INFINITY ? min : max
    if (highest > repeatMax || highest < min) throw new PatternSyntaxError(`'${found[0]}' is not a repetition`)
    return { min, max }
  }

  #atom(): PatternNode {
    const character = this.#next()
    switch (character) {
      case '(':
        return this.#group()
      case '[':
        return { kind: 'character', matches: this.#bracket() }
      case '.':
        return { kind: 'character', matches: c => c !== 0x0a }
      case '^':
        return { kind: 'start' }
      case '$':
        return { kind: 'end' }
      case '*':
      case '+':
      case '?':
        throw new PatternSyntaxError(`nothing before '${character}' to repeat`)
      case '\\':
        if (this.#takes('A')) return { kind: 'start' }
        if (this.#takes('z')) return { kind: 'end' }
        return { kind: 'character', matches: this.#escaped() }
      default:
        return { kind: 'character', matches: only(character) }
    }
  }

  #group(): PatternNode {
    if (this.#takes('?')) {
      const named = /^(:|P?<\w+>)/.exec(this.#characters.slice(this.#at, this.#at + 100).join(''))
      if (!named) throw new PatternSyntaxError('a group of this kind is not supported')
      this.#at += named[0].length
    }
    const node = this.#choice()
    if (!this.#takes(')')) throw new PatternSyntaxError("a '(' without its ')'")
    return node
  }

  /** Behind the backslash. */
  #escaped(): Matches {
    const character = this.#next()
    const known = classes[character]
    if (known) return known
    const control = controls[character]
    if (control !== undefined) return only(control)
    if (character === 'x') return only(this.#hexadecimal())
    if (/[\p{L}\p{N}]/u.test(character)) throw new PatternSyntaxError(`'\\${character}' is not supported`)
    return only(character)
  }

  #hexadecimal(): string {
    const found = /^(?:([0-9a-fA-F]{2})|\{([0-9a-fA-F]{1,6})\})/.exec(
      this.#characters.slice(this.#at, this.#at + 8).join(''),
    )
    const codePoint = Number.parseInt(found?.[1] ?? found?.[2] ?? '', 16)
    if (!found || codePoint > 0x10ffff) throw new PatternSyntaxError("no code of a character after '\\x'")
    this.#at += found[0].length
    return String.fromCodePoint(codePoint)
  }

  #bracket(): Matches {
    const isNegated = this.#takes('^')
    const members: Matches[] = []
    // A bracket that comes first stands for itself.
    for (let first = true; first || this.#peek !== ']'; first = false) members.push(this.#member())
    this.#next()
    const matches: Matches = c => members.some(member => member(c))
    return isNegated ? not(matches) : matches
  }

  #member(): Matches {
    const first = this.#next()
    if (first === '[' && this.#peek === ':') throw new PatternSyntaxError("classes like '[:alpha:]' are not supported")
    const matches = first === '\\' ? this.#escaped() : only(first)
    const isRange = this.#peek === '-' && this.#characters[this.#at + 1] !== ']'
    if (!isRange) return matches
    this.#at++
    const last = this.#next()
    const from = first === '\\' ? Number.NaN : codeOf(first)
    const to = last === '\\' ? Number.NaN : codeOf(last)
    if (!(from <= to)) throw new PatternSyntaxError(`'${first}-${last}' is not a range`)
    return c => c >= from && c <= to
  }

  get #peek(): string | undefined {
    return this.#characters[this.#at]
  }

  #takes(character: string): boolean {
    if (this.#peek !== character) return false
    this.#at++
    return true
  }

  #next(): string {
    const character = this.#characters[this.#at++]
    if (character === undefined) throw new PatternSyntaxError('the pattern ends too early')
    return character
  }
}

function codeOf(character: string): number {
  return character.codePointAt(0) ?? 0
}

function only(character: string): Matches {
  const code = codeOf(character)
  return c => c === code
}

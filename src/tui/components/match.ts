import { linearPattern } from '../../base/linear-pattern.ts'
import { PatternSyntaxError } from '../../base/pattern-syntax.ts'

/** What a filter line means, and whether it could be read. */
export interface NameFilter {
  readonly matches: (name: string) => boolean
  /** Why it is not taken as a pattern. */
  readonly error?: string
}

/**
 * Reads a filter as k9s has them: a part of the name, or a regular expression (RE2's syntax) where it has characters of one;
 * `!text` for what does not match, `-f text` for the letters in that order with anything between. Small letters match
 * capitals, too.
 */
export function nameFilter(text: string): NameFilter {
  if (text.startsWith('!')) {
    if (text.length === 1) return { matches: () => true }
    const { matches, error } = nameFilter(text.slice(1))
    return { matches: name => !matches(name), ...(error ? { error } : {}) }
  }
  const fuzzy = /^-f\s*(.*)$/.exec(text)?.[1]
  if (fuzzy !== undefined) return { matches: inCase(fuzzy, hasLettersInOrder) }
  if (!/[\\^$*+?()[\]|{}]/.test(text)) return { matches: inCase(text, (name, part) => name.includes(part)) }
  try {
    const pattern = linearPattern(`(.|\\n)*(${text})(.|\\n)*`)
    return { matches: inCase(text, name => pattern(name)) }
  } catch (error) {
    if (!(error instanceof PatternSyntaxError)) throw error
    return { matches: inCase(text, (name, part) => name.includes(part)), error: error.message }
  }
}

function inCase(text: string, judge: (name: string, text: string) => boolean): (name: string) => boolean {
  const isExact = text !== text.toLowerCase()
  return name => judge(isExact ? name : name.toLowerCase(), text)
}

function hasLettersInOrder(name: string, letters: string): boolean {
  let at = 0
  for (const letter of letters) {
    if (letter === ' ') continue
    at = name.indexOf(letter, at) + 1
    if (at === 0) return false
  }
  return true
}

import { OperatorError } from '../../base/errors.ts'
import type { OptionSpec } from '../command.ts'

export const regexOption: OptionSpec = {
  flags: '-r, --regex',
  help: 'the names are regular expressions; one must match the whole name',
}

/**
 * The names that any of the patterns matches as a whole, in their order: a pattern that meant a part of a name has
 * deleted too much before. Throws `OperatorError` for a pattern that cannot be read.
 */
export function matchingNames(names: readonly string[], patterns: readonly string[]): readonly string[] {
  const expressions = patterns.map(readPattern)
  return names.filter(name => expressions.some(expression => expression.test(name)))
}

function readPattern(pattern: string): RegExp {
  try {
    return new RegExp(`^(?:${pattern})$`, 'u')
  } catch (error) {
    const reason = (error as Error).message.replace(/^Invalid regular expression: /, '')
    throw new OperatorError(`'${pattern}' is no regular expression: ${reason}`, {
      hint: "quote it for the shell, and write 'web-.*' where a shell would say web-*",
      cause: error,
    })
  }
}

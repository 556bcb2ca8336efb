import { defineCommand } from '../command.ts'
import { lookUp } from '../completion/lookup.ts'
import { profileCandidates } from '../completion/profiles.ts'
import type { Directive } from '../completion/scripts.ts'
import { type Candidate, type Completion, readWords } from '../completion/words.ts'

/** Asked by shells: the words of a command line so far in, what may come next out. */
export const completeCommand = defineCommand<object, [words: readonly string[]]>({
  name: 'complete',
  summary: 'answer the completion of a shell',
  description: 'The first line says what the shell shall do; below it, a word a line, with a tab before what it is.',
  hidden: true,
  arguments: [{ name: '[words...]', help: 'behind the name of the program; the last one is to be completed' }],
  examples: [{ command: 'streamctl complete -- topic d', does: 'as a shell asks' }],
  run: async (context, _options, words) => {
    const completion = readWords(words, [...context.commands, helpWords])
    const candidates = await candidatesOf(context, completion)
    const matching = candidates.filter(({ word }) => word.startsWith(completion.current))
    const directive = directiveOf(completion)
    context.output.line(directive)
    for (const { word, about = '' } of matching) {
      const shown = `${completion.prefix}${word}${directive === 'nospace' ? '=' : ''}`
      // A word that a shell cannot be told in one line is none.
      if (!/[\t\n\r]/.test(word)) context.output.line(`${shown}\t${about.replaceAll(/\s+/g, ' ')}`)
    }
    return undefined
  },
})

const helpWords = { name: 'help', summary: 'show help for a command' } as const

async function candidatesOf(
  context: Parameters<typeof lookUp>[0],
  completion: Completion,
): Promise<readonly Candidate[]> {
  switch (completion.completes) {
    case undefined:
      return completion.candidates
    case 'files':
    case 'directories':
      return []
    case 'profiles':
      return profileCandidates(context)
    default:
      return lookUp(context, completion)
  }
}

/** Settings are completed up to the equals sign where a value follows. */
function directiveOf({ completes, command }: Completion): Directive {
  if (completes === 'files' || completes === 'directories') return completes
  const isSet = completes === 'topic settings' || (completes === 'owner settings' && command?.name === 'set')
  return isSet ? 'nospace' : 'words'
}

import type { CommandContext } from '../command.ts'
import { KcatError } from './kcat-error.ts'
import type { KcatOptions } from './kcat-options.ts'

/** What kcat says on stderr: lines that begin with a percent sign, from a verbosity on. */
export interface KcatVoice {
  readonly info: (verbosity: number, text: string) => void
  /** An error that is only told, or that ends the program: without `-E`. Throws `KcatError` then. */
  readonly error: (text: string) => void
}

export function kcatVoice({ output }: CommandContext, { verbosity, exitOnError }: KcatOptions): KcatVoice {
  return {
    info: (level, text) => {
      if (verbosity >= level) output.note(`% ${text}`)
    },
    error: text => {
      if (exitOnError) throw new KcatError('fatal', `${text}: terminating`)
      output.note(`% ERROR: ${text}`)
    },
  }
}

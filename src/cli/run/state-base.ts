import path from 'node:path'
import { OperatorError } from '../../base/errors.ts'
import type { ProgramIo } from '../command.ts'

/** Where the state of scripts is kept, as an absolute path: `--state`, else where state belongs by the XDG rules. */
export function stateBase(state: string | undefined, variables: ProgramIo['variables']): string {
  if (state !== undefined) return path.resolve(state)
  if (variables.XDG_STATE_HOME) return path.join(variables.XDG_STATE_HOME, 'streamctl')
  if (variables.HOME) return path.join(variables.HOME, '.local', 'state', 'streamctl')
  throw new OperatorError('there is no home directory to keep the state in', { hint: 'name a directory with --state' })
}

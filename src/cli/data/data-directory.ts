import path from 'node:path'
import { OperatorError } from '../../base/errors.ts'
import type { OptionSpec, ProgramIo } from '../command.ts'

/** For commands that work on a data directory. */
export const dataOption: OptionSpec = {
  flags: '--data <directory>',
  help: 'the data directory (default: ~/.local/share/streamctl)',
}

/** The data directory that is meant, as an absolute path: by default where `serve` keeps its data. */
export function dataDirectory(data: string | undefined, variables: ProgramIo['variables']): string {
  if (data !== undefined) return path.resolve(data)
  if (variables.XDG_DATA_HOME) return path.join(variables.XDG_DATA_HOME, 'streamctl')
  if (variables.HOME) return path.join(variables.HOME, '.local', 'share', 'streamctl')
  throw new OperatorError('there is no home directory to keep the data in', { hint: 'name a directory with --data' })
}

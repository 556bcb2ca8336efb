import { OperatorError } from '../../base/errors.ts'
import type { ProgramIo } from '../command.ts'
import type { Output } from '../output.ts'
import { ProfileStore } from './profile-store.ts'

/** Puts a profile in use, and says what overrules it. `none` is no profile, unless there is one of that name. */
export function chooseProfile(io: ProgramIo, output: Output, name: string): void {
  const store = new ProfileStore(io.variables)
  const exists = store.text(name) !== undefined
  if (!exists && name !== 'none') throw store.unknown(name)
  store.use(exists ? name : undefined)
  output.note(exists ? `profile '${name}' is in use` : 'no profile is in use')
  const variable = ['STREAMCTL_PROFILE', 'STREAMCTL_BROKERS'].find(other => io.variables[other])
  if (exists && variable) output.note(`${variable} is set and counts before it`)
}

/** Puts the profile in use that was before, as `cd -` does with directories. */
export function choosePrevious(io: ProgramIo, output: Output): void {
  const { previous } = new ProfileStore(io.variables).state()
  if (!previous) throw new OperatorError('there was no other profile before', { hint: 'streamctl profile list' })
  chooseProfile(io, output, previous)
}

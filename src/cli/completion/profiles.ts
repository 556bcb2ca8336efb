import type { CommandContext } from '../command.ts'
import { ProfileStore } from '../profile/profile-store.ts'
import type { Candidate } from './words.ts'

/** The user's profiles. */
export function profileCandidates({ io }: CommandContext): readonly Candidate[] {
  return new ProfileStore(io.variables).names().map(word => ({ word }))
}

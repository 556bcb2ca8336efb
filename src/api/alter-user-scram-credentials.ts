import type { RequestOf } from '../protocol/codec.ts'
import { ErrorCode, KafkaError } from '../protocol/errors.ts'
import { alterUserScramCredentialsApi } from '../protocol/messages/alter-user-scram-credentials.ts'
import { handler, settle } from './handle.ts'

// AlterUserScramCredentials v0. Nobody logs in here, so no credential is kept: one would look like a protection. What
// Kafka would refuse too is refused with its code, in its order; the rest with UNSUPPORTED_SASL_MECHANISM.

type Request = RequestOf<typeof alterUserScramCredentialsApi>

/** SCRAM-SHA-256 and SCRAM-SHA-512. */
const mechanisms: readonly number[] = [1, 2]
const iterationsMin = 4096
const iterationsMax = 16_384

export const alterUserScramCredentials = handler(alterUserScramCredentialsApi, {
  handle: request => ({
    throttleTimeMs: 0,
    results: usersOf(request).map(user => ({
      user,
      ...settle(() => {
        throw refusalOf(user, request)
      }),
    })),
  }),
  refuse: (request, failure) => ({
    throttleTimeMs: 0,
    results: usersOf(request).map(user => ({ user, ...failure })),
  }),
})

function usersOf({ deletions, upsertions }: Request): readonly string[] {
  return [...new Set([...deletions, ...upsertions].map(({ name }) => name))]
}

/** A user has one answer, however many credentials are altered: that of the first that is at fault, deletions first. */
function refusalOf(user: string, { deletions, upsertions }: Request): KafkaError {
  if (user === '') return new KafkaError(ErrorCode.unacceptableCredential, 'the user has no name')
  const [deleted] = deletions.filter(({ name }) => name === user)
  if (deleted) {
    if (!mechanisms.includes(deleted.mechanism)) return unknownMechanism()
    return new KafkaError(ErrorCode.resourceNotFound, `the user '${user}' has no credentials`)
  }
  const seen = new Set<number>()
  for (const { mechanism, iterations } of upsertions.filter(({ name }) => name === user)) {
    if (seen.has(mechanism)) return new KafkaError(ErrorCode.duplicateResource, 'a credential is altered twice')
    seen.add(mechanism)
    if (!mechanisms.includes(mechanism)) return unknownMechanism()
    if (iterations < iterationsMin || iterations > iterationsMax)
      return new KafkaError(
        ErrorCode.unacceptableCredential,
        `iterations are from ${iterationsMin} to ${iterationsMax}`,
      )
  }
  return new KafkaError(ErrorCode.unsupportedSaslMechanism, 'this node keeps no credentials: nobody logs in to it')
}

function unknownMechanism(): KafkaError {
  return new KafkaError(ErrorCode.unsupportedSaslMechanism, 'the SCRAM mechanism is unknown')
}

import type { RequestOf } from '../protocol/codec.ts'
import { ErrorCode, KafkaError } from '../protocol/errors.ts'
import { alterUserScramCredentialsApi } from '../protocol/messages/alter-user-scram-credentials.ts'
import { handler, settle } from './handle.ts'
import { repeated } from './repeated.ts'

// AlterUserScramCredentials v0. Nobody logs in here, so no credential is kept: one would look like a protection. What
// Kafka would refuse too is refused with its code, in its order; the rest with UNSUPPORTED_SASL_MECHANISM.

type Request = RequestOf<typeof alterUserScramCredentialsApi>

/** SCRAM-SHA-256 and SCRAM-SHA-512. */
const mechanisms: readonly number[] = [1, 2]
const iterationsMin = 4096
const iterationsMax = 16_384

export const alterUserScramCredentials = handler(alterUserScramCredentialsApi, {
  handle(request) {
    const all = [...request.deletions, ...request.upsertions]
    const twice = repeated(all.map(({ name, mechanism }) => `${mechanism}:${name}`))
    const results = usersOf(request).map(user => ({
      user,
      ...settle(() => {
        if (all.some(({ name, mechanism }) => name === user && twice.has(`${mechanism}:${name}`)))
          throw new KafkaError(ErrorCode.duplicateResource, 'a credential is altered twice')
        throw refusalOf(user, request)
      }),
    }))
    return { throttleTimeMs: 0, results }
  },
  refuse: (request, failure) => ({
    throttleTimeMs: 0,
    results: usersOf(request).map(user => ({ user, ...failure })),
  }),
})

function usersOf({ deletions, upsertions }: Request): readonly string[] {
  return [...new Set([...deletions, ...upsertions].map(({ name }) => name))]
}

/** A user has one answer, however many credentials are altered: that of the first that is at fault. */
function refusalOf(user: string, { deletions, upsertions }: Request): KafkaError {
  if (user === '') return new KafkaError(ErrorCode.unacceptableCredential, 'the user has no name')
  const deleted = deletions.filter(({ name }) => name === user)
  const set = upsertions.filter(({ name }) => name === user)
  if ([...deleted, ...set].some(({ mechanism }) => !mechanisms.includes(mechanism)))
    return new KafkaError(ErrorCode.unsupportedSaslMechanism, 'the SCRAM mechanism is unknown')
  if (set.some(({ iterations }) => iterations < iterationsMin || iterations > iterationsMax))
    return new KafkaError(ErrorCode.unacceptableCredential, `iterations are from ${iterationsMin} to ${iterationsMax}`)
  if (deleted.length > 0) return new KafkaError(ErrorCode.resourceNotFound, `the user '${user}' has no credentials`)
  return new KafkaError(ErrorCode.unsupportedSaslMechanism, 'this node keeps no credentials: nobody logs in to it')
}

import { ErrorCode, KafkaError } from '../protocol/errors.ts'
import { describeUserScramCredentialsApi } from '../protocol/messages/describe-user-scram-credentials.ts'
import { handler, settle } from './handle.ts'
import { repeated } from './repeated.ts'

// DescribeUserScramCredentials v0. This node has no passwords yet, so it has them for nobody. It is served because
// `kafka-configs --entity-type users` asks for quotas and for credentials together.

export const describeUserScramCredentials = handler(describeUserScramCredentialsApi, {
  handle({ users }) {
    const names = (users ?? []).map(({ name }) => name)
    const duplicates = repeated(names)
    const results = [...new Set(names)].map(user => ({
      user,
      credentialInfos: [],
      ...settle(() => {
        throw duplicates.has(user)
          ? new KafkaError(ErrorCode.duplicateResource, `the user '${user}' is named twice`)
          : new KafkaError(ErrorCode.resourceNotFound, `the user '${user}' has no credentials`)
      }),
    }))
    return { throttleTimeMs: 0, errorCode: ErrorCode.none, errorMessage: null, results }
  },
  refuse: (_request, failure) => ({ throttleTimeMs: 0, ...failure, results: [] }),
})

import { ErrorCode } from '../protocol/errors.ts'
import type { Failure } from './handle.ts'

/** The answer of a node without ACLs to who asks for them. */
export const noAuthorizer: Failure = {
  errorCode: ErrorCode.securityDisabled,
  errorMessage: 'this node has no ACLs: everybody who can connect may do everything',
}

/** Kafka's answer to who asks for a delegation token without being authenticated, which nobody is here. */
export const noTokens = { errorCode: ErrorCode.delegationTokenRequestNotAllowed } as const

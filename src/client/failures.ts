import { ExitCode, OperatorError } from '../base/errors.ts'
import { ErrorCode, errorName, errorPhrase } from '../protocol/errors.ts'
import { addressText, type BrokerAddress } from './address.ts'

/** A connection that broke, or an answer that did not come in time. Asking again may help; if nobody does: exit code 4. */
export class ConnectionLostError extends OperatorError {
  readonly address: BrokerAddress
  readonly reason: string
  /** The broker was there, so that it may be worth the time to ask again at once. */
  readonly wasOpen: boolean
  /** Something was there, but it has said hardly anything: it may speak another protocol. */
  readonly isNew: boolean

  constructor(
    address: BrokerAddress,
    reason: string,
    options: { cause?: unknown; wasOpen?: boolean; isNew?: boolean; hint?: string } = {},
  ) {
    super(`${addressText(address)}: ${reason}`, {
      hint: options.hint,
      exitCode: ExitCode.unreachable,
      cause: options.cause,
    })
    this.name = 'ConnectionLostError'
    this.reason = reason
    this.wasOpen = options.wasOpen ?? false
    this.isNew = options.isNew ?? false
    this.address = address
  }
}

/** Broker and client do not come together by TLS or SASL: to try again does not help. Exit code 3 unless it says another. */
export class SecurityError extends OperatorError {
  constructor(message: string, options: { hint?: string; exitCode?: number; cause?: unknown } = {}) {
    super(message, { ...options, exitCode: options.exitCode ?? ExitCode.unauthorized })
    this.name = 'SecurityError'
  }
}

/** No broker could be reached, or none answered in time: exit code 4. */
export class UnreachableError extends OperatorError {
  constructor(addresses: readonly BrokerAddress[], reason: string, options: { hint?: string; cause?: unknown } = {}) {
    super(`no broker answers at ${addresses.map(addressText).join(', ')}: ${reason}`, {
      hint:
        options.hint ?? 'is the node running there? start one with: streamctl serve; choose another with -b host:port',
      exitCode: ExitCode.unreachable,
      cause: options.cause,
    })
    this.name = 'UnreachableError'
  }
}

/** A broker answered with an error code: what was asked, and what it said. Exit code 1, or 3 where it forbids. */
export class RequestError extends OperatorError {
  readonly code: number

  constructor(code: number, what: string, detail?: string | null) {
    super(`${what}: ${detail || errorPhrase(code)} (${errorName(code)})`, {
      hint: hints.get(code),
      exitCode: exitCodeOf(code),
    })
    this.name = 'RequestError'
    this.code = code
  }
}

/** Throws a `RequestError` unless `code` is 0. `what` says what was wanted of which thing: `topic 'web'`. */
export function checkCode(code: number, what: string, detail?: string | null): void {
  if (code !== ErrorCode.none) throw new RequestError(code, what, detail)
}

/** Errors that pass: a leader that moves, a coordinator that loads, a topic that is being created. */
export function isRetriable(code: number): boolean {
  return retriableCodes.has(code)
}

/** Retriable errors after which the cluster's metadata is to be asked for again. */
export function isStaleMetadata(code: number): boolean {
  return staleMetadataCodes.has(code)
}

const staleMetadataCodes: ReadonlySet<number> = new Set([
  ErrorCode.unknownTopicOrPartition,
  ErrorCode.leaderNotAvailable,
  ErrorCode.notLeaderOrFollower,
  ErrorCode.replicaNotAvailable,
  ErrorCode.fencedLeaderEpoch,
  ErrorCode.unknownLeaderEpoch,
  ErrorCode.kafkaStorageError,
  ErrorCode.listenerNotFound,
  ErrorCode.unknownTopicId,
  ErrorCode.inconsistentTopicId,
  ErrorCode.offsetNotAvailable,
])

const retriableCodes: ReadonlySet<number> = new Set([
  ...staleMetadataCodes,
  ErrorCode.requestTimedOut,
  ErrorCode.networkException,
  ErrorCode.coordinatorLoadInProgress,
  ErrorCode.coordinatorNotAvailable,
  ErrorCode.notCoordinator,
  ErrorCode.notEnoughReplicas,
  ErrorCode.notEnoughReplicasAfterAppend,
  ErrorCode.notController,
  ErrorCode.concurrentTransactions,
  ErrorCode.throttlingQuotaExceeded,
])

const forbiddenCodes: ReadonlySet<number> = new Set([
  ErrorCode.topicAuthorizationFailed,
  ErrorCode.groupAuthorizationFailed,
  ErrorCode.clusterAuthorizationFailed,
  ErrorCode.transactionalIdAuthorizationFailed,
  ErrorCode.saslAuthenticationFailed,
])

const hints: ReadonlyMap<number, string> = new Map<number, string>([
  [
    ErrorCode.unknownTopicOrPartition,
    'streamctl topic list shows what is there; streamctl topic create NAME makes one',
  ],
  [ErrorCode.invalidTopicException, "up to 249 ASCII letters, digits, '.', '_' and '-'"],
  [ErrorCode.topicAlreadyExists, 'streamctl topic alter changes it; topic create --if-not-exists is content with it'],
  [ErrorCode.nonEmptyGroup, 'stop its members first; streamctl group describe GROUP shows them'],
  [ErrorCode.groupIdNotFound, 'streamctl group list shows what is there'],
  [ErrorCode.transactionalIdNotFound, 'streamctl txn list shows what is there'],
  [ErrorCode.messageTooLarge, "raise the topic's max.message.bytes: streamctl topic alter NAME -c max.message.bytes=…"],
  [ErrorCode.invalidReplicationFactor, 'ask for no more replicas than there are brokers'],
])

function exitCodeOf(code: number): number {
  if (forbiddenCodes.has(code)) return ExitCode.unauthorized
  return code === ErrorCode.requestTimedOut ? ExitCode.unreachable : ExitCode.failure
}

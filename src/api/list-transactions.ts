import { linearPattern } from '../base/linear-pattern.ts'
import { PatternSyntaxError } from '../base/pattern-syntax.ts'
import type { RequestOf } from '../protocol/codec.ts'
import { ErrorCode, KafkaError } from '../protocol/errors.ts'
import { listTransactionsApi } from '../protocol/messages/list-transactions.ts'
import type { TransactionEntry } from '../transaction/transaction-entry.ts'
import { handler } from './handle.ts'

// ListTransactions v0-2 (KIP-664, KIP-994, KIP-1152).

type ListTransactionsRequest = RequestOf<typeof listTransactionsApi>

/** Kafka's states. Some of them no transaction is ever in here, and a filter for one matches nothing. */
const states = new Set([
  'Empty',
  'Ongoing',
  'PrepareCommit',
  'PrepareAbort',
  'CompleteCommit',
  'CompleteAbort',
  'Dead',
  'PrepareEpochFence',
])

export const listTransactions = handler(listTransactionsApi, {
  handle(request, _call, services) {
    const passes = filterOf(request, services.env.clock.now())
    return {
      throttleTimeMs: 0,
      errorCode: ErrorCode.none,
      unknownStateFilters: request.stateFilters.filter(state => !states.has(state)),
      transactionStates: Array.from(services.transactions.all())
        .filter(passes)
        .map(({ transactionalId, transaction }) => ({
          transactionalId,
          producerId: transaction.producerId,
          transactionState: transaction.state,
        })),
    }
  },
  refuse: (_request, { errorCode }) => ({
    throttleTimeMs: 0,
    errorCode,
    unknownStateFilters: [],
    transactionStates: [],
  }),
})

function filterOf(request: ListTransactionsRequest, nowMs: number): (entry: TransactionEntry) => boolean {
  const { stateFilters, producerIdFilters, durationFilter } = request
  const known = new Set(stateFilters.filter(state => states.has(state)))
  const producerIds = new Set(producerIdFilters)
  const matches = patternOf(request.transactionalIdPattern)
  return ({ transactionalId, transaction }) =>
    (producerIds.size === 0 || producerIds.has(transaction.producerId)) &&
    (stateFilters.length === 0 || known.has(transaction.state)) &&
    (durationFilter < 0 || nowMs - transaction.startMs > durationFilter) &&
    matches(transactionalId)
}

/** The whole id has to match. */
function patternOf(pattern: string | null): (transactionalId: string) => boolean {
  if (pattern === null || pattern === '') return () => true
  try {
    return linearPattern(pattern)
  } catch (error) {
    if (!(error instanceof PatternSyntaxError)) throw error
    const reason = `'${pattern}' is not a regular expression: ${error.message}`
    throw new KafkaError(ErrorCode.invalidRegularExpression, reason, { cause: error })
  }
}

import type { ResponseOf } from '../../src/protocol/codec.ts'
import { ErrorCode } from '../../src/protocol/errors.ts'
import type { offsetCommitApi } from '../../src/protocol/messages/offset-commit.ts'
import { batchesIn } from '../../src/protocol/records/batch.ts'
import type { RecoveredPartition, RecoveredState } from '../../src/storage/recovered-state.ts'
import type { Write } from '../../src/storage/write-queue.ts'
import type { Dice } from './dice.ts'

/**
 * A canary: a fault of the node that the checks must find, or else they prove nothing. All of them are done to the node
 * from outside, at the disk or at the wire, so that no code of the node knows of them.
 */
export interface Fault {
  /** Commits are reported when they are sent off. */
  readonly acknowledgesEarly?: boolean
  /** What reaches the database of a commit. */
  readonly written?: (writes: readonly Write[]) => readonly Write[]
  /** What a restart finds. */
  readonly recovered?: (state: RecoveredState) => RecoveredState
  /** Changes an answer, in place. */
  readonly answered?: (apiName: string, response: unknown) => void
}

interface Canary {
  readonly doc: string
  readonly make: (dice: Dice) => Fault
}

export const canaries: Readonly<Record<string, Canary>> = {
  'early-acknowledgements': {
    doc: 'commits are reported before they are made',
    make: () => ({ acknowledgesEarly: true }),
  },
  'lost-batch': {
    doc: 'one batch in a hundred is not written',
    make: dice => ({ written: writes => writes.filter(write => 'kind' in write || !dice.percent(1)) }),
  },
  'lost-offsets': {
    doc: 'one commit of offsets in ten is not written',
    make: dice => ({
      written: writes => writes.filter(write => !('kind' in write && write.kind === 'saveOffsets' && dice.percent(10))),
    }),
  },
  'forgotten-producers': {
    doc: 'a restart forgets the sequences of idempotent producers',
    make: () => ({ recovered: state => withPartitions(state, { producers: undefined }) }),
  },
  'strangers-commit': {
    doc: 'commits of those who are no members any more are accepted',
    make: () => ({
      answered: (apiName, response) => {
        if (apiName === 'OffsetCommit') acceptStrangers(response as MutableCommitResponse)
      },
    }),
  },
  'unnamed-aborts': {
    doc: 'fetches do not tell which transactions were aborted',
    make: () => ({
      answered: (apiName, response) => {
        if (apiName === 'Fetch') forgetAborted(response as MutableFetchResponse)
      },
    }),
  },
  'forgotten-aborts': {
    doc: 'a restart forgets which transactions were aborted',
    make: () => ({ recovered: state => withPartitions(state, { aborted: [] }) }),
  },
  'half-commits': {
    doc: 'one commit of a transaction in three lacks its offsets',
    make: dice => ({
      written: writes => (endsTransaction(writes) && dice.percent(33) ? writes.filter(isNoOffset) : writes),
    }),
  },
  'open-transactions-shown': {
    doc: 'offsets are committed while their transaction is open',
    make: () => ({
      written: writes => writes.flatMap((write): Write[] => [write, ...committedAtOnce(write)]),
    }),
  },
  'greedy-compaction': {
    doc: 'compaction takes a batch too many',
    make: () => ({ written: writes => writes.map(withoutLastBatch) }),
  },
}

function withoutLastBatch(write: Write): Write {
  if (!('kind' in write) || write.kind !== 'replaceRows') return write
  const rows = write.rows.map(row => {
    const data = Buffer.from(row.data)
    const last = [...batchesIn(data)].at(-1) ?? 0
    return last === 0 ? row : { ...row, data: data.subarray(0, last) }
  })
  return { ...write, rows }
}

function withPartitions(state: RecoveredState, change: Partial<RecoveredPartition>): RecoveredState {
  const topics = state.topics.map(topic => ({
    ...topic,
    partitions: topic.partitions.map(partition => ({ ...partition, ...change })),
  }))
  return { ...state, topics }
}

const isNoOffset = (write: Write): boolean => !('kind' in write && write.kind === 'saveOffsets')

function endsTransaction(writes: readonly Write[]): boolean {
  return writes.some(write => 'kind' in write && write.kind === 'deletePendingOffsets')
}

function committedAtOnce(write: Write): Write[] {
  if (!('kind' in write) || write.kind !== 'savePendingOffsets') return []
  return [{ kind: 'saveOffsets', groupId: write.groupId, offsets: write.offsets }]
}

type MutableFetchResponse = { responses: { partitions: { abortedTransactions: unknown }[] }[] }

function forgetAborted(response: MutableFetchResponse): void {
  for (const { partitions } of response.responses) for (const fetched of partitions) fetched.abortedTransactions = []
}

type MutableCommitResponse = {
  topics: { partitions: { -readonly [Field in keyof CommitResult]: CommitResult[Field] }[] }[]
}
type CommitResult = ResponseOf<typeof offsetCommitApi>['topics'][number]['partitions'][number]

function acceptStrangers(response: MutableCommitResponse): void {
  for (const { partitions } of response.topics) {
    for (const result of partitions) {
      if (result.errorCode === ErrorCode.illegalGeneration || result.errorCode === ErrorCode.unknownMemberId)
        result.errorCode = ErrorCode.none
    }
  }
}

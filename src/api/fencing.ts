import { ErrorCode } from '../protocol/errors.ts'

/** KIP-588: clients that do not know PRODUCER_FENCED get INVALID_PRODUCER_EPOCH, as before it. */
export function fencedAs(errorCode: number, knowsFenced: boolean): number {
  return errorCode === ErrorCode.producerFenced && !knowsFenced ? ErrorCode.invalidProducerEpoch : errorCode
}

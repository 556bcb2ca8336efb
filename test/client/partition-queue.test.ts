import { expect, test } from 'vitest'
import { type OutgoingBatch, PartitionQueue } from '../../src/client/partition-queue.ts'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { readBatchHeader } from '../../src/protocol/records/batch.ts'
import { checkBatch } from '../../src/protocol/records/check.ts'
import { recordsIn } from '../../src/protocol/records/record.ts'

const identity = { producerId: 7, producerEpoch: 0 }
const atOnce = { notBeforeMs: 0 }

function queueWith(batches: readonly (readonly string[])[], { transactional = false } = {}): PartitionQueue {
  const queue = new PartitionQueue({ topic: 't', partition: 0, batchBytesMax: 10_000, idempotent: true, transactional })
  queue.assumeIdentity(identity)
  for (const values of batches) {
    for (const value of values) queue.builder.append(1, null, Buffer.from(value))
    queue.seal('none', 0)
  }
  return queue
}

/** Sends whatever may go, and answers what was sent. */
function send(queue: PartitionQueue): OutgoingBatch[] {
  const sent: OutgoingBatch[] = []
  while (queue.canSend(0)) sent.push(queue.take())
  return sent
}

const valuesOf = (batch: OutgoingBatch): string[] => [...recordsIn(batch.bytes)].map(({ value }) => String(value))

test('batches carry the identity and count their records in the sequence', () => {
  const queue = queueWith([['a', 'b'], ['c'], ['d']])
  const [first] = send(queue)
  expect(queue.settle(first!, ErrorCode.none, atOnce)).toBe('delivered')
  const headers = [first!, ...send(queue)].map(({ bytes }) => readBatchHeader(bytes))
  expect(headers.map(({ producerId }) => producerId)).toEqual([7, 7, 7])
  expect(headers.map(({ baseSequence }) => baseSequence)).toEqual([0, 2, 3])
})

test('the first batch goes alone, then five may be in flight', () => {
  const queue = queueWith([['a'], ['b'], ['c'], ['d'], ['e'], ['f'], ['g']])
  const [first, ...more] = send(queue)
  expect(more).toEqual([])
  queue.settle(first!, ErrorCode.none, atOnce)
  expect(send(queue)).toHaveLength(5)
})

test('after a passing error nothing goes out until all in flight are back, then all in the old order and numbers', () => {
  const queue = queueWith([['a'], ['b'], ['c'], ['d'], ['e']])
  queue.settle(send(queue)[0]!, ErrorCode.none, atOnce)
  const [b, c, d, e] = send(queue)
  expect(queue.settle(c!, ErrorCode.notLeaderOrFollower, atOnce)).toBe('again')
  expect(queue.settle(b!, ErrorCode.none, atOnce)).toBe('delivered')
  expect(queue.canSend(0)).toBe(false)
  expect(queue.settle(e!, ErrorCode.outOfOrderSequenceNumber, atOnce)).toBe('again')
  expect(queue.settle(d!, ErrorCode.outOfOrderSequenceNumber, atOnce)).toBe('again')
  const again = send(queue)
  expect(again.flatMap(valuesOf)).toEqual(['c', 'd', 'e'])
  expect(again.map(({ sequence }) => sequence)).toEqual([2, 3, 4])
  expect(queue.needsIdentity).toBe(false)
})

test('a duplicate is a delivery', () => {
  const queue = queueWith([['a']])
  expect(queue.settle(send(queue)[0]!, ErrorCode.duplicateSequenceNumber, atOnce)).toBe('delivered')
  expect(queue.isWaiting).toBe(false)
})

test('nothing is sent again before its time', () => {
  const queue = queueWith([['a']])
  queue.settle(send(queue)[0]!, ErrorCode.networkException, { notBeforeMs: 100 })
  expect(queue.canSend(99)).toBe(false)
  expect(queue.canSend(100)).toBe(true)
})

test('a refused batch fails alone: those behind it get new numbers under a new identity', () => {
  const queue = queueWith([['a'], ['b'], ['c']])
  queue.settle(send(queue)[0]!, ErrorCode.none, atOnce)
  const [b, c] = send(queue)
  expect(queue.settle(b!, ErrorCode.invalidRecord, atOnce)).toBe('failed')
  expect(queue.settle(c!, ErrorCode.outOfOrderSequenceNumber, atOnce)).toBe('again')
  expect(queue.needsIdentity).toBe(true)
  queue.assumeIdentity({ producerId: 8, producerEpoch: 0 })
  const [again] = send(queue)
  expect(valuesOf(again!)).toEqual(['c'])
  expect(readBatchHeader(again!.bytes)).toMatchObject({ producerId: 8, baseSequence: 0 })
  checkBatch(again!.bytes)
})

test('the first in line that is out of sequence gets a new identity', () => {
  const queue = queueWith([['a']])
  queue.settle(send(queue)[0]!, ErrorCode.unknownProducerId, atOnce)
  expect(queue.needsIdentity).toBe(true)
  expect(queue.canSend(0)).toBe(false)
})

test('a batch that is too large for the topic goes again in halves, in order', () => {
  const queue = queueWith([['a', 'b', 'c'], ['d']])
  expect(queue.settle(send(queue)[0]!, ErrorCode.messageTooLarge, atOnce)).toBe('again')
  const [first] = send(queue)
  queue.settle(first!, ErrorCode.none, atOnce)
  const sent = [first!, ...send(queue)]
  expect(sent.map(valuesOf)).toEqual([['a', 'b'], ['c'], ['d']])
  expect(sent.map(({ bytes }) => readBatchHeader(bytes).baseSequence)).toEqual([0, 2, 3])
  for (const { bytes } of sent) checkBatch(bytes)
})

test('a record that is too large alone fails', () => {
  const queue = queueWith([['a']])
  expect(queue.settle(send(queue)[0]!, ErrorCode.messageTooLarge, atOnce)).toBe('failed')
})

test('who gives up an identity takes its next epoch, until there is none (KIP-360)', () => {
  const queue = queueWith([['a'], ['b']])
  queue.settle(send(queue)[0]!, ErrorCode.invalidRecord, atOnce)
  expect(queue.nextIdentity).toEqual({ producerId: 7, producerEpoch: 1 })
  queue.assumeIdentity({ producerId: 7, producerEpoch: 0x7fff })
  queue.settle(send(queue)[0]!, ErrorCode.invalidRecord, atOnce)
  expect(queue.nextIdentity).toBeUndefined()
})

// In a transaction nothing is mended: what cannot be told from lost fails, and the transaction is aborted.
test.each<[name: keyof typeof ErrorCode, verdict: string]>([
  ['none', 'delivered'],
  ['duplicateSequenceNumber', 'delivered'],
  ['notLeaderOrFollower', 'again'],
  ['concurrentTransactions', 'again'],
  ['outOfOrderSequenceNumber', 'failed'],
  ['unknownProducerId', 'failed'],
  ['invalidProducerEpoch', 'failed'],
  ['producerFenced', 'failed'],
  ['invalidTxnState', 'failed'],
  ['transactionAbortable', 'failed'],
])('in a transaction, %s means: %s', (name, verdict) => {
  const queue = queueWith([['a']], { transactional: true })
  expect(queue.settle(send(queue)[0]!, ErrorCode[name], atOnce)).toBe(verdict)
  expect(queue.needsIdentity).toBe(false)
})

test('in a transaction, a batch out of sequence behind one that comes again comes again, too', () => {
  const queue = queueWith([['a'], ['b'], ['c']], { transactional: true })
  queue.settle(send(queue)[0]!, ErrorCode.none, atOnce)
  const [b, c] = send(queue)
  expect(queue.settle(b!, ErrorCode.concurrentTransactions, atOnce)).toBe('again')
  expect(queue.settle(c!, ErrorCode.outOfOrderSequenceNumber, atOnce)).toBe('again')
  expect(send(queue).flatMap(valuesOf)).toEqual(['b', 'c'])
})

import { expect, test } from 'vitest'
import { FencedError } from '../../src/client/transaction-coordinator.ts'
import { TransactionalProducer } from '../../src/client/transactional-producer.ts'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { addOffsetsToTxnApi } from '../../src/protocol/messages/add-offsets-to-txn.ts'
import { addPartitionsToTxnApi } from '../../src/protocol/messages/add-partitions-to-txn.ts'
import { apiVersionsApi } from '../../src/protocol/messages/api-versions.ts'
import { endTxnApi } from '../../src/protocol/messages/end-txn.ts'
import { findCoordinatorApi } from '../../src/protocol/messages/find-coordinator.ts'
import { initProducerIdApi } from '../../src/protocol/messages/init-producer-id.ts'
import { metadataApi } from '../../src/protocol/messages/metadata.ts'
import { produceApi } from '../../src/protocol/messages/produce.ts'
import { txnOffsetCommitApi } from '../../src/protocol/messages/txn-offset-commit.ts'
import { readBatchHeader } from '../../src/protocol/records/batch.ts'
import { clusterOf, type FakeBroker, fakeBroker, topicId } from './fake-broker.ts'

const apis = [
  apiVersionsApi,
  addOffsetsToTxnApi,
  addPartitionsToTxnApi,
  endTxnApi,
  findCoordinatorApi,
  initProducerIdApi,
  metadataApi,
  produceApi,
  txnOffsetCommitApi,
]

/** What the broker answers, call by call; nothing left means success. */
interface Script {
  readonly produce?: number[]
  readonly end?: number[]
  readonly initialise?: number[]
}

interface Seen {
  /** `commit 0`, `produce 0/3 v11`: what came, with its epoch. */
  readonly calls: string[]
  readonly broker: FakeBroker
}

/** A broker whose transactions are of this generation: 2 bumps the epoch at each end. */
async function transactionalBroker(generation: 1 | 2, script: Script = {}): Promise<Seen> {
  const calls: string[] = []
  const broker = (await fakeBroker()).withTopic('t', [0])
  let epoch = -1
  broker.on(apiVersionsApi, () => ({
    errorCode: 0,
    apiKeys: apis.map(({ key, versions: [minVersion, maxVersion] }) => ({ apiKey: key, minVersion, maxVersion })),
    finalizedFeatures: [{ name: 'transaction.version', maxVersionLevel: generation, minVersionLevel: 0 }],
  }))
  broker.on(findCoordinatorApi, ({ coordinatorKeys, keyType }) => ({
    errorCode: 0,
    errorMessage: null,
    nodeId: 0,
    ...broker.address,
    coordinators: coordinatorKeys.map(key => {
      if (keyType === 1) calls.push('find')
      return { key, nodeId: 0, ...broker.address, errorCode: 0, errorMessage: null }
    }),
  }))
  broker.on(initProducerIdApi, ({ producerId, producerEpoch }) => {
    calls.push(`init ${producerId}/${producerEpoch}`)
    const errorCode = script.initialise?.shift() ?? 0
    if (errorCode === 0) epoch++
    return { throttleTimeMs: 0, errorCode, producerId: 7, producerEpoch: epoch }
  })
  broker.on(addPartitionsToTxnApi, request => {
    const partitions = request.v3AndBelowTopics.flatMap(topic => topic.partitions)
    calls.push(`add ${partitions.join()}`)
    return {
      throttleTimeMs: 0,
      resultsByTopicV3AndBelow: request.v3AndBelowTopics.map(({ name }) => ({
        name,
        resultsByPartition: partitions.map(partitionIndex => ({ partitionIndex, partitionErrorCode: 0 })),
      })),
    }
  })
  broker.on(addOffsetsToTxnApi, ({ groupId }) => {
    calls.push(`add group ${groupId}`)
    return { throttleTimeMs: 0, errorCode: 0 }
  })
  broker.on(txnOffsetCommitApi, ({ groupId, topics, generationId }, version) => {
    calls.push(`offsets ${groupId} ${generationId} ${version >= 5 ? 'new' : 'old'}`)
    return {
      throttleTimeMs: 0,
      topics: topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode: 0 })),
      })),
    }
  })
  broker.on(produceApi, ({ transactionalId, topicData }, version) => {
    const [{ index, records }] = topicData[0]!.partitionData as [{ index: number; records: Buffer }]
    const { producerEpoch, baseSequence, attributes } = readBatchHeader(records)
    const isTransactional = (attributes & 0x10) !== 0
    calls.push(
      `produce ${transactionalId} ${producerEpoch}/${baseSequence} ${isTransactional} ${version >= 12 ? 'new' : 'old'}`,
    )
    const errorCode = script.produce?.shift() ?? 0
    const answered = { index, errorCode, baseOffset: 0, recordErrors: [], errorMessage: null }
    return { responses: [{ name: 't', topicId, partitionResponses: [answered] }] }
  })
  broker.on(endTxnApi, ({ committed, producerEpoch }) => {
    calls.push(`${committed ? 'commit' : 'abort'} ${producerEpoch}`)
    const errorCode = script.end?.shift() ?? 0
    if (errorCode === 0 && generation === 2) epoch++
    return { throttleTimeMs: 0, errorCode, producerId: generation === 2 ? 7 : -1, producerEpoch: epoch }
  })
  return { calls, broker }
}

async function write(producer: TransactionalProducer, value: string): Promise<void> {
  const writer = await producer.topic('t')
  writer.append(1, null, 0, 0, Buffer.from(value), 0, value.length, [])
}

function producerOf({ broker }: Seen): TransactionalProducer {
  return new TransactionalProducer(clusterOf([broker]), { transactionalId: 'x', lingerMs: 0, deliveryTimeoutMs: 5_000 })
}

async function twoTransactions(seen: Seen): Promise<void> {
  const producer = producerOf(seen)
  for (const value of ['a', 'b']) {
    await producer.begin()
    await write(producer, value)
    await producer.sendOffsets([{ topic: 'in', partition: 0, offset: 5 }], { group: 'g', generation: 3, memberId: 'm' })
    await producer.commit()
  }
  expect(producer.deliveredCount).toBe(2)
}

test('the first generation adds partitions and groups by hand and keeps its epoch', async () => {
  const seen = await transactionalBroker(1)
  await twoTransactions(seen)
  const one = (sequence: number) => ['add 0', `produce x 0/${sequence} true old`]
  const sorted = [...seen.calls].sort()
  expect(sorted).toEqual(
    [
      'find',
      'init -1/-1',
      ...one(0),
      ...one(1),
      ...['add group g', 'offsets g 3 old', 'commit 0'],
      ...['add group g', 'offsets g 3 old', 'commit 0'],
    ].sort(),
  )
})

test('the second generation leaves that to the brokers, and each transaction has an epoch of its own', async () => {
  const seen = await transactionalBroker(2)
  await twoTransactions(seen)
  const one = (epoch: number) => [`produce x ${epoch}/0 true new`, 'offsets g 3 new', `commit ${epoch}`]
  expect([...seen.calls].sort()).toEqual(['find', 'init -1/-1', ...one(0), ...one(1)].sort())
})

test.each([1, 2] as const)(
  'what is appended behind a hold is part of the next transaction, also while this one is committed: generation %i',
  async generation => {
    const seen = await transactionalBroker(generation)
    const producer = producerOf(seen)
    await producer.begin()
    await write(producer, 'a')
    producer.hold()
    await write(producer, 'b')
    const committed = producer.commit()
    await write(producer, 'c')
    await committed
    expect(seen.calls.filter(call => /produce|commit/.test(call)).length).toBe(2)
    await producer.begin()
    await producer.commit()
    const epoch = generation - 1
    expect(seen.calls.filter(call => /produce|commit/.test(call))).toEqual([
      expect.stringContaining('produce x 0/0'),
      'commit 0',
      ...[1, 2].map(sequence => expect.stringContaining(`produce x ${epoch}/${sequence - epoch}`)),
      `commit ${epoch}`,
    ])
    expect(producer.deliveredCount).toBe(3)
  },
)

test('what is appended behind a hold is given up when the transaction is aborted', async () => {
  const seen = await transactionalBroker(2)
  const producer = producerOf(seen)
  await producer.begin()
  await write(producer, 'a')
  producer.hold()
  await write(producer, 'b')
  await producer.abort()
  await producer.begin()
  await producer.commit()
  expect(producer.deliveredCount).toBeLessThanOrEqual(1)
  expect(seen.calls.filter(call => call.startsWith('commit'))).toEqual([])
})

test('a transaction without records asks nobody to end it', async () => {
  const seen = await transactionalBroker(2)
  const producer = producerOf(seen)
  await producer.begin()
  await producer.commit()
  await producer.begin()
  await producer.abort()
  expect(seen.calls).toEqual(['find', 'init -1/-1'])
})

test('while the last transaction is being completed, everything is asked again', async () => {
  const seen = await transactionalBroker(2, {
    initialise: [ErrorCode.concurrentTransactions],
    produce: [ErrorCode.concurrentTransactions],
    end: [ErrorCode.concurrentTransactions, ErrorCode.coordinatorNotAvailable],
  })
  const producer = producerOf(seen)
  await producer.begin()
  await write(producer, 'a')
  await producer.commit()
  expect(seen.calls).toEqual([
    ...['find', 'init -1/-1', 'init -1/-1'],
    ...['produce x 0/0 true new', 'produce x 0/0 true new'],
    ...['commit 0', 'commit 0', 'find', 'commit 0'],
  ])
})

test.each([1, 2] as const)(
  'a record that is refused fails the transaction; the next one works: generation %i',
  async generation => {
    const seen = await transactionalBroker(generation, { produce: [ErrorCode.invalidRecord] })
    const producer = producerOf(seen)
    await producer.begin()
    await write(producer, 'bad')
    await expect(producer.commit()).rejects.toMatchObject({ code: ErrorCode.invalidRecord })
    await producer.abort()
    await producer.begin()
    await write(producer, 'good')
    await producer.commit()
    expect(seen.calls.filter(call => /abort|commit|init 7/.test(call))).toEqual(
      generation === 1 ? ['abort 0', 'init 7/0', 'commit 1'] : ['abort 0', 'commit 1'],
    )
    // Sequences begin at 0 again, under the next epoch.
    expect(seen.calls.filter(call => call.startsWith('produce')).at(-1)).toMatch(/^produce x 1\/0 /)
  },
)

test('who is fenced is told so and can only leave', async () => {
  const seen = await transactionalBroker(2, {
    produce: [ErrorCode.invalidProducerEpoch],
    end: [ErrorCode.producerFenced],
  })
  const producer = producerOf(seen)
  await producer.begin()
  await write(producer, 'a')
  await expect(producer.commit()).rejects.toThrow()
  await expect(producer.abort()).rejects.toThrow(FencedError)
  await expect(producer.abort()).rejects.toThrow(/another producer with this id has taken over/)
  // It would abort the open transaction of its successor.
  expect(seen.calls.filter(call => call.startsWith('init'))).toEqual(['init -1/-1'])
})

test('a transaction that is over already needs no end, but a new epoch', async () => {
  const seen = await transactionalBroker(1, { produce: [ErrorCode.invalidTxnState], end: [ErrorCode.invalidTxnState] })
  const producer = producerOf(seen)
  await producer.begin()
  await write(producer, 'a')
  await expect(producer.commit()).rejects.toThrow()
  await producer.abort()
  await producer.begin()
  await write(producer, 'b')
  await producer.commit()
  expect(seen.calls.slice(-4)).toEqual(['init 7/0', 'add 0', 'produce x 1/0 true old', 'commit 1'])
})

import { expect, test } from 'vitest'
import { type FetchedBatches, forEachFetched } from '../../src/client/fetched-records.ts'
import { Reader } from '../../src/client/reader.ts'
import type { ReaderOptions } from '../../src/client/reader-options.ts'
import type { RequestOf } from '../../src/protocol/codec.ts'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { fetchApi } from '../../src/protocol/messages/fetch.ts'
import { listOffsetsApi } from '../../src/protocol/messages/list-offsets.ts'
import { BatchBuilder } from '../../src/protocol/records/build.ts'
import { clusterOf, type FakeBroker, fakeBroker, hangUp, topicId } from './fake-broker.ts'

function batch(baseOffset: number, values: readonly string[]): Buffer {
  const builder = new BatchBuilder()
  for (const value of values) builder.append(1, null, Buffer.from(value))
  return builder.build({ baseOffset })
}

interface Log {
  readonly start: number
  readonly batches: readonly { readonly base: number; readonly values: readonly string[] }[]
}

const endOf = ({ start, batches }: Log): number => batches.reduce((_, { base, values }) => base + values.length, start)

/** Answers Fetch from logs by partition, one batch at a time. */
function serving(
  broker: FakeBroker,
  logs: ReadonlyMap<number, Log>,
  fail: (call: number) => number | undefined = () => undefined,
) {
  let calls = 0
  const answer = (request: RequestOf<typeof fetchApi>) => {
    const errorCode = fail(++calls)
    if (errorCode === -1) return hangUp
    return {
      errorCode: 0,
      responses: [
        {
          topic: 't',
          topicId,
          partitions: request.topics[0]!.partitions.map(({ partition, fetchOffset }) => {
            const log = logs.get(partition)!
            const found = log.batches.find(({ base, values }) => fetchOffset < base + values.length)
            const outside = fetchOffset < log.start || fetchOffset > endOf(log)
            return {
              partitionIndex: partition,
              errorCode: errorCode ?? (outside ? ErrorCode.offsetOutOfRange : 0),
              highWatermark: endOf(log),
              abortedTransactions: null,
              records: found && !outside && !errorCode ? batch(found.base, found.values) : null,
            }
          }),
        },
      ],
    }
  }
  broker.on(fetchApi, answer).on(listOffsetsApi, request => ({
    topics: request.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex, timestamp }) => {
        const log = logs.get(partitionIndex)!
        return { partitionIndex, errorCode: 0, offset: timestamp === -2 ? log.start : endOf(log) }
      }),
    })),
  }))
}

const oneLog: Log = {
  start: 0,
  batches: [
    { base: 0, values: ['a', 'b'] },
    { base: 2, values: ['c'] },
  ],
}

async function read(
  brokers: readonly FakeBroker[],
  partitions: readonly { partition: number; offset: number; endOffset: number }[],
  options: ReaderOptions = {},
): Promise<string[]> {
  const reader = new Reader(clusterOf(brokers), { maxWaitMs: 10, ...options })
  for (const partition of partitions) reader.add({ topic: 't', topicId, ...partition })
  const values: string[] = []
  await reader.run((fetched: FetchedBatches) =>
    forEachFetched(fetched, record => void values.push(`${fetched.partition}:${record.offset}${record.value}`)),
  )
  return values
}

test('a partition is read from its offset up to its end', async () => {
  const broker = (await fakeBroker()).withTopic('t', [0])
  serving(broker, new Map([[0, oneLog]]))
  expect(await read([broker], [{ partition: 0, offset: 1, endOffset: 3 }])).toEqual(['0:1b', '0:2c'])
  expect(await read([broker], [{ partition: 0, offset: 3, endOffset: 3 }])).toEqual([])
})

test('partitions of several brokers are read from their leaders', async () => {
  const [first, second] = [await fakeBroker(), await fakeBroker()]
  const brokers = [[0, first] as const, [1, second] as const]
  first.withTopic('t', [0, 1], brokers)
  second.withTopic('t', [0, 1], brokers)
  serving(first, new Map([[0, oneLog]]))
  serving(second, new Map([[1, oneLog]]))
  const both = [0, 1].map(partition => ({ partition, offset: 0, endOffset: 3 }))
  const values = await read([first], both)
  expect(values.toSorted()).toEqual(['0:0a', '0:1b', '0:2c', '1:0a', '1:1b', '1:2c'])
})

test('a moved leader is looked up and reading goes on', async () => {
  const broker = (await fakeBroker()).withTopic('t', [0])
  serving(broker, new Map([[0, oneLog]]), call => (call === 1 ? ErrorCode.notLeaderOrFollower : undefined))
  expect(await read([broker], [{ partition: 0, offset: 0, endOffset: 3 }])).toEqual(['0:0a', '0:1b', '0:2c'])
  expect(broker.asked.filter(name => name === 'Metadata')).toHaveLength(2)
})

test('a lost connection is said, and said to be back; nothing is read twice', async () => {
  const broker = (await fakeBroker()).withTopic('t', [0])
  serving(broker, new Map([[0, oneLog]]), call => (call === 2 ? -1 : undefined))
  const notices: string[] = []
  const onNotice = (text: string): void => void notices.push(text)
  expect(await read([broker], [{ partition: 0, offset: 0, endOffset: 3 }], { onNotice })).toEqual([
    '0:0a',
    '0:1b',
    '0:2c',
  ])
  expect(notices).toEqual([
    expect.stringMatching(/the broker closed the connection; trying again$/),
    expect.stringMatching(/^connected to .* again$/),
  ])
})

test('an offset that retention has removed goes on at the first there is', async () => {
  const broker = (await fakeBroker()).withTopic('t', [0])
  serving(broker, new Map([[0, { start: 5, batches: [{ base: 5, values: ['f'] }] }]]))
  const notices: string[] = []
  const onNotice = (text: string): void => void notices.push(text)
  expect(await read([broker], [{ partition: 0, offset: 0, endOffset: 6 }], { onNotice })).toEqual(['0:5f'])
  expect(notices).toEqual(['t [0]: offset 0 is not there, the log holds 5 to 6: going on at 5'])
})

test('what a broker refuses ends reading', async () => {
  const broker = (await fakeBroker()).withTopic('t', [0])
  serving(broker, new Map([[0, oneLog]]), () => ErrorCode.topicAuthorizationFailed)
  await expect(read([broker], [{ partition: 0, offset: 0, endOffset: 3 }])).rejects.toMatchObject({ exitCode: 3 })
})

test('partitions that are taken away are not delivered any more', async () => {
  const broker = (await fakeBroker()).withTopic('t', [0])
  serving(broker, new Map([[0, oneLog]]))
  const reader = new Reader(clusterOf([broker]), { maxWaitMs: 10 })
  reader.add({ topic: 't', topicId, partition: 0, offset: 0, endOffset: Number.POSITIVE_INFINITY })
  const seen: number[] = []
  await reader.run(
    fetched => {
      seen.push(fetched.fromOffset)
      void reader.clear().then(() => reader.stop())
    },
    { idle: true },
  )
  expect(seen).toEqual([0])
})

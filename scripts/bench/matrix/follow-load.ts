// A process that reads a topic until it is told to end, from its end as records come or from its start again and again, and
// prints how much it got as a line of JSON.
import { fetchApi } from '../../../src/protocol/messages/fetch.ts'
import { listOffsetsApi } from '../../../src/protocol/messages/list-offsets.ts'
import { batchesIn, batchLastOffset } from '../../../src/protocol/records/batch.ts'
import { Caller } from '../../caller.ts'

export interface FollowLoad {
  readonly host: string
  readonly port: number
  readonly topic: string
  readonly partitions: number
  readonly from: 'start' | 'end'
}

export interface FollowFigures {
  /** 10^6 bytes of record batches a second, from the request that brought the first to the arrival of the last. */
  readonly megabytesPerSecond: number
}

const fetchVersion = 11
const listVersion = 3

if (process.argv[2]) {
  const figures = await follow(JSON.parse(process.argv[2]) as FollowLoad)
  process.stdout.write(`${JSON.stringify(figures)}\n`)
  process.exit(0)
}

async function follow(load: FollowLoad): Promise<FollowFigures> {
  const caller = await Caller.open(load)
  const offsets = await begin(caller, load)
  let ended = false
  process.on('message', () => {
    ended = true
  })
  process.send?.('reading')
  let [firstMs, lastMs, bytes] = [0, 0, 0]
  while (!ended) {
    const askedMs = performance.now()
    const partitions = Array.from(offsets, ([partition, fetchOffset]) => ({
      ...{ partition, fetchOffset, partitionMaxBytes: 1024 * 1024 },
    }))
    const limits = { maxWaitMs: 100, minBytes: 1, maxBytes: 50 * 1024 * 1024 }
    const topics = [{ topic: load.topic, partitions }]
    const { responses } = await caller.call(fetchApi, fetchVersion, { ...limits, topics, forgottenTopicsData: [] })
    for (const { partitionIndex, errorCode, records, highWatermark } of responses.flatMap(each => each.partitions)) {
      if (errorCode !== 0) throw new Error(`the server answered a fetch with error ${errorCode}`)
      if (!records || records.length === 0) continue
      lastMs = performance.now()
      if (bytes === 0) firstMs = askedMs
      bytes += records.length
      const next = endOf(records)
      // To be asked next time behind those that got nothing; who has everything begins again.
      offsets.delete(partitionIndex)
      offsets.set(partitionIndex, load.from === 'start' && next >= highWatermark ? 0 : next)
    }
  }
  caller.close()
  return { megabytesPerSecond: lastMs > firstMs ? bytes / 1e3 / (lastMs - firstMs) : 0 }
}

async function begin(caller: Caller, { topic, partitions, from }: FollowLoad): Promise<Map<number, number>> {
  const asked = Array.from({ length: partitions }, (_, partitionIndex) => ({ partitionIndex, timestamp: -1 }))
  const body = { replicaId: -1, isolationLevel: 0, topics: [{ name: topic, partitions: asked }] }
  const { topics } = await caller.call(listOffsetsApi, listVersion, body)
  const found = topics.flatMap(each => each.partitions)
  return new Map(found.map(({ partitionIndex, offset }) => [partitionIndex, from === 'start' ? 0 : offset]))
}

function endOf(records: Buffer): number {
  let end = 0
  for (const at of batchesIn(records)) end = batchLastOffset(records, at) + 1
  return end
}

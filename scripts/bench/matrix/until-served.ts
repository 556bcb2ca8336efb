import { listOffsetsApi } from '../../../src/protocol/messages/list-offsets.ts'
import { Caller } from '../../caller.ts'

const version = 3
const limitMs = 30_000
const lookMs = 50

/**
 * Waits until a server answers for every partition of new topics: Apache Kafka says that they are created before it has made
 * itself their leader, and refuses records until then.
 */
export async function untilServed(
  server: { readonly host: string; readonly port: number },
  topics: readonly { readonly name: string; readonly partitions: number }[],
): Promise<void> {
  const caller = await Caller.open(server)
  const asked = topics.map(({ name, partitions }) => ({
    name,
    partitions: Array.from({ length: partitions }, (_, partitionIndex) => ({ partitionIndex, timestamp: -1 })),
  }))
  const limit = performance.now() + limitMs
  try {
    while (true) {
      const answer = await caller.call(listOffsetsApi, version, { replicaId: -1, isolationLevel: 0, topics: asked })
      const refused = answer.topics.flatMap(({ partitions }) => partitions).find(({ errorCode }) => errorCode !== 0)
      if (!refused) return
      if (performance.now() > limit) throw new Error(`a new partition still answers with error ${refused.errorCode}`)
      await new Promise(resolve => setTimeout(resolve, lookMs))
    }
  } finally {
    caller.close()
  }
}

import { writeTxnMarkersApi } from '../../../src/protocol/messages/write-txn-markers.ts'
import type { Scenario } from '../scenario.ts'
import { readable } from './producing.ts'
import { createTopic } from './topics.ts'
import { TransactionalProducer } from './transactional-producer.ts'
import { writers } from './transactions.ts'

interface MarkerOf {
  readonly producerId?: number
  readonly producerEpoch?: number
  readonly coordinatorEpoch?: number
  readonly version?: number
  readonly transactionVersion?: number
}

/** Kafka's coordinator has an epoch of its own, and refuses older ones. */
const newestCoordinatorEpoch = 1000

export const markers: Scenario = {
  name: 'markers',
  about: 'markers that an administrator writes to end a transaction that hangs',
  async run(target) {
    const topic = await createTopic(target, 'hanging', 2)
    const f = new TransactionalProducer(target, 'f', topic)
    const mark = (note: string, committed: boolean, marker: MarkerOf = {}) => {
      const { producerId = f.producerId, producerEpoch = f.producerEpoch } = marker
      const { coordinatorEpoch = newestCoordinatorEpoch } = marker
      const { version = 1, transactionVersion = 0 } = marker
      const topics = [
        { name: topic, partitionIndexes: [0, 9] },
        { name: target.name('nothing'), partitionIndexes: [0] },
      ]
      const list = [
        { producerId, producerEpoch, transactionResult: committed, coordinatorEpoch, transactionVersion, topics },
      ]
      return target.ask(`mark ${note}`, writeTxnMarkersApi, version, { markers: list })
    }
    await f.init()
    await f.add([0])
    await f.send(0)
    await mark('as aborted', false, { coordinatorEpoch: 0 })
    await readable(target, 'marked', topic, [0])
    await f.send(0, 'after the marker')
    await f.end(true)
    await readable(target, 'ended', topic, [0])
    await mark('once more', true)
    await mark('with a higher epoch', true, { producerEpoch: 3 })
    await writers(target, topic, 0)
    await mark('with a lower epoch', true, { producerEpoch: 1 })
    await mark('of an old coordinator', true, { producerEpoch: 5, coordinatorEpoch: -1 })
    await mark('of the second generation', true, { producerEpoch: 6, transactionVersion: 2, version: 2 })
    await mark('of nobody', true, { producerId: 77_777, producerEpoch: 0 })
    await writers(target, topic, 0)
    await readable(target, 'in the end', topic, [0])
  },
}

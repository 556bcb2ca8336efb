import { describeProducersApi } from '../../../src/protocol/messages/describe-producers.ts'
import { describeTransactionsApi } from '../../../src/protocol/messages/describe-transactions.ts'
import { listTransactionsApi } from '../../../src/protocol/messages/list-transactions.ts'
import { offsetFetchApi } from '../../../src/protocol/messages/offset-fetch.ts'
import type { Scenario } from '../scenario.ts'
import type { Target } from '../target.ts'
import { readable } from './producing.ts'
import { createTopic } from './topics.ts'
import { TransactionalProducer } from './transactional-producer.ts'

const nobody = 999_999

export function writers(target: Target, topic: string, partition: number, step = 'producers') {
  const topics = [{ name: topic, partitionIndexes: [partition] }]
  return target.ask(`${step} of partition ${partition}`, describeProducersApi, 0, { topics })
}

function groupOffsets(target: Target, step: string, groupId: string, topic: string, requireStable: boolean) {
  const topics = [{ name: topic, partitionIndexes: [0] }]
  return target.ask(`${step}${requireStable ? ', stable' : ''}`, offsetFetchApi, 7, { groupId, topics, requireStable })
}

export const transactionsOne: Scenario = {
  name: 'transactions-1',
  about: 'transactions as clients before KIP-890 make them',
  async run(target) {
    const topic = await createTopic(target, 'first', 3)
    const a = new TransactionalProducer(target, 'a', topic)
    await a.init()
    await a.add([0, 1])
    for (const partition of [0, 0, 1]) await a.send(partition)
    await readable(target, 'open', topic, [0, 1])
    await writers(target, topic, 0)
    await a.describe()
    await a.send(2, 'not added')
    await a.send(2, 'not added', { version: 10 })
    await a.end(true)
    await readable(target, 'committed', topic, [0, 1])
    await writers(target, topic, 0)
    await a.describe()
    await a.end(true, 'again')
    await a.end(false, 'after the commit')
    await a.send(0, 'plain', { transactional: false, transactionalId: null })
    await a.add([0])
    await a.send(0, 'plain, within', { transactional: false, transactionalId: null })
    await a.send(0, 'without an id', { transactionalId: null })
    await a.send(0, 'with an empty id', { transactionalId: '' })
    await a.send(0)
    await a.end(false)
    await readable(target, 'aborted', topic, [0])
    await wrongEnds(a)
    await wrongPartitions(target, a)
    await offsetsWithin(target, a, topic)
    await outside(target, topic)
  },
}

async function outside(target: Target, topic: string): Promise<void> {
  const stray = new TransactionalProducer(target, 'stray', topic)
  await stray.init()
  await stray.send(2, 'outside a transaction')
  await stray.add([2])
  await stray.send(2, 'within')
  await stray.end(false)
}

async function wrongEnds(a: TransactionalProducer): Promise<void> {
  for (const version of [1, 2, 4]) await a.end(true, 'another epoch', { producerEpoch: 5, version })
  await a.end(true, 'another id', { producerId: nobody })
  await a.end(true, 'an empty id', { transactionalId: '' })
  await a.end(true, 'an id that nobody has', { transactionalId: 'nobody' })
}

async function wrongPartitions(target: Target, a: TransactionalProducer): Promise<void> {
  await a.add([0, 9], 'one of them not there')
  await a.add([0], 'a topic that is not there', {}, target.name('nothing'))
  await a.add([0], 'another epoch', { producerEpoch: 7 })
  await a.add([0], 'another epoch', { producerEpoch: 7, version: 1 })
  await a.add([0], 'another id', { producerId: nobody })
  await a.add([0], 'an empty id', { transactionalId: '' })
  await a.describe()
  await a.end(false)
}

async function offsetsWithin(target: Target, a: TransactionalProducer, topic: string): Promise<void> {
  const group = target.name('group')
  await a.addOffsets(group)
  await a.commitOffsets(group, 5)
  await groupOffsets(target, 'open', group, topic, false)
  await groupOffsets(target, 'open', group, topic, true)
  await a.end(true)
  await groupOffsets(target, 'committed', group, topic, true)
  await a.addOffsets(group)
  await a.commitOffsets(group, 9)
  await a.end(false)
  await groupOffsets(target, 'aborted', group, topic, true)
  for (const version of [2, 3, 4]) await a.commitOffsets(group, 9, 'another epoch', { producerEpoch: 3, version })
  await a.commitOffsets(group, 9, 'another id', { producerId: nobody })
  await a.addOffsets(group, 'another epoch', { producerEpoch: 4 })
  await a.addOffsets(group, 'another epoch', { producerEpoch: 4, version: 1 })
  await a.addOffsets(group, 'an empty id', { transactionalId: '' })
  await a.addOffsets(group)
  await a.commitOffsets(group, 3, 'as a member', { generationId: 3, memberId: 'somebody' })
  await a.commitOffsets(group, 3, 'a partition that is not there', { partition: 9 })
  await a.end(false)
}

export const transactionsTwo: Scenario = {
  name: 'transactions-2',
  about: 'transactions with KIP-890: partitions are added by what is sent, each end moves the epoch',
  async run(target) {
    const topic = await createTopic(target, 'second', 3)
    const group = target.name('group')
    const d = new TransactionalProducer(target, 'd', topic)
    const two = { version: 12 }
    await d.init('', { version: 5 })
    for (const partition of [0, 1]) await d.send(partition, '', two)
    await d.describe()
    const before = { producerId: d.producerId, producerEpoch: d.producerEpoch }
    await d.end(true, '', { version: 5 })
    await d.describe()
    await readable(target, 'committed', topic, [0])
    await writers(target, topic, 0)
    await d.end(true, 'repeated', { version: 5, ...before })
    await d.end(false, 'repeated otherwise', { version: 5, ...before })
    for (const committed of [true, false, false]) await d.end(committed, 'of nothing', { version: 5 })
    await d.describe()
    await d.send(0, 'an old epoch', { ...two, producerEpoch: 0, sequence: 1 })
    await d.send(0, 'from the middle', { ...two, sequence: 3 })
    await d.send(0, '', two)
    await d.send(0, 'a gap', { ...two, sequence: 5 })
    await d.commitOffsets(group, 4, '', { version: 5 })
    await groupOffsets(target, 'open', group, topic, true)
    await d.end(false, '', { version: 5 })
    await groupOffsets(target, 'aborted', group, topic, true)
    await readable(target, 'aborted', topic, [0])
    await d.commitOffsets(group, 4, '', { version: 5 })
    await d.describe()
    await d.end(true, '', { version: 5 })
    await groupOffsets(target, 'committed', group, topic, false)
    await d.commitOffsets(group, 4, 'an old epoch', { version: 5, producerEpoch: 0 })
    await d.commitOffsets(group, 4, 'another id', { version: 5, producerId: nobody })
    await d.send(0, 'another id', { ...two, producerId: nobody })
    await d.send(0, 'an id that nobody has', { ...two, transactionalId: 'nobody' })
    await d.send(0, '', two)
    await d.end(true, 'as the first generation', { version: 4 })
    await d.describe()
  },
}

export const fencing: Scenario = {
  name: 'fencing',
  about: 'producers with the same transactional id, epochs that are asked for, and lists of transactions',
  async run(target) {
    const topic = await createTopic(target, 'fenced', 3)
    const b = new TransactionalProducer(target, 'b', topic)
    await b.init()
    await b.add([0])
    await b.send(0)
    const old = { producerId: b.producerId, producerEpoch: b.producerEpoch }
    await b.init('while a transaction is open', {}, { once: true })
    await b.settled()
    await b.init('afterwards')
    await b.describe()
    await b.send(0, 'of the old one', { ...old, sequence: 1 })
    await b.add([0], 'of the old one', old)
    await b.end(true, 'of the old one', old)
    await writers(target, topic, 0)
    await b.init('with the old epoch', { ...old })
    await b.init('with the old epoch', { ...old, version: 3 })
    await b.init('with its epoch', { producerId: b.producerId, producerEpoch: b.producerEpoch })
    await b.init('with the epoch before', { producerId: b.producerId, producerEpoch: b.producerEpoch - 1 })
    await b.init('with another id', { producerId: nobody, producerEpoch: 0 })
    await b.init('with an epoch and no id', { producerEpoch: 4 })
    for (const timeoutMs of [0, -1, 900_001]) await b.init(`with a time-out of ${timeoutMs}`, { timeoutMs })
    await new TransactionalProducer(target, 'c', topic).init('with an id from nowhere', {
      producerId: 5,
      producerEpoch: 3,
    })
    await lists(target, topic)
  },
}

async function lists(target: Target, topic: string): Promise<void> {
  const open = new TransactionalProducer(target, 'open', topic)
  await open.init()
  await open.add([2])
  // Only what this run has made: a broker may have others.
  const ours = { transactionalIdPattern: `.*${target.name('')}` }
  const ask = (step: string, filter: object) =>
    target.ask(step, listTransactionsApi, 2, { stateFilters: [], producerIdFilters: [], ...ours, ...filter })
  await ask('all', {})
  await ask('open ones', { stateFilters: ['Ongoing'] })
  await ask('a state that is none', { stateFilters: ['Ongoing', 'Foo'] })
  await ask('long ones', { durationFilter: 1_000_000_000 })
  await ask('of a producer', { producerIdFilters: [open.producerId] })
  for (const transactionalIdPattern of ['[', '(a'])
    await ask(`pattern ${transactionalIdPattern}`, { transactionalIdPattern })
  await target.ask('unknown ones', describeTransactionsApi, 0, { transactionalIds: [target.name('nobody'), ''] })
  await open.end(false)
}

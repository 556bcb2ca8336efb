import { createPartitionsApi } from '../../../src/protocol/messages/create-partitions.ts'
import { createTopicsApi } from '../../../src/protocol/messages/create-topics.ts'
import { deleteTopicsApi } from '../../../src/protocol/messages/delete-topics.ts'
import { describeTopicPartitionsApi } from '../../../src/protocol/messages/describe-topic-partitions.ts'
import { metadataApi } from '../../../src/protocol/messages/metadata.ts'
import type { Scenario } from '../scenario.ts'
import type { Target } from '../target.ts'

interface NewTopic {
  readonly name: string
  readonly numPartitions?: number
  readonly replicationFactor?: number
  readonly assignments?: readonly { readonly partitionIndex: number; readonly brokerIds: readonly number[] }[]
  readonly configs?: Readonly<Record<string, string | null>>
}

/** Creates topics, and waits until they can be used. */
export async function createTopic(target: Target, word: string, partitions: number): Promise<string> {
  const name = target.name(word)
  await target.tell(createTopicsApi, 5, requestOf([{ name, numPartitions: partitions }]))
  await target.until(
    metadataApi,
    9,
    {
      topics: [{ name }],
      allowAutoTopicCreation: false,
      includeClusterAuthorizedOperations: false,
      includeTopicAuthorizedOperations: false,
    },
    ({ topics: [topic] }) => topic?.errorCode === 0 && topic.partitions.every(({ errorCode }) => errorCode === 0),
  )
  return name
}

function requestOf(topics: readonly NewTopic[], validateOnly = false) {
  return {
    validateOnly,
    topics: topics.map(({ name, numPartitions = 1, replicationFactor = 1, assignments = [], configs = {} }) => ({
      name,
      numPartitions,
      replicationFactor,
      assignments,
      configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
    })),
  }
}

const settings: readonly Readonly<Record<string, string | null>>[] = [
  { 'retention.ms': '-1', 'cleanup.policy': 'compact' },
  { 'retention.ms': 'soon' },
  { 'cleanup.policy': 'compact,delete' },
  { 'cleanup.policy': 'shred' },
  { 'compression.type': 'brotli' },
  { 'min.compaction.lag.ms': '10', 'max.compaction.lag.ms': '5' },
  { 'message.timestamp.type': 'LogAppendTime' },
  { 'segment.bytes': '1' },
  { 'max.message.bytes': '-1' },
  { 'no.such.setting': '1' },
  { 'retention.ms': null },
]

export const topics: Scenario = {
  name: 'topics',
  about: 'creating, growing, describing and deleting topics, with what is refused',
  async run(target) {
    const name = (word: string) => target.name(word)
    const create = (step: string, list: readonly NewTopic[], validateOnly = false, version = 5) =>
      target.ask(step, createTopicsApi, version, requestOf(list, validateOnly))
    await create('only to see', [{ name: name('seen') }], true)
    await create('several', [{ name: name('one'), numPartitions: 2 }, { name: name('two') }])
    await create('one that exists', [{ name: name('one') }, { name: name('three') }])
    await create('the same twice', [{ name: name('four') }, { name: name('four') }])
    for (const bad of ['', '.', '..', 'a b', 'x'.repeat(250), 'slash/es'])
      await create(`named '${bad.slice(0, 9)}'`, [{ name: bad }])
    await create('a name that collides', [{ name: `${name('dot.ted')}` }])
    await create('… with this one', [{ name: `${name('dot_ted')}` }])
    await create('defaults of the broker', [{ name: name('five'), numPartitions: -1, replicationFactor: -1 }])
    for (const numPartitions of [0, -2])
      await create(`${numPartitions} partitions`, [{ name: name('six'), numPartitions }])
    for (const replicationFactor of [0, 2, -2])
      await create(`${replicationFactor} replicas`, [{ name: name('six'), replicationFactor }])
    await create('assigned', [
      {
        name: name('seven'),
        numPartitions: -1,
        replicationFactor: -1,
        assignments: [
          { partitionIndex: 0, brokerIds: [1] },
          { partitionIndex: 1, brokerIds: [1] },
        ],
      },
    ])
    await create('assigned with a gap', [
      {
        name: name('eight'),
        numPartitions: -1,
        replicationFactor: -1,
        assignments: [{ partitionIndex: 1, brokerIds: [1] }],
      },
    ])
    await create('assigned to nobody', [
      {
        name: name('eight'),
        numPartitions: -1,
        replicationFactor: -1,
        assignments: [{ partitionIndex: 0, brokerIds: [] }],
      },
    ])
    await create('assigned and counted', [
      { name: name('eight'), numPartitions: 1, assignments: [{ partitionIndex: 0, brokerIds: [1] }] },
    ])
    for (const configs of settings)
      await create(JSON.stringify(configs), [{ name: name(`set-${settings.indexOf(configs)}`), configs }])
    await grow(target)
    await describe(target)
    await remove(target)
  },
}

async function grow(target: Target): Promise<void> {
  const name = await createTopic(target, 'grows', 2)
  for (const [count, validateOnly] of [
    [3, true],
    [3, false],
    [3, false],
    [1, false],
    [0, false],
    [-1, false],
  ] as const)
    await target.ask(`grow to ${count}`, createPartitionsApi, 3, {
      topics: [{ name, count, assignments: null }],
      timeoutMs: 5000,
      validateOnly,
    })
  await target.ask('grow what is not there', createPartitionsApi, 3, {
    topics: [{ name: target.name('nothing'), count: 3, assignments: null }],
    timeoutMs: 5000,
    validateOnly: false,
  })
  for (const assignments of [
    [{ brokerIds: [1] }],
    [{ brokerIds: [1] }, { brokerIds: [1] }],
    [{ brokerIds: [1, 1] }],
    [{ brokerIds: [] }],
  ])
    await target.ask(`grow as assigned ${JSON.stringify(assignments)}`, createPartitionsApi, 3, {
      topics: [{ name, count: 4, assignments }],
      timeoutMs: 5000,
      validateOnly: true,
    })
}

async function describe(target: Target): Promise<void> {
  const name = await createTopic(target, 'shown', 3)
  const options = { includeClusterAuthorizedOperations: false, includeTopicAuthorizedOperations: true }
  // Below version 4 a topic that is not there would be created.
  for (const version of [4, 9, 12]) {
    const list = [name, target.name('nothing'), 'a b'].map(topic => ({ name: topic }))
    const { topics: found } = await target.tell(metadataApi, version, {
      topics: list,
      allowAutoTopicCreation: false,
      ...options,
    })
    for (const { topicId } of found) if (topicId) target.learn('topic', topicId)
    await target.ask('metadata', metadataApi, version, { topics: list, allowAutoTopicCreation: false, ...options })
  }
  for (const cursor of [null, { topicName: name, partitionIndex: 1 }])
    await target.ask('pages', describeTopicPartitionsApi, 0, {
      topics: [{ name }, { name: target.name('nothing') }],
      responsePartitionLimit: 2,
      cursor,
    })
}

async function remove(target: Target): Promise<void> {
  await createTopic(target, 'gone', 1)
  const names = ['gone', 'nothing'].map(word => target.name(word))
  await target.ask('delete', deleteTopicsApi, 5, { topicNames: [...names, ''], topics: [], timeoutMs: 5000 })
  await target.ask('delete by unknown id', deleteTopicsApi, 6, {
    topics: [
      { name: null, topicId: 'AAAAAAAAAAAAAAAAAAAAFg' },
      { name: target.name('nothing'), topicId: 'AAAAAAAAAAAAAAAAAAAAAA' },
    ],
    topicNames: [],
    timeoutMs: 5000,
  })
}

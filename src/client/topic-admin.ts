import { ErrorCode } from '../protocol/errors.ts'
import { createPartitionsApi } from '../protocol/messages/create-partitions.ts'
import { createTopicsApi } from '../protocol/messages/create-topics.ts'
import { deleteTopicsApi } from '../protocol/messages/delete-topics.ts'
import { describeConfigsApi } from '../protocol/messages/describe-configs.ts'
import { incrementalAlterConfigsApi } from '../protocol/messages/incremental-alter-configs.ts'
import { type Cluster, noTopicId } from './cluster.ts'
import { checkCode, isRetriable, type RequestError } from './failures.ts'

const timeoutMs = 30_000
/** Kafka's number for topics among the kinds of things that have settings. */
const topicResource = 2
const setOperation = 0
const deleteOperation = 1

export interface NewTopic {
  readonly name: string
  /** Default: the broker's. */
  readonly partitions?: number
  /** Copies of each partition; default: the broker's. */
  readonly replicas?: number
  readonly settings?: readonly (readonly [name: string, value: string])[]
}

/** Creates a topic. Throws `RequestError`. */
export async function createTopic(cluster: Cluster, { name, partitions, replicas, settings }: NewTopic): Promise<void> {
  const answer = await cluster.askPersistently(
    'controller',
    createTopicsApi,
    {
      topics: [
        {
          name,
          numPartitions: partitions ?? -1,
          replicationFactor: replicas ?? -1,
          assignments: [],
          configs: (settings ?? []).map(([setting, value]) => ({ name: setting, value })),
        },
      ],
      timeoutMs,
    },
    response => response.topics.some(({ errorCode }) => isRetriable(errorCode)),
  )
  for (const { errorCode, errorMessage } of answer.topics) checkCode(errorCode, `topic '${name}'`, errorMessage)
}

/** Deletes a topic and its records. Throws `RequestError`. */
export async function deleteTopic(cluster: Cluster, name: string): Promise<void> {
  const answer = await cluster.askPersistently('controller', deleteTopicsApi, {
    topics: [{ name, topicId: noTopicId }],
    topicNames: [name],
    timeoutMs,
  })
  for (const { errorCode, errorMessage } of answer.responses) checkCode(errorCode, `topic '${name}'`, errorMessage)
}

/** Raises the number of partitions. Throws `RequestError`. */
export async function growTopic(cluster: Cluster, name: string, partitions: number): Promise<void> {
  const answer = await cluster.askPersistently('controller', createPartitionsApi, {
    topics: [{ name, count: partitions, assignments: null }],
    timeoutMs,
    validateOnly: false,
  })
  for (const { errorCode, errorMessage } of answer.results) checkCode(errorCode, `topic '${name}'`, errorMessage)
}

/** A change of one setting; null takes it back to the broker's value. */
export type SettingChange = readonly [name: string, value: string | null]

/** Changes settings of a topic, all or none. Throws `RequestError`. */
export async function alterTopicSettings(
  cluster: Cluster,
  name: string,
  changes: readonly SettingChange[],
): Promise<void> {
  const answer = await cluster.askPersistently('controller', incrementalAlterConfigsApi, {
    resources: [
      {
        resourceType: topicResource,
        resourceName: name,
        configs: changes.map(([setting, value]) => ({
          name: setting,
          configOperation: value === null ? deleteOperation : setOperation,
          value,
        })),
      },
    ],
    validateOnly: false,
  })
  for (const { errorCode, errorMessage } of answer.responses) checkCode(errorCode, `topic '${name}'`, errorMessage)
}

export interface Setting {
  readonly name: string
  readonly value: string | null
  /** Set on the topic itself. */
  readonly isOwn: boolean
}

/** Settings of a topic, sorted by name. Throws `RequestError`. */
export async function topicSettings(cluster: Cluster, name: string): Promise<readonly Setting[]> {
  const answer = await cluster.askPersistently('any', describeConfigsApi, {
    resources: [{ resourceType: topicResource, resourceName: name, configurationKeys: null }],
  })
  const [result] = answer.results
  if (!result) return []
  checkCode(result.errorCode, `topic '${name}'`, result.errorMessage)
  return result.configs
    .map(({ name: setting, value, configSource }) => ({ name: setting, value, isOwn: configSource === ownSource }))
    .toSorted((a, b) => a.name.localeCompare(b.name))
}

/** Where a value comes from, in Kafka's numbers: 1 is the topic's own. */
const ownSource = 1

/** Whether a topic could not be created because there is one of that name. */
export function isTopicThere(error: RequestError): boolean {
  return error.code === ErrorCode.topicAlreadyExists
}

import { OperatorError } from '../../base/errors.ts'
import { alterSettings, describeSettings, type SettingChange } from '../../client/config-admin.ts'
import { findTopic } from '../../client/list-offsets.ts'
import { createTopic, deleteTopic, growTopic } from '../../client/topic-admin.ts'
import { defineWork, type Work } from '../work.ts'

export interface CreateTopic extends Work {
  readonly kind: 'createTopic'
  readonly name: string
  /** Undefined: the broker's default; so with replicas. */
  readonly partitions: number | undefined
  readonly replicas: number | undefined
  readonly settings: readonly (readonly [name: string, value: string])[]
}

export const createTopicWork = defineWork<CreateTopic>(async ({ cluster, work }) => {
  const { name, partitions, replicas, settings } = work
  await createTopic(cluster, {
    name,
    settings,
    ...(partitions === undefined ? {} : { partitions }),
    ...(replicas === undefined ? {} : { replicas }),
  })
  return { message: `topic '${name}' was created` }
})

export interface DeleteTopic extends Work {
  readonly kind: 'deleteTopic'
  readonly name: string
}

export const deleteTopicWork = defineWork<DeleteTopic>(async ({ cluster, work }) => {
  await deleteTopic(cluster, work.name)
  return { message: `topic '${work.name}' was deleted` }
})

/** Reads what can be altered about a topic. */
export interface ReadTopic extends Work {
  readonly kind: 'readTopic'
  readonly name: string
}

/** What a form to alter a topic begins with. */
export interface TopicFacts {
  readonly name: string
  readonly partitions: number
  /** Settings of its own, not the cluster's. */
  readonly settings: readonly (readonly [name: string, value: string])[]
}

export const readTopicWork = defineWork<ReadTopic>(async ({ cluster, work }) => {
  const { name } = work
  const [topic, settings] = [await findTopic(cluster, name), await describeSettings(cluster, { kind: 'topic', name })]
  const own = settings.filter(({ source, value }) => source === 'topic' && value !== null)
  const result: TopicFacts = {
    name,
    partitions: topic.partitions.length,
    settings: own.map(setting => [setting.name, setting.value ?? '']),
  }
  return { result }
})

export interface AlterTopic extends Work {
  readonly kind: 'alterTopic'
  readonly name: string
  /** Undefined: as many as there are. */
  readonly partitions: number | undefined
  readonly changes: boolean
  readonly settingChanges: readonly SettingChange[]
}

export const alterTopicWork = defineWork<AlterTopic>(async ({ cluster, work }) => {
  const { name, partitions, settingChanges } = work
  if (settingChanges.length > 0) await alterSettings(cluster, { kind: 'topic', name }, settingChanges)
  if (partitions !== undefined) {
    try {
      await growTopic(cluster, name, partitions)
    } catch (error) {
      if (settingChanges.length === 0 || !(error instanceof OperatorError)) throw error
      throw new OperatorError(`settings were changed, but not the partitions: ${error.message}`, { cause: error })
    }
  }
  return { message: `topic '${name}' was altered` }
})

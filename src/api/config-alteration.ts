import type { BrokerTarget, Overrides } from '../config/configuration.ts'
import { checkTopicName } from '../log/topic-name.ts'
import { ErrorCode, KafkaError } from '../protocol/errors.ts'
import { zeroUuid } from '../protocol/fields.ts'
import { configResource, type NamedResource, ResourceType, refusingInvalidSettings } from './config-resources.ts'
import { type Services, settleAsync } from './handle.ts'
import { repeated } from './repeated.ts'
import { findTopic } from './topic-lookup.ts'

/** What a request wants a resource to have. All of it throws `InvalidSetting` for what cannot be. */
export interface ConfigPlan {
  /** A topic's overrides afterwards. */
  topic(overrides: Overrides): Overrides
  /** The broker's dynamic settings afterwards. */
  broker(target: BrokerTarget): Overrides
  /** A group's own settings afterwards. */
  group(groupId: string): Overrides
  /** The settings of a subscription to client metrics afterwards. */
  clientMetrics(subscription: string): Overrides
}

/** Alters each resource by itself, or finds out whether it could. Each change is durable when it is answered. */
export async function alterResources<Resource extends NamedResource>(
  resources: readonly Resource[],
  planOf: (resource: Resource) => ConfigPlan,
  validateOnly: boolean,
  services: Services,
) {
  const duplicates = repeated(resources.map(resourceKey))
  const alter = async (resource: Resource) => {
    const { resourceType, resourceName } = resource
    const outcome = await settleAsync(async () => {
      if (duplicates.has(resourceKey(resource)))
        throw new KafkaError(ErrorCode.invalidRequest, 'the resource is named twice')
      // As in Kafka, a value that the broker cannot have is a bad request, one of a topic a bad configuration.
      const configFault = resourceType === ResourceType.broker ? ErrorCode.invalidRequest : ErrorCode.invalidConfig
      const save = refusingInvalidSettings(() => prepared(resource, planOf(resource), services), configFault)
      if (!validateOnly) await save()
      return {}
    })
    return { resourceType, resourceName, ...outcome }
  }
  return { throttleTimeMs: 0, responses: await Promise.all(resources.map(alter)) }
}

/** The answer to a request that failed as a whole. */
export function refuseResources(
  resources: readonly NamedResource[],
  failure: { readonly errorCode: number; readonly errorMessage: string | null },
) {
  const responses = resources.map(({ resourceType, resourceName }) => ({ resourceType, resourceName, ...failure }))
  return { throttleTimeMs: 0, responses }
}

/** Checks everything; what is returned makes it so. */
function prepared(named: NamedResource, plan: ConfigPlan, services: Services): () => Promise<void> {
  const { configuration, topics } = services
  const resource = configResource(named, services.node.nodeId)
  switch (resource.kind) {
    case 'topic': {
      // Kafka's order: the name, the settings, and only then whether there is such a topic.
      if (resource.name === '') throw new KafkaError(ErrorCode.invalidRequest, 'topics have no common default')
      checkTopicName(resource.name)
      const overrides = plan.topic(topics.get(resource.name)?.overrides ?? new Map())
      const topic = findTopic(topics, { name: resource.name, topicId: zeroUuid })
      return () => topics.setOverrides(topic.name, overrides)
    }
    case 'broker': {
      const overrides = plan.broker(resource.target)
      return () =>
        services.saveSettings({ kind: 'broker' }, configuration.setBrokerOverrides(resource.target, overrides))
    }
    case 'group': {
      const { groupId } = resource
      const overrides = plan.group(groupId)
      return () => services.saveSettings({ kind: 'group', groupId }, configuration.groups.set(groupId, overrides))
    }
    case 'clientMetrics': {
      const { subscription } = resource
      const overrides = plan.clientMetrics(subscription)
      const { clientMetrics } = configuration
      return () =>
        services.saveSettings({ kind: 'clientMetrics', subscription }, clientMetrics.set(subscription, overrides))
    }
  }
}

function resourceKey({ resourceType, resourceName }: NamedResource): string {
  return `${resourceType}:${resourceName}`
}

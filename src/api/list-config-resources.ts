import { ErrorCode, KafkaError } from '../protocol/errors.ts'
import { listConfigResourcesApi } from '../protocol/messages/list-config-resources.ts'
import { ResourceType } from './config-resources.ts'
import { handler, type Services } from './handle.ts'

// ListConfigResources v0-1. v0 asks for subscriptions to client metrics only. There are no loggers whose levels can be set.

export const listConfigResources = handler(listConfigResourcesApi, {
  handle(request, call, services) {
    const wanted = call.version === 0 ? [ResourceType.clientMetrics] : request.resourceTypes
    const supported: readonly number[] = Object.values(ResourceType)
    for (const type of wanted) {
      if (!supported.includes(type)) throw new KafkaError(ErrorCode.unsupportedVersion, `unknown resource type ${type}`)
    }
    const types = wanted.length === 0 ? supported : [...new Set(wanted)]
    const configResources = types.flatMap(resourceType =>
      namesOf(resourceType, services).map(resourceName => ({ resourceName, resourceType })),
    )
    return { throttleTimeMs: 0, errorCode: ErrorCode.none, configResources }
  },
  refuse: (_request, { errorCode }) => ({ throttleTimeMs: 0, errorCode, configResources: [] }),
})

function namesOf(resourceType: number, services: Services): readonly string[] {
  switch (resourceType) {
    case ResourceType.topic:
      return services.topics.all().map(({ name }) => name)
    case ResourceType.broker:
      return [String(services.node.nodeId)]
    case ResourceType.group:
      return services.configuration.groups.names()
    case ResourceType.clientMetrics:
      return services.configuration.clientMetrics.names()
    default:
      return []
  }
}

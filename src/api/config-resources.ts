import { ErrorCode, KafkaError } from '../protocol/errors.ts'

/** Kafka's codes of what has settings. */
export const ResourceType = { topic: 2, broker: 4, brokerLogger: 8, clientMetrics: 16, group: 32 } as const

/** One thing that has settings. A broker without id stands for the default of all brokers. */
export type ConfigResource =
  | { readonly kind: 'topic'; readonly name: string }
  | { readonly kind: 'broker'; readonly nodeId: number | undefined }
  | { readonly kind: 'group'; readonly groupId: string }

/** What a request names. Throws `KafkaError` INVALID_REQUEST for what this node does not have. */
export function configResource(resourceType: number, resourceName: string, nodeId: number): ConfigResource {
  switch (resourceType) {
    case ResourceType.topic:
      return { kind: 'topic', name: resourceName }
    case ResourceType.broker:
      return { kind: 'broker', nodeId: resourceName === '' ? undefined : brokerId(resourceName, nodeId) }
    case ResourceType.group:
      if (resourceName === '') throw invalid('the group id is empty')
      return { kind: 'group', groupId: resourceName }
    case ResourceType.brokerLogger:
      throw invalid('this node has no loggers whose levels can be set')
    case ResourceType.clientMetrics:
      throw invalid('this node takes no metrics from clients')
    default:
      throw invalid(`unknown resource type ${resourceType}`)
  }
}

function brokerId(resourceName: string, nodeId: number): number {
  if (resourceName === String(nodeId)) return nodeId
  throw invalid(`the broker is ${nodeId} or '' for the default of all brokers, not '${resourceName}'`)
}

function invalid(message: string): KafkaError {
  return new KafkaError(ErrorCode.invalidRequest, message)
}

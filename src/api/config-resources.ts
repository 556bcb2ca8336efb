import type { BrokerTarget } from '../config/configuration.ts'
import { InvalidSetting } from '../config/kinds.ts'
import { ErrorCode, KafkaError } from '../protocol/errors.ts'

/** Kafka's codes of what has settings. */
export const ResourceType = { topic: 2, broker: 4, brokerLogger: 8, clientMetrics: 16, group: 32 } as const

/** One thing that has settings, as a request names it. */
export interface NamedResource {
  readonly resourceType: number
  readonly resourceName: string
}

export type ConfigResource =
  | { readonly kind: 'topic'; readonly name: string }
  | { readonly kind: 'broker'; readonly target: BrokerTarget }
  | { readonly kind: 'group'; readonly groupId: string }
  | { readonly kind: 'clientMetrics'; readonly subscription: string }

/** What a request means. Throws `KafkaError` INVALID_REQUEST for what this node does not have. */
export function configResource({ resourceType, resourceName }: NamedResource, nodeId: number): ConfigResource {
  switch (resourceType) {
    case ResourceType.topic:
      return { kind: 'topic', name: resourceName }
    case ResourceType.broker:
      return { kind: 'broker', target: brokerTarget(resourceName, nodeId) }
    case ResourceType.group:
      if (resourceName === '') throw invalid('the group id is empty')
      return { kind: 'group', groupId: resourceName }
    case ResourceType.brokerLogger:
      throw invalid('this node has no loggers whose levels can be set')
    case ResourceType.clientMetrics:
      if (resourceName === '') throw invalid('the subscription has no name')
      return { kind: 'clientMetrics', subscription: resourceName }
    default:
      throw invalid(`unknown resource type ${resourceType}`)
  }
}

/**
 * Does the work with settings as clients may hear of it: `InvalidSetting` becomes INVALID_REQUEST, or `configFault` where
 * a setting or its value is at fault.
 */
export function refusingInvalidSettings<T>(work: () => T, configFault: number = ErrorCode.invalidConfig): T {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof InvalidSetting)) throw error
    const code = error.fault === 'request' ? ErrorCode.invalidRequest : configFault
    throw new KafkaError(code, error.message, { cause: error })
  }
}

// Without a name: the default of all nodes.
function brokerTarget(resourceName: string, nodeId: number): BrokerTarget {
  if (resourceName === '') return 'default'
  if (resourceName === String(nodeId)) return 'node'
  throw invalid(`the broker is ${nodeId}, or '' for the default of all brokers, not '${resourceName}'`)
}

function invalid(message: string): KafkaError {
  return new KafkaError(ErrorCode.invalidRequest, message)
}

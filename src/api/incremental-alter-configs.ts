import type { Alteration, AlterOperation } from '../config/alteration.ts'
import { InvalidSetting } from '../config/kinds.ts'
import type { RequestOf } from '../protocol/codec.ts'
import { incrementalAlterConfigsApi } from '../protocol/messages/incremental-alter-configs.ts'
import { alterResources, type ConfigPlan, refuseResources } from './config-alteration.ts'
import { handler, type Services } from './handle.ts'

// IncrementalAlterConfigs v0-1: sets, deletes, appends to and subtracts from single settings of a topic, the broker,
// a group or a subscription to client metrics. Left out: levels of loggers.

type Configs = RequestOf<typeof incrementalAlterConfigsApi>['resources'][number]['configs']

/** The place of each is its number in the protocol. */
const operations: readonly AlterOperation[] = ['set', 'delete', 'append', 'subtract']

export const incrementalAlterConfigs = handler(incrementalAlterConfigsApi, {
  handle: (request, _call, services) =>
    alterResources(request.resources, ({ configs }) => planOf(configs, services), request.validateOnly, services),
  refuse: (request, failure) => refuseResources(request.resources, failure),
})

function planOf(configs: Configs, { configuration }: Services): ConfigPlan {
  const alterations = configs.map(alterationOf)
  return {
    topic: overrides => configuration.alteredTopic(overrides, alterations),
    broker: target => configuration.alteredBroker(target, alterations),
    group: groupId => configuration.alteredGroup(groupId, alterations),
    clientMetrics: subscription => configuration.alteredClientMetrics(subscription, alterations),
  }
}

function alterationOf({ name, configOperation, value }: Configs[number]): Alteration {
  const operation = operations[configOperation]
  if (!operation) throw new InvalidSetting(`'${name}' has the unknown operation ${configOperation}`, 'request')
  return { name, operation, value }
}

import { checkClientMetrics } from '../config/client-metrics.ts'
import { InvalidSetting } from '../config/kinds.ts'
import type { RequestOf } from '../protocol/codec.ts'
import { alterConfigsApi } from '../protocol/messages/alter-configs.ts'
import { alterResources, type ConfigPlan, refuseResources } from './config-alteration.ts'
import { handler, type Services } from './handle.ts'
import { repeated } from './repeated.ts'

// AlterConfigs v0-2: replaces all settings of a topic, the broker, a group or a subscription to client metrics; one that
// is not named goes back to its default. Left out: levels of loggers.

type Configs = RequestOf<typeof alterConfigsApi>['resources'][number]['configs']

export const alterConfigs = handler(alterConfigsApi, {
  handle: (request, _call, services) =>
    alterResources(request.resources, ({ configs }) => planOf(configs, services), request.validateOnly, services),
  refuse: (request, failure) => refuseResources(request.resources, failure),
})

function planOf(configs: Configs, { configuration }: Services): ConfigPlan {
  const overrides = overridesOf(configs)
  return {
    topic() {
      configuration.checkTopicOverrides(overrides)
      return overrides
    },
    broker(target) {
      configuration.checkBrokerOverrides(target, overrides)
      return overrides
    },
    group() {
      configuration.checkGroupOverrides(overrides)
      return overrides
    },
    clientMetrics() {
      checkClientMetrics(overrides)
      return overrides
    },
  }
}

function overridesOf(configs: Configs): ReadonlyMap<string, string> {
  const [twice] = repeated(configs.map(({ name }) => name))
  if (twice !== undefined) throw new InvalidSetting(`'${twice}' is named twice`, 'request')
  return new Map(
    configs.map(({ name, value }) => {
      if (value === null) throw new InvalidSetting(`'${name}' needs a value`, 'request')
      return [name, value.trim()]
    }),
  )
}

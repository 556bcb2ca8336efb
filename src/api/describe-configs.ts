import { ConfigSource } from '../config/configuration.ts'
import type { ListenerAddress } from '../config/node-facts.ts'
import {
  type ConfigEntry,
  describeBroker,
  describeBrokerDefault,
  describeClientMetrics,
  describeGroup,
  describeTopic,
} from '../config/reference.ts'
import { checkTopicName } from '../log/topic-name.ts'
import type { RequestOf } from '../protocol/codec.ts'
import { zeroUuid } from '../protocol/fields.ts'
import { describeConfigsApi } from '../protocol/messages/describe-configs.ts'
import { type ConfigResource, configResource } from './config-resources.ts'
import { type Call, handler, type NodeIdentity, type Services, settle } from './handle.ts'
import { findTopic } from './topic-lookup.ts'

// DescribeConfigs v0-4: topics, the broker, the default of all brokers, groups, subscriptions to client metrics. As in Kafka,
// the last two need not exist. Left out: levels of loggers.

type DescribeConfigsRequest = RequestOf<typeof describeConfigsApi>

export const describeConfigs = handler(describeConfigsApi, {
  handle: (request, call, services) => ({
    throttleTimeMs: 0,
    results: request.resources.map(({ resourceType, resourceName, configurationKeys }) => {
      const outcome = settle(() => {
        const resource = configResource({ resourceType, resourceName }, services.node.nodeId)
        const entries = selected(entriesOf(resource, call, services), configurationKeys)
        return { configs: entries.map(entry => described(entry, request)) }
      })
      return { configs: [], ...outcome, resourceType, resourceName }
    }),
  }),
  refuse: (request, failure) => ({
    throttleTimeMs: 0,
    results: request.resources.map(({ resourceType, resourceName }) => ({
      ...failure,
      resourceType,
      resourceName,
      configs: [],
    })),
  }),
})

function entriesOf(
  resource: ConfigResource,
  call: Call,
  { configuration, topics, node }: Services,
): readonly ConfigEntry[] {
  switch (resource.kind) {
    case 'topic':
      checkTopicName(resource.name)
      return describeTopic(configuration, findTopic(topics, { name: resource.name, topicId: zeroUuid }).overrides)
    case 'broker':
      if (resource.target === 'default') return describeBrokerDefault(configuration)
      return describeBroker(configuration, { ...node, listeners: listenersFor(call, node.listeners()) })
    case 'group':
      return describeGroup(configuration, resource.groupId)
    case 'clientMetrics':
      return describeClientMetrics(configuration, resource.subscription)
  }
}

/** Who listens on all addresses tells each client the one that it came by. */
function listenersFor({ connection }: Call, listeners: ReturnType<NodeIdentity['listeners']>): ListenerAddress[] {
  return listeners.map(({ bound, advertised }) => {
    const isWildcard = bound.host === '0.0.0.0' || bound.host === '::'
    const host = advertised?.host ?? (isWildcard ? connection.advertised.host : bound.host)
    return { bound, advertised: { host, port: advertised?.port || bound.port } }
  })
}

/** Those that were asked for: all, if none was named. */
function selected(entries: readonly ConfigEntry[], names: readonly string[] | null): readonly ConfigEntry[] {
  if (names === null || names.length === 0) return entries
  const wanted = new Set(names)
  return entries.filter(({ name }) => wanted.has(name))
}

function described(entry: ConfigEntry, { includeSynonyms, includeDocumentation }: DescribeConfigsRequest) {
  return {
    ...entry,
    isDefault: entry.configSource === ConfigSource.default,
    synonyms: includeSynonyms ? entry.synonyms : [],
    documentation: includeDocumentation ? entry.documentation : null,
  }
}

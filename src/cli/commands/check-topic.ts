import type { Cluster, TopicMetadata } from '../../client/cluster.ts'
import { newestTimes } from '../../client/record-times.ts'
import { matchingNames, regexOption } from '../admin/names.ts'
import { allTopics, partitionTroubles } from '../admin/topics.ts'
import { defineCheck } from '../check/check-command.ts'
import { type Finding, judge, metric, type Thresholds, thresholdsFor } from '../check/findings.ts'
import { humaneDuration } from '../table/humane.ts'

export const checkTopicCommand = defineCheck<{ readonly regex?: boolean }, [topics: readonly string[]]>({
  name: 'topic',
  summary: 'has every partition a leader and all its replicas, and is the topic written to?',
  description:
    'A partition without a leader is critical, and so is a topic that is not there. Replicas that are not in sync are a ' +
    'warning. With a time as threshold, the age of the newest record of each topic is looked at, too.',
  arguments: [{ name: '[topics...]', help: 'all of them by default' }],
  thresholdHelp:
    'a number of partitions with replicas that are not in sync (default 0), or an age of the newest record, as 10m',
  options: [regexOption],
  examples: [
    { command: 'streamctl check topic', does: 'all topics' },
    { command: 'streamctl check topic web -w 10m -c 1h', does: 'is it still written to?' },
    { command: "streamctl check topic -r 'web.*' --format prometheus", does: 'topics by a pattern, as metrics' },
  ],
  whenUnreachable: 'unknown',
  look: async ({ cluster, thresholds, env }, { regex }, wanted) => {
    const topics = await allTopics(cluster)
    const names = topics.map(({ name }) => name)
    const chosen = regex ? matchingNames(names, wanted) : wanted.length > 0 ? wanted : names
    const findings = await Promise.all(
      chosen.map(async name => {
        const topic = topics.find(other => other.name === name)
        if (!topic) return [{ status: 'critical', text: `topic '${name}' is not there`, metrics: [] } as const]
        return [replication(topic, thresholds), ...(await freshness(cluster, topic, thresholds, env.clock.now()))]
      }),
    )
    return findings.flat()
  },
})

function replication(topic: TopicMetadata, thresholds: Thresholds): Finding {
  const { leaderless, underReplicated } = partitionTroubles(topic)
  const numbers = thresholdsFor(thresholds, 'number')
  const hasOwn = numbers.warn.length + numbers.critical.length > 0
  const byNumber = hasOwn ? judge(underReplicated, numbers) : underReplicated > 0 ? 'warning' : 'ok'
  const troubles = [
    ...(leaderless > 0 ? [`${leaderless} without a leader`] : []),
    ...(underReplicated > 0 ? [`${underReplicated} with replicas that are not in sync`] : []),
  ]
  const count = topic.partitions.length
  const labels = { topic: topic.name }
  return {
    status: leaderless > 0 ? 'critical' : byNumber,
    text: `topic '${topic.name}': ${count} ${count === 1 ? 'partition' : 'partitions'}${troubles.length > 0 ? `, ${troubles.join(', ')}` : ''}`,
    metrics: [
      metric('partitions', labels, count),
      metric('leaderless_partitions', labels, leaderless),
      metric('under_replicated_partitions', labels, underReplicated, numbers),
    ],
  }
}

/** How old the newest record is, where a time is among the thresholds. */
async function freshness(
  cluster: Cluster,
  topic: TopicMetadata,
  thresholds: Thresholds,
  nowMs: number,
): Promise<readonly Finding[]> {
  const limits = thresholdsFor(thresholds, 'time')
  if (limits.warn.length + limits.critical.length === 0) return []
  const led = topic.partitions.filter(({ leaderId }) => leaderId >= 0).map(({ partition }) => partition)
  const times = [...(await newestTimes(cluster, topic, led)).values()]
  if (times.length === 0) return [{ status: 'unknown', text: `topic '${topic.name}' holds no record`, metrics: [] }]
  const ageMs = Math.max(0, nowMs - Math.max(...times))
  return [
    {
      status: judge(ageMs, limits),
      text: `topic '${topic.name}': the newest record is ${humaneDuration(ageMs)} old`,
      metrics: [metric('newest_record_age_milliseconds', { topic: topic.name }, ageMs, limits)],
    },
  ]
}

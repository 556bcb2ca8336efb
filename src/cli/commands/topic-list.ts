import { defineAdminCommand } from '../admin/admin-command.ts'
import { matchingNames, regexOption } from '../admin/names.ts'
import { allTopics, partitionTroubles, topicSizes } from '../admin/topics.ts'

interface ListOptions {
  readonly all?: boolean
  readonly regex?: boolean
}

export const topicListCommand = defineAdminCommand<ListOptions, [topics: readonly string[]]>({
  name: 'list',
  summary: 'list topics: name, partitions, replicas',
  description:
    'With --format wide also what one copy takes on disk.\n\n' +
    'JSON fields: `topic`, `partitions`, `replicas`, `internal`, `leaderless` and `underReplicated` (numbers of ' +
    'partitions), `id`.',
  arguments: [{ name: '[topics...]', help: 'only these; all of them by default' }],
  options: [{ flags: '-a, --all', help: "also the brokers' internal topics" }, regexOption],
  examples: [
    { command: 'streamctl topic list', does: 'a table; in a pipe, columns with tabs between' },
    { command: 'streamctl topic list --json', does: 'one JSON object a line' },
    { command: "streamctl topic list -r 'web-.*' --format wide", does: 'topics by a pattern, with sizes and ids' },
  ],
  run: async (session, { all, regex }, wanted) => {
    const { cluster, report } = session
    const topics = await allTopics(cluster)
    const names = topics.map(({ name }) => name)
    const chosen = new Set(regex ? matchingNames(names, wanted) : wanted.length > 0 ? wanted : names)
    const shown = topics.filter(
      ({ name, isInternal }) => chosen.has(name) && (all || !isInternal || (wanted.length > 0 && !regex)),
    )
    const bytes = report.isWide ? await topicSizes(session) : undefined
    const rows = shown.map(topic => ({
      topic: topic.name,
      partitions: topic.partitions.length,
      replicas: topic.partitions[0]?.replicas.length ?? 0,
      internal: topic.isInternal,
      ...partitionTroubles(topic),
      id: topic.topicId,
    }))
    report.rows(rows, [
      { title: 'TOPIC', value: row => row.topic },
      { title: 'PARTITIONS', value: row => row.partitions, as: 'number' },
      { title: 'REPLICAS', value: row => row.replicas, as: 'number' },
      { title: 'SIZE', value: row => bytes?.get(row.topic) ?? null, as: 'bytes', isWide: true },
      { title: 'LEADERLESS', value: row => row.leaderless, as: 'number', isWide: true },
      { title: 'UNDER-REPLICATED', value: row => row.underReplicated, as: 'number', isWide: true },
      { title: 'INTERNAL', value: row => row.internal, isWide: true },
      { title: 'ID', value: row => row.id, isWide: true },
    ])
    return undefined
  },
})

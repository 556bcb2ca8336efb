import type { Cluster } from '../../client/cluster.ts'
import { RequestError } from '../../client/failures.ts'
import { committedOffsets, describeGroup } from '../../client/group-admin.ts'
import { endOffsets, findTopic, type PartitionOffsets } from '../../client/list-offsets.ts'
import { defineCommand } from '../command.ts'
import { type BrokerOptions, brokersOption, jsonOption, openCluster } from '../options.ts'
import type { Output } from '../output.ts'

interface DescribeOptions extends BrokerOptions {
  readonly json?: boolean
}

export const groupDescribeCommand = defineCommand<DescribeOptions, [groups: readonly string[]]>({
  name: 'describe',
  summary: 'show members, committed offsets and lag of groups',
  arguments: [{ name: '<groups...>', help: 'their names' }],
  options: [brokersOption, jsonOption],
  examples: [
    { command: 'streamctl group describe billing', does: 'who reads what, and how far behind' },
    { command: 'streamctl group describe billing --json', does: 'the same as JSON' },
  ],
  run: async (context, options, groups) => {
    const cluster = openCluster(context, options)
    try {
      for (const group of groups) {
        const description = await describe(cluster, group)
        if (options.json) context.output.json(description)
        else show(context.output, description)
      }
    } finally {
      cluster.close()
    }
    return undefined
  },
})

interface PartitionRow {
  readonly topic: string
  readonly partition: number
  readonly committed: number | null
  readonly end: number | null
  readonly lag: number | null
  readonly member: string | null
  readonly host: string | null
}

type Description = Awaited<ReturnType<typeof describe>>

async function describe(cluster: Cluster, name: string) {
  const { members, ...group } = await describeGroup(cluster, name)
  const committed = await committedOffsets(cluster, name)
  const readers = new Map(
    members.flatMap(member =>
      member.partitions.map(({ topic, partition }) => [`${topic}/${partition}`, { topic, partition, member }] as const),
    ),
  )
  const topics = new Set([...committed.keys(), ...[...readers.values()].map(({ topic }) => topic)])
  const partitions: PartitionRow[] = []
  for (const topic of [...topics].toSorted()) {
    const offsets = committed.get(topic) ?? new Map<number, number>()
    const assigned = [...readers.values()].filter(reader => reader.topic === topic).map(({ partition }) => partition)
    const numbers = [...new Set([...offsets.keys(), ...assigned])].toSorted((a, b) => a - b)
    const ends = await endsOf(cluster, topic, numbers)
    for (const partition of numbers) {
      const offset = offsets.get(partition) ?? null
      const end = ends.get(partition) ?? null
      const reader = readers.get(`${topic}/${partition}`)?.member
      partitions.push({
        topic,
        partition,
        committed: offset,
        end,
        lag: offset === null || end === null ? null : Math.max(0, end - offset),
        member: reader?.memberId ?? null,
        host: reader?.clientHost ?? null,
      })
    }
  }
  return { ...group, members: members.length, partitions }
}

/** Offsets of a topic that has been deleted stay with the group for a while: they have no end any more. */
async function endsOf(cluster: Cluster, topic: string, partitions: readonly number[]): Promise<PartitionOffsets> {
  try {
    return await endOffsets(cluster, await findTopic(cluster, topic), partitions)
  } catch (error) {
    if (error instanceof RequestError) return new Map()
    throw error
  }
}

function show(output: Output, { group, state, protocol, members, partitions }: Description): void {
  const facts: readonly (readonly [string, string])[] = [
    ['group', group],
    ['state', state],
    ['assignor', protocol || '-'],
    ['members', String(members)],
  ]
  output.table(facts, [
    { title: 'NAME', value: ([name]) => name },
    { title: 'VALUE', value: ([, value]) => value },
  ])
  output.line('')
  output.table(partitions, [
    { title: 'TOPIC', value: row => row.topic },
    { title: 'PARTITION', value: row => row.partition, align: 'right' },
    { title: 'COMMITTED', value: row => row.committed, align: 'right' },
    { title: 'END', value: row => row.end, align: 'right' },
    { title: 'LAG', value: row => row.lag, align: 'right' },
    { title: 'MEMBER', value: row => row.member },
    { title: 'HOST', value: row => row.host },
  ])
}

import type { Cluster } from '../../client/cluster.ts'
import { RequestError } from '../../client/failures.ts'
import { committedOffsets } from '../../client/group-admin.ts'
import { GroupMember } from '../../client/group-member.ts'
import type { AssignedPartition } from '../../client/group-protocol.ts'
import { endOffsets, findTopic, resolvePosition, type StartPosition } from '../../client/list-offsets.ts'
import { Reader } from '../../client/reader.ts'
import type { CommandContext } from '../command.ts'
import { every } from '../every.ts'
import { positionOf } from './kcat-consume.ts'
import type { KcatOptions } from './kcat-options.ts'
import { KcatPrinter, keyOf } from './kcat-printer.ts'
import type { KcatVoice } from './kcat-say.ts'
import type { KcatSettings } from './kcat-settings.ts'

const commitEveryMs = 5_000

interface GroupInput {
  readonly options: KcatOptions
  readonly settings: KcatSettings
  readonly voice: KcatVoice
}

/** `-G`: reads topics as a member of a group. */
export async function consumeAsGroup(context: CommandContext, cluster: Cluster, input: GroupInput): Promise<void> {
  const { output, signal, env } = context
  const { options, settings, voice } = input
  const printer = new KcatPrinter(output, voice, options)
  const groupCluster = cluster.sibling()
  const reader = new Reader(cluster, { onNotice: text => voice.info(1, text) })
  const ends = new PartitionEnds(voice, options, () => end())
  const member = new GroupMember(groupCluster, {
    group: options.group,
    topics: await topicNames(cluster, options.operands),
    onNotice: text => voice.info(1, text),
    sessionTimeoutMs: Number(settings.get('session.timeout.ms')),
    heartbeatMs: Number(settings.get('heartbeat.interval.ms')),
    onAssigned: async partitions => {
      voice.info(1, rebalanceText(member, options.group, 'assigned', partitions))
      await begin(cluster, reader, ends, { ...input, partitions })
    },
    onRevoked: async mayCommit => {
      voice.info(1, rebalanceText(member, options.group, 'revoked', ends.clear()))
      await reader.clear()
      if (mayCommit) await commit()
      printer.printed.clear()
    },
  })
  const end = (): void => {
    member.stop()
    reader.stop()
  }
  const commit = async (): Promise<void> => {
    const printed = new Map([...printer.printed].map(([name, offsets]) => [name, new Map(offsets)]))
    await output.flush()
    if (output.isClosed) return
    await member.commit(printed).catch(error => {
      if (!(error instanceof RequestError)) throw error
      voice.info(1, error.message)
    })
  }
  const stopCommits = every(env, commitEveryMs, () => commit().catch(() => {}))
  signal.addEventListener('abort', end)
  if (signal.aborted) end()
  voice.info(1, 'Waiting for group rebalance')
  const print = reader.run(
    async fetched => {
      const behind = await printer.print(fetched)
      if (printer.isDone) end()
      else ends.note(fetched, behind, fetched.highWatermark)
    },
    { idle: true },
  )
  try {
    await Promise.all([print.finally(end), member.run().finally(end)])
  } finally {
    stopCommits()
    groupCluster.close()
  }
}

/** Topics by name, and those that expressions (`^…`) match now. */
async function topicNames(cluster: Cluster, given: readonly string[]): Promise<readonly string[]> {
  const patterns = given.filter(name => name.startsWith('^')).map(pattern => new RegExp(pattern))
  const names = given.filter(name => !name.startsWith('^'))
  if (patterns.length === 0) return names
  const { topics } = await cluster.metadata(null)
  const matching = topics.filter(({ name }) => patterns.some(pattern => pattern.test(name))).map(({ name }) => name)
  return [...new Set([...names, ...matching])]
}

async function begin(
  cluster: Cluster,
  reader: Reader,
  ends: PartitionEnds,
  { partitions, options, settings }: GroupInput & { readonly partitions: readonly AssignedPartition[] },
): Promise<void> {
  ends.assign(partitions)
  const committed = await committedOffsets(cluster, options.group)
  for (const [name, assigned] of Map.groupBy(partitions, ({ topic }) => topic)) {
    const topic = await findTopic(cluster, name)
    const numbers = assigned.map(({ partition }) => partition)
    const position = options.offset === undefined ? undefined : positionOf(options.offset)
    const known = position ? new Map<number, number>() : (committed.get(name) ?? new Map<number, number>())
    const fresh = numbers.filter(partition => !known.has(partition))
    const found = await resolvePosition(cluster, topic, fresh, position ?? resetOf(settings))
    const highest = await endOffsets(cluster, topic, numbers)
    for (const partition of numbers) {
      const offset = known.get(partition) ?? found.get(partition) ?? 0
      reader.add({ topic: name, topicId: topic.topicId, partition, offset, endOffset: Number.POSITIVE_INFINITY })
      ends.note({ topic: name, partition }, offset, highest.get(partition) ?? 0)
    }
  }
  ends.check()
}

function resetOf(settings: KcatSettings): StartPosition {
  const isEarliest = ['earliest', 'smallest', 'beginning'].includes(settings.get('auto.offset.reset'))
  return { kind: isEarliest ? 'start' : 'end' }
}

/** Which of the assigned partitions are read to their ends. */
class PartitionEnds {
  readonly #voice: KcatVoice
  readonly #exits: boolean
  readonly #onAllEnded: () => void
  #assigned: readonly AssignedPartition[] = []
  readonly #ended = new Set<string>()

  constructor(voice: KcatVoice, { exitAtEnd }: KcatOptions, onAllEnded: () => void) {
    this.#voice = voice
    this.#exits = exitAtEnd
    this.#onAllEnded = onAllEnded
  }

  assign(partitions: readonly AssignedPartition[]): void {
    this.#assigned = partitions
    this.#ended.clear()
  }

  /** Answers what was assigned until now. */
  clear(): readonly AssignedPartition[] {
    const assigned = this.#assigned
    this.assign([])
    return assigned
  }

  note(place: AssignedPartition, offset: number, endOffset: number): void {
    if (offset < endOffset) {
      this.#ended.delete(keyOf(place))
      return
    }
    if (this.#ended.has(keyOf(place))) return
    this.#ended.add(keyOf(place))
    const exits = this.#exits && this.#ended.size === this.#assigned.length ? ': exiting' : ''
    this.#voice.info(1, `Reached end of topic ${place.topic} [${place.partition}] at offset ${offset}${exits}`)
    this.check()
  }

  check(): void {
    if (this.#exits && this.#assigned.length > 0 && this.#ended.size === this.#assigned.length) this.#onAllEnded()
  }
}

function rebalanceText(
  member: GroupMember,
  group: string,
  what: 'assigned' | 'revoked',
  partitions: readonly AssignedPartition[],
): string {
  const list = partitions.map(({ topic, partition }) => `${topic} [${partition}]`).join(', ')
  return `Group ${group} rebalanced (memberid ${member.memberId}): ${what}: ${list}`
}

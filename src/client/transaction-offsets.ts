import { ErrorCode } from '../protocol/errors.ts'
import { offsetFetchApi } from '../protocol/messages/offset-fetch.ts'
import type { Cluster } from './cluster.ts'
import { checkCode, isRetriable } from './failures.ts'
import { type CommittedOffsets, offsetFetchByName } from './group-admin.ts'
import { backoff } from './retry.ts'

/** An aborted transaction is completed within moments; one whose coordinator is gone takes as long as that takes. */
const retryForMs = 60_000

/**
 * What a group has committed, once no transaction is open that would change it (KIP-447): where a successor that commits
 * offsets in transactions goes on. Throws `RequestError`.
 */
export async function stableOffsets(cluster: Cluster, group: string): Promise<CommittedOffsets> {
  const commits = await stableCommits(cluster, group)
  return new Map(
    [...commits].map(([topic, partitions]) => [
      topic,
      new Map([...partitions].map(([partition, { offset }]) => [partition, offset])),
    ]),
  )
}

/** An offset that a group has committed, and what it noted with it. */
export interface CommittedOffset {
  readonly offset: number
  readonly metadata: string
}

/** By topic and partition. */
export type GroupCommits = ReadonlyMap<string, ReadonlyMap<number, CommittedOffset>>

/** As `stableOffsets`, with the metadata of each commit. */
export function stableCommits(cluster: Cluster, group: string): Promise<GroupCommits> {
  return fetchCommits(cluster, group, true)
}

/** What a group has committed so far, whatever transactions are open. */
export function groupCommits(cluster: Cluster, group: string): Promise<GroupCommits> {
  return fetchCommits(cluster, group, false)
}

async function fetchCommits(cluster: Cluster, group: string, requireStable: boolean): Promise<GroupCommits> {
  const pauses = backoff(cluster.env, { retryForMs })
  for (;;) {
    const answer = await cluster.askPersistently(
      () => cluster.groupCoordinator(group),
      offsetFetchApi,
      { groupId: group, topics: null, groups: [{ groupId: group, topics: null }], requireStable },
      response => isRetriable(response.groups[0]?.errorCode ?? response.errorCode),
      { versionMax: offsetFetchByName },
    )
    const found = answer.groups[0] ?? answer
    checkCode(found.errorCode, `group '${group}'`)
    const partitions = found.topics.flatMap(topic => topic.partitions)
    const unstable = partitions.find(({ errorCode }) => errorCode !== ErrorCode.none)
    if (!unstable) {
      return new Map(
        found.topics.map(({ name, partitions: of }) => [
          name,
          new Map(
            of
              .filter(({ committedOffset }) => committedOffset >= 0)
              .map(({ partitionIndex, committedOffset, metadata }) => [
                partitionIndex,
                { offset: committedOffset, metadata: metadata ?? '' },
              ]),
          ),
        ]),
      )
    }
    if (unstable.errorCode !== ErrorCode.unstableOffsetCommit || pauses.isOver) {
      checkCode(unstable.errorCode, `offsets of group '${group}'`)
    }
    await pauses.pause()
  }
}

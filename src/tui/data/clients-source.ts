import type { DescribedMember } from '../../client/whole-cluster.ts'
import { defineSource, type Source } from '../source.ts'
import { watchOf } from './cluster-watch.ts'

/** A client that is connected as a member of a group: of others the Kafka protocol does not tell. */
export interface ClientRow {
  readonly clientId: string
  readonly host: string
  readonly group: string
  readonly memberId: string
  readonly partitions: number
  readonly topics: readonly string[]
}

const periodMs = 5_000

export const clientsSource = defineSource<Source, readonly ClientRow[]>(
  async ({ env, cluster, emit, signal, pause }) => {
    const watch = watchOf(env, cluster)
    while (!signal.aborted) {
      await watch.groups.required()
      await watch.members.fresh()
      emit(clientRows(watch.members.value ?? new Map()))
      const startMs = env.clock.monotonic()
      await pause(periodMs)
      if (env.clock.monotonic() - startMs < periodMs * 0.9) watch.expire()
    }
  },
)

export function clientRows(members: ReadonlyMap<string, readonly DescribedMember[]>): readonly ClientRow[] {
  return [...members].flatMap(([group, described]) =>
    described.map(({ clientId, clientHost, memberId, partitions }) => ({
      ...{ clientId, group, memberId, partitions: partitions.length },
      // Brokers show addresses with a slash before them, as Java does.
      host: clientHost.replace(/^\//, ''),
      topics: [...new Set(partitions.map(({ topic }) => topic))].toSorted(),
    })),
  )
}

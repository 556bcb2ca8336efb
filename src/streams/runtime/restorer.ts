import type { Cluster } from '../../client/cluster.ts'
import { type AnsweredBatches, forEachFetched, offsetBehind } from '../../client/fetched-records.ts'
import { endOffsets, findTopic, startOffsets } from '../../client/list-offsets.ts'
import { Reader } from '../../client/reader.ts'
import { sleep } from '../../client/retry.ts'
import { byteText } from '../codecs/key-text.ts'
import type { TaskState } from './task-state.ts'

/** A changelog partition that is read into the state of a task. */
interface Restoring {
  readonly topic: string
  readonly partition: number
  readonly state: TaskState
  readonly startOffset: number
  offset: number
  /** Where the partition ended when it was last heard of. */
  endOffset: number
  /** All is there up to this offset; undefined for a standby, which goes on. */
  readonly done: { readonly untilOffset: number; readonly resolve: () => void } | undefined
}

/** How far the state of a task has been built up. */
export interface RestoreProgress {
  /** From 0 to 1. */
  readonly share: number
  /** Records of changelogs that are not in the state yet. */
  readonly lag: number
  readonly positions: readonly {
    readonly topic: string
    readonly partition: number
    readonly offset: number
    readonly end: number
  }[]
}

/** How often to look whether an open transaction of a predecessor is decided. */
const undecidedPauseMs = 50

/**
 * Reads changelogs into the state of tasks: once up to their ends, for tasks that are to process, or on and on, for standbys.
 * Only what was committed is read, so the state is that of a committed transaction.
 */
export class Restorer {
  readonly #cluster: Cluster
  readonly #reader: Reader
  readonly #restoring = new Map<string, Restoring>()
  readonly #running: Promise<void>
  /** Records read so far. */
  restoredRecords = 0

  /** `onFailure` is told what ends all reading. */
  constructor(
    cluster: Cluster,
    options: { readonly onFailure: (error: unknown) => void; readonly onNotice: (text: string) => void },
  ) {
    this.#cluster = cluster
    this.#reader = new Reader(cluster, {
      onNotice: options.onNotice,
      onProgress: ({ topic, partition, endOffset }) => {
        const restoring = this.#restoring.get(keyOf(topic, partition))
        if (restoring) restoring.endOffset = endOffset
      },
    })
    this.#running = this.#reader.run(fetched => this.#take(fetched), { idle: true }).catch(options.onFailure)
  }

  /**
   * Brings the state of a task up to what is committed. A predecessor's transaction that is not decided yet is waited for:
   * part of it may count.
   */
  async restore(partition: number, state: TaskState, signal: AbortSignal): Promise<void> {
    await Promise.all(state.changelogs.map(changelog => this.#restoreOne(changelog, partition, state, signal)))
    this.release(partition, state)
  }

  /** Keeps the state of a standby close to its changelogs, until `release`. */
  async follow(partition: number, state: TaskState): Promise<void> {
    for (const changelog of state.changelogs) {
      const { topicId, startOffset, ends } = await this.#look(changelog, partition, state)
      this.#add({
        topicId,
        topic: changelog,
        partition,
        state,
        startOffset,
        endOffset: ends.committed,
        done: undefined,
      })
    }
  }

  /** Reads nothing more into the state of a task. */
  release(partition: number, state: TaskState): void {
    for (const changelog of state.changelogs) {
      const key = keyOf(changelog, partition)
      if (this.#restoring.get(key)?.state !== state) continue
      this.#restoring.delete(key)
      this.#reader.remove({ topic: changelog, partition })
    }
  }

  progress(partition: number, state: TaskState): RestoreProgress {
    const positions: RestoreProgress['positions'][number][] = []
    let [read, all, lag] = [0, 0, 0]
    for (const topic of state.changelogs) {
      const restoring = this.#restoring.get(keyOf(topic, partition))
      if (!restoring) continue
      const { startOffset, offset, endOffset } = restoring
      const end = Math.max(offset, endOffset)
      read += offset - startOffset
      all += end - startOffset
      lag += end - offset
      positions.push({ topic, partition, offset, end })
    }
    return { share: all === 0 ? 1 : read / all, lag, positions }
  }

  async close(): Promise<void> {
    this.#reader.stop()
    await this.#running
  }

  async #restoreOne(changelog: string, partition: number, state: TaskState, signal: AbortSignal): Promise<void> {
    const { topicId, startOffset, ends } = await this.#look(changelog, partition, state)
    while (ends.committed < ends.all && !signal.aborted) {
      await sleep(this.#cluster.env, undecidedPauseMs, signal)
      const topic = await findTopic(this.#cluster, changelog)
      ends.committed = (await endOffsets(this.#cluster, topic, [partition], 'committed')).get(partition) ?? 0
    }
    const untilOffset = ends.all
    if (startOffset >= untilOffset || signal.aborted) return
    const { promise, resolve } = Promise.withResolvers<void>()
    signal.addEventListener('abort', () => resolve(), { once: true })
    const done = { untilOffset, resolve }
    this.#add({ topicId, topic: changelog, partition, state, startOffset, endOffset: untilOffset, done })
    await promise
  }

  async #look(changelog: string, partition: number, state: TaskState) {
    const topic = await findTopic(this.#cluster, changelog)
    const [first, committed, all] = await Promise.all([
      startOffsets(this.#cluster, topic, [partition]),
      endOffsets(this.#cluster, topic, [partition], 'committed'),
      endOffsets(this.#cluster, topic, [partition], 'uncommitted'),
    ])
    const ends = { committed: committed.get(partition) ?? 0, all: all.get(partition) ?? 0 }
    state.identify(changelog, topic.topicId, ends.all)
    const startOffset = Math.max(state.position(changelog) ?? 0, first.get(partition) ?? 0)
    return { topicId: topic.topicId, startOffset, ends }
  }

  #add(restoring: Omit<Restoring, 'offset'> & { readonly topicId: string }): void {
    const { topic, partition, topicId, startOffset } = restoring
    this.#restoring.set(keyOf(topic, partition), { ...restoring, offset: startOffset })
    this.#reader.add({ topic, topicId, partition, offset: startOffset, endOffset: Number.POSITIVE_INFINITY })
  }

  #take(fetched: AnsweredBatches): void {
    const { topic, partition } = fetched
    const restoring = this.#restoring.get(keyOf(topic, partition))
    if (!restoring) return
    const { state, done } = restoring
    forEachFetched(fetched, record => {
      this.restoredRecords++
      const { key } = record
      if (key !== null) state.restore(topic, byteText(key), record.value, record.timestamp)
    })
    restoring.offset = offsetBehind(fetched.bytes, fetched.fromOffset)
    state.advance(topic, restoring.offset)
    state.restoredSome()
    if (done && restoring.offset >= done.untilOffset) done.resolve()
  }
}

function keyOf(topic: string, partition: number): string {
  return `${topic}/${partition}`
}

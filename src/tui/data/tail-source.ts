import type { Timer } from '../../base/env.ts'
import { OperatorError } from '../../base/errors.ts'
import type { TopicMetadata } from '../../client/cluster.ts'
import {
  type AnsweredBatches,
  forEachInBatch,
  offsetBehind,
  recordCountAt,
  wantedBatches,
} from '../../client/fetched-records.ts'
import { endOffsets, findTopic, type PartitionOffsets } from '../../client/list-offsets.ts'
import { Reader } from '../../client/reader.ts'
import { sleep } from '../../client/retry.ts'
import type { RecordRow } from '../record-row.ts'
import { defineSource, type SourceContext } from '../source.ts'
import { type CountedFilter, countedFilter } from './counted-filter.ts'
import { Rate } from './rate.ts'
import { previewOf } from './record-preview.ts'
import type { TailPicture, TailQuestion } from './record-questions.ts'
import { newestRows } from './records-source.ts'
import { Ring } from './ring.ts'
import { Turns } from './turns.ts'

/** What is there already when the tail begins, so that it does not begin with an empty screen. */
const beforeCount = 100
/** Records further behind the end are passed over: who looks at a tail wants to see what comes in now. */
const filteredBehindMax = 200_000
/** Without a filter only the last ones can be seen: more than so many times those need not be read. */
const unseenTimesMax = 5
const emitMs = 50
/** Small, so that keys are answered in between and memory stays small. */
const fetchBytesMax = 1024 * 1024
const rateWindowMs = 3_000

/** The newest records as they come, for as long as somebody looks. */
export const tailSource = defineSource<TailQuestion, TailPicture>(followTail)

async function followTail(context: SourceContext<TailQuestion, TailPicture>): Promise<void> {
  const { cluster, question, signal } = context
  const topic = await findTopic(cluster, question.topic)
  const partitions = topic.partitions.filter(({ leaderId }) => leaderId >= 0).map(({ partition }) => partition)
  const ends = await endOffsets(cluster, topic, partitions)
  const before =
    question.where === ''
      ? await newestRows(context, topic, { ends, count: Math.min(beforeCount, question.count) })
      : []
  const reading = cluster.sibling()
  const tail = new Tail(context, before)
  try {
    await tail.run(new Reader(reading, tail.readerOptions()), topic, ends)
  } finally {
    tail.close()
    reading.close()
  }
  if (!signal.aborted) throw new OperatorError(`topic '${question.topic}' is not there any more`)
}

interface KeptBatch {
  readonly fetched: AnsweredBatches
  readonly at: number
  readonly count: number
}

class Tail {
  readonly #context: SourceContext<TailQuestion, TailPicture>
  readonly #filter: CountedFilter
  readonly #ring: Ring<RecordRow>
  readonly #rate = new Rate(rateWindowMs)
  readonly #turns: Turns
  /** Batches that have come in since the last picture, oldest first. */
  #kept: KeptBatch[] = []
  #keptCount = 0
  #reader: Reader | undefined
  #timer: Timer | undefined
  /** Emits once more when nothing has come for a while. */
  #calming: Timer | undefined
  #emittedMs = Number.NEGATIVE_INFINITY
  #seen = 0
  #skipped = 0
  #notice: string | null = null

  constructor(context: SourceContext<TailQuestion, TailPicture>, before: readonly RecordRow[]) {
    const { where, count } = context.question
    this.#context = context
    this.#turns = new Turns(context.env)
    this.#ring = new Ring(count)
    for (const row of before.toReversed()) this.#ring.push(row)
    this.#filter = countedFilter(where)
  }

  readerOptions(): ConstructorParameters<typeof Reader>[1] {
    return {
      fetchBytesMax,
      reconnectForMs: Number.POSITIVE_INFINITY,
      onNotice: text => {
        this.#notice = text
        this.#emitSoon()
      },
      onProgress: () => {
        this.#notice = null
      },
      onGone: () => this.#reader?.stop(),
    }
  }

  /** Until the signal aborts or the topic is gone. */
  async run(reader: Reader, topic: TopicMetadata, from: PartitionOffsets): Promise<void> {
    const { env, signal } = this.#context
    const { count, where } = this.#context.question
    this.#reader = reader
    const stop = (): void => reader.stop()
    signal.addEventListener('abort', stop)
    const add = (partition: number, offset: number): void => {
      const endOffset = Number.POSITIVE_INFINITY
      reader.add({ topic: topic.name, topicId: topic.topicId, partition, offset, endOffset })
    }
    try {
      for (const [partition, offset] of from) add(partition, offset)
      this.#emit()
      if (signal.aborted) return
      await reader.run(async fetched => {
        await this.#take(fetched)
        const { partition, lastStableOffset } = fetched
        const behind = lastStableOffset - offsetBehind(fetched.bytes, fetched.fromOffset)
        if (behind <= this.#behindMax) return
        reader.remove(fetched)
        add(partition, lastStableOffset - count)
        if (where === '') this.#seen += behind - count
        else this.#skipped += behind - count
        // Until the next picture nothing more can be shown.
        await sleep(env, emitMs, signal)
      })
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }

  close(): void {
    this.#timer?.cancel()
    this.#calming?.cancel()
  }

  get #behindMax(): number {
    const { count, where } = this.#context.question
    return where === '' ? unseenTimesMax * count : filteredBehindMax
  }

  async #take(fetched: AnsweredBatches): Promise<void> {
    const isFiltered = this.#context.question.where !== ''
    this.#turns.begin()
    for (const at of wantedBatches(fetched)) {
      if (isFiltered) this.#filterBatch(fetched, at)
      else this.#keepBatch({ fetched, at, count: recordCountAt(fetched, at) })
      await this.#turns.next()
    }
    this.#rate.note(this.#context.env.clock.monotonic(), this.#seen)
    this.#emitSoon()
  }

  #filterBatch(fetched: AnsweredBatches, at: number): void {
    const { partition, topic } = fetched
    forEachInBatch(fetched, at, record => {
      this.#seen++
      if (this.#filter.matches(record, { topic, partition })) this.#ring.push(previewOf(record, partition))
    })
  }

  /** Without a filter, a batch is unpacked only if some of it can still be seen when the next picture is due. */
  #keepBatch(batch: KeptBatch): void {
    this.#kept.push(batch)
    this.#keptCount += batch.count
    this.#seen += batch.count
    while (this.#keptCount - this.#kept[0]!.count >= this.#context.question.count) {
      this.#keptCount -= this.#kept.shift()!.count
    }
  }

  #unpack(): void {
    let unseen = this.#keptCount - this.#context.question.count
    for (const { fetched, at } of this.#kept) {
      forEachInBatch(fetched, at, record => {
        if (unseen-- <= 0) this.#ring.push(previewOf(record, fetched.partition))
      })
    }
    this.#kept = []
    this.#keptCount = 0
  }

  #emitSoon(): void {
    if (this.#timer) return
    const { clock } = this.#context.env
    const waitMs = Math.max(0, this.#emittedMs + emitMs - clock.monotonic())
    this.#timer = clock.after(waitMs, () => {
      this.#timer = undefined
      this.#emit()
    })
  }

  #emit(): void {
    const { env, emit } = this.#context
    this.#unpack()
    const nowMs = env.clock.monotonic()
    this.#emittedMs = nowMs
    this.#rate.note(nowMs, this.#seen)
    const rate = this.#rate.perSecond
    emit({
      rows: this.#ring.newestFirst(),
      seen: this.#seen,
      rate,
      skipped: this.#skipped,
      ...this.#filter.failures,
      notice: this.#notice,
    })
    // When nothing comes any more, the rate is to fall.
    this.#calming?.cancel()
    if (rate > 0) this.#calming = env.clock.after(1_000, () => this.#emit())
  }
}

import type { TopicMetadata } from '../../client/cluster.ts'
import { endOffsets, findTopic, type PartitionOffsets, startOffsets } from '../../client/list-offsets.ts'
import type { RecordRow } from '../record-row.ts'
import { defineSource, type Source, type SourceContext } from '../source.ts'
import { type CountedFilter, countedFilter } from './counted-filter.ts'
import {
  type Direction,
  isExhausted,
  type Lane,
  lanesToScan,
  placeBehind,
  reachedMs,
  takeReady,
  withNews,
} from './page-merge.ts'
import { jumpOffsets, parseJump, placeText, readPlace } from './record-place-text.ts'
import type { RecordsPage, RecordsQuestion, SearchProgress } from './record-questions.ts'
import { scanLanes } from './record-scan.ts'

type Context = SourceContext<RecordsQuestion, RecordsPage>

/** How often to look whether records have come in. */
const arrivalsMs = 2_000

/** A page of records, then how many have come in since, until nobody wants to know. */
export const recordsSource = defineSource<RecordsQuestion, RecordsPage>(readPage)

async function readPage(context: Context): Promise<void> {
  const { cluster, question, emit, signal, pause } = context
  // Connections of its own: it waits for nothing that lists ask for, and nothing waits behind what may be a long search.
  const reading = cluster.sibling()
  let read: { readonly page: RecordsPage; readonly topic: TopicMetadata; readonly ends: PartitionOffsets }
  try {
    const found = await findTopic(reading, question.topic)
    const topic = { ...found, partitions: found.partitions.filter(({ leaderId }) => leaderId >= 0) }
    const partitions = topic.partitions.map(({ partition }) => partition)
    const [starts, ends] = await Promise.all([
      startOffsets(reading, topic, partitions),
      endOffsets(reading, topic, partitions),
    ])
    const page = await new PageReading({ ...context, cluster: reading }, topic, { starts, ends }).read()
    read = { page, topic, ends }
  } finally {
    reading.close()
  }
  const { topic, ends } = read
  let { page } = read
  while (!signal.aborted) {
    await pause(arrivalsMs)
    if (signal.aborted) return
    const now = await endOffsets(cluster, topic, [...ends.keys()])
    const arrived = sum([...now].map(([partition, end]) => Math.max(0, end - (ends.get(partition) ?? end))))
    if (arrived !== page.arrived) {
      page = { ...page, arrived }
      emit(page)
    }
  }
}

/** The newest records of a topic before `ends`, read once. */
export async function newestRows(
  { cluster, env, signal, pause, question }: SourceContext<Source & { readonly topic: string }, never>,
  topic: TopicMetadata,
  { ends, count }: { readonly ends: PartitionOffsets; readonly count: number },
): Promise<readonly RecordRow[]> {
  const starts = await startOffsets(cluster, topic, [...ends.keys()])
  const about = { kind: 'records', topic: question.topic, from: '', direction: 'older', count, where: '' } as const
  const reading = new PageReading({ cluster, env, signal, pause, question: about, emit: () => {} }, topic, {
    starts,
    ends,
  })
  return (await reading.read()).rows
}

interface Bounds {
  readonly starts: PartitionOffsets
  readonly ends: PartitionOffsets
}

/** Offsets that the first look at a partition takes, without a filter and with one. */
const firstWindow = { least: 8, most: 128, filtered: 1_000 }

/** The reading of one page. */
class PageReading {
  readonly #context: Context
  readonly #topic: TopicMetadata
  readonly #bounds: Bounds
  readonly #filter: CountedFilter
  #looked = 0

  constructor(context: Context, topic: TopicMetadata, bounds: Bounds) {
    this.#context = context
    this.#topic = topic
    this.#bounds = bounds
    const { where } = context.question
    this.#filter = countedFilter(where)
  }

  async read(): Promise<RecordsPage> {
    const { cluster, question, env } = this.#context
    const { starts, ends } = this.#bounds
    const { from, count } = question
    const place = readPlace(from)
    if (place) return question.direction === 'older' ? this.#older(place) : this.#newer(place)
    if (from.trim() === '') return this.#older(ends)
    const jump = parseJump(from, env.clock.now())
    if (jump.position.kind === 'start') return this.#newer(starts)
    if (jump.position.kind === 'end') return this.#older(ends)
    const partitions = this.#topic.partitions.map(({ partition }) => partition)
    const around = this.#clamped(await jumpOffsets(cluster, this.#topic, partitions, jump))
    const newer = await this.#walk('newer', around, Math.ceil(count / 2), () => {})
    const above = newer.rows.toReversed()
    const older = await this.#walk('older', around, count - above.length, walk =>
      this.#emit({ rows: [...above, ...walk.rows], focus: above.length - 1, newer: newer.lanes, older: walk.lanes }),
    )
    const rows = [...above, ...older.rows]
    return this.#emit({ rows, focus: above.length - 1, newer: newer.lanes, older: older.lanes, isDone: true })
  }

  async #older(place: PartitionOffsets): Promise<RecordsPage> {
    const newer = this.#lanes('newer', this.#clamped(place))
    const shown = (walk: Walk, isDone: boolean): RecordsPage =>
      this.#emit({ rows: walk.rows, focus: 0, newer, older: walk.lanes, isDone })
    const walk = await this.#walk('older', place, this.#context.question.count, partly => shown(partly, false))
    return shown(walk, true)
  }

  async #newer(place: PartitionOffsets): Promise<RecordsPage> {
    const older = this.#lanes('older', this.#clamped(place))
    const shown = (walk: Walk, isDone: boolean): RecordsPage => {
      const rows = walk.rows.toReversed()
      return this.#emit({ rows, focus: rows.length - 1, newer: walk.lanes, older, isDone })
    }
    const walk = await this.#walk('newer', place, this.#context.question.count, partly => shown(partly, false))
    return shown(walk, true)
  }

  /** Goes through the partitions until the page is full or they are at their ends. */
  async #walk(direction: Direction, place: PartitionOffsets, count: number, show: (walk: Walk) => void): Promise<Walk> {
    const { cluster, signal } = this.#context
    let lanes = this.#lanes(direction, this.#clamped(place))
    let rows: readonly RecordRow[] = []
    while (!signal.aborted && rows.length < count && !lanes.every(isExhausted)) {
      const onLooked = (looked: number): void => {
        this.#looked += looked
        show({ rows, lanes })
      }
      const wanted = lanesToScan(lanes, direction)
      const news = await scanLanes(cluster, {
        ...{ topic: this.#topic, lanes: wanted, direction, filter: this.#filter, count, signal, onLooked },
      })
      if (signal.aborted) break
      lanes = lanes.map(lane => {
        const found = news.find(({ partition }) => partition === lane.partition)
        return found ? withNews(lane, found) : lane
      })
      const taken = takeReady(lanes, { direction, count: count - rows.length })
      lanes = taken.lanes
      rows = [...rows, ...taken.rows]
      show({ rows, lanes })
    }
    return { rows, lanes }
  }

  #lanes(direction: Direction, place: PartitionOffsets): readonly Lane[] {
    const { starts, ends } = this.#bounds
    const { count, where } = this.#context.question
    const share = Math.ceil((count * 1.2) / Math.max(1, ends.size))
    const window = where === '' ? Math.min(firstWindow.most, Math.max(firstWindow.least, share)) : firstWindow.filtered
    return [...place].map(([partition, next]) => {
      const limit = (direction === 'older' ? starts : ends).get(partition) ?? next
      return { partition, next, limit, found: [], edgeMs: null, window }
    })
  }

  /** Retention may have moved on, and people may type what they like. */
  #clamped(place: PartitionOffsets): PartitionOffsets {
    const { starts, ends } = this.#bounds
    return new Map(
      [...ends].map(([partition, end]) => {
        const start = starts.get(partition) ?? 0
        return [partition, Math.min(Math.max(place.get(partition) ?? end, start), end)]
      }),
    )
  }

  #emit(picture: {
    readonly rows: readonly RecordRow[]
    readonly focus: number
    readonly newer: readonly Lane[]
    readonly older: readonly Lane[]
    readonly isDone?: boolean
  }): RecordsPage {
    const { rows, focus, newer, older, isDone = false } = picture
    const page = {
      rows,
      focus: Math.max(0, focus),
      older: placeOf(older, 'older'),
      newer: placeOf(newer, 'newer'),
      arrived: 0,
      progress: this.#progress(older, newer, isDone),
    }
    this.#context.emit(page)
    return page
  }

  #progress(older: readonly Lane[], newer: readonly Lane[], isDone: boolean): SearchProgress {
    const { direction } = this.#context.question
    const ahead = direction === 'older' ? older : newer
    return {
      isDone,
      looked: this.#looked,
      total: this.#looked + sum(ahead.map(({ next, limit }) => Math.abs(next - limit))),
      reachedMs: reachedMs(ahead, direction),
      ...this.#filter.failures,
    }
  }
}

interface Walk {
  readonly rows: readonly RecordRow[]
  readonly lanes: readonly Lane[]
}

/** Where to go on, if there is anything. */
function placeOf(lanes: readonly Lane[], direction: Direction): string | null {
  if (lanes.every(isExhausted)) return null
  return placeText(new Map(lanes.map(lane => [lane.partition, placeBehind(lane, direction)])))
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

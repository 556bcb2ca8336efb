import type { RecordRow } from '../record-row.ts'

/** Which way a page is read: back in time, or forward. */
export type Direction = 'older' | 'newer'

/** One partition on the way through it. */
export interface Lane {
  readonly partition: number
  /** What was not looked at yet begins here: exclusive when going back, inclusive when going forward. */
  readonly next: number
  /** Where the way ends: the first offset of the partition when going back, its end when going forward. */
  readonly limit: number
  /** Records that were found and are not on the page yet, in the order of the way. */
  readonly found: readonly RecordRow[]
  /** Time of the record that was looked at last; null before the first. */
  readonly edgeMs: number | null
  /** How many offsets to look at next. */
  readonly window: number
}

/** What one look at a stretch of a partition has brought. */
export interface LaneNews {
  readonly partition: number
  readonly next: number
  /** In the order of the way. */
  readonly found: readonly RecordRow[]
  readonly edgeMs: number | null
  /** Bytes that had to be read for it. */
  readonly bytes: number
}

/** The way is done and everything found is on the page. */
export function isExhausted(lane: Lane): boolean {
  return lane.next === lane.limit && lane.found.length === 0
}

/**
 * Moves to the page what is certain to come next: the head of the partition that is furthest in time, as long as no partition
 * that has nothing to offer just now could have something that goes before it. Within a partition the order of offsets counts
 * whatever the times say, so that a page can go on where another one ends.
 */
export function takeReady(
  lanes: readonly Lane[],
  { direction, count }: { readonly direction: Direction; readonly count: number },
): { readonly lanes: readonly Lane[]; readonly rows: readonly RecordRow[] } {
  const heads = new Map(lanes.map(({ partition }) => [partition, 0]))
  const headOf = (lane: Lane): RecordRow | undefined => lane.found[heads.get(lane.partition) ?? 0]
  const rows: RecordRow[] = []
  while (rows.length < count) {
    let best: Lane | undefined
    let bestRank = Number.NEGATIVE_INFINITY
    let blockedRank = Number.NEGATIVE_INFINITY
    for (const lane of lanes) {
      const head = headOf(lane)
      const rank = head ? rankOf(head.timestamp, direction) : edgeRank(lane, direction)
      if (!head) {
        if (lane.next !== lane.limit) blockedRank = Math.max(blockedRank, rank)
      } else if (!best || rank > bestRank) {
        best = lane
        bestRank = rank
      }
    }
    const head = best && headOf(best)
    if (!best || !head || blockedRank > bestRank) break
    rows.push(head)
    heads.set(best.partition, (heads.get(best.partition) ?? 0) + 1)
  }
  return {
    rows,
    lanes: lanes.map(lane => ({ ...lane, found: lane.found.slice(heads.get(lane.partition) ?? 0) })),
  }
}

/** The partitions that hold up the page: those that could have something that goes before the best that was found. */
export function lanesToScan(lanes: readonly Lane[], direction: Direction): readonly Lane[] {
  const best = Math.max(
    ...lanes.map(({ found }) => (found[0] ? rankOf(found[0].timestamp, direction) : Number.NEGATIVE_INFINITY)),
  )
  return lanes.filter(lane => lane.found.length === 0 && lane.next !== lane.limit && edgeRank(lane, direction) >= best)
}

/** The stretch of a partition that is to be looked at next: from an offset, inclusive, to one, exclusive. */
export function stretchOf(lane: Lane, direction: Direction): { readonly from: number; readonly to: number } {
  return direction === 'older'
    ? { from: Math.max(lane.limit, lane.next - lane.window), to: lane.next }
    : { from: lane.next, to: Math.min(lane.limit, lane.next + lane.window) }
}

/** Offsets and bytes that one look at a partition takes at most. */
const windowMax = 50_000
const stretchBytes = 8 * 1024 * 1024

/** A partition after a look at it; where that brought nothing, the next one goes twice as far. */
export function withNews(lane: Lane, news: LaneNews): Lane {
  const looked = Math.max(1, Math.abs(lane.next - news.next))
  const affordable = Math.max(1, Math.floor(stretchBytes / Math.max(1, news.bytes / looked)))
  return {
    ...lane,
    next: news.next,
    found: [...lane.found, ...news.found],
    edgeMs: news.edgeMs ?? lane.edgeMs,
    window: Math.min(lane.window * 2, windowMax, affordable),
  }
}

/** Where the next page in the same direction goes on in this partition. */
export function placeBehind(lane: Lane, direction: Direction): number {
  const [head] = lane.found
  if (!head) return lane.next
  return direction === 'older' ? head.offset + 1 : head.offset
}

/** Everything on this side of that time has been looked at; null while that cannot be said. */
export function reachedMs(lanes: readonly Lane[], direction: Direction): number | null {
  const open = lanes.filter(lane => lane.next !== lane.limit)
  if (open.length === 0 || open.some(({ edgeMs }) => edgeMs === null)) return null
  const times = open.map(({ edgeMs }) => edgeMs ?? 0)
  return direction === 'older' ? Math.max(...times) : Math.min(...times)
}

function rankOf(timestamp: number, direction: Direction): number {
  return direction === 'older' ? timestamp : -timestamp
}

/** What a partition may still bring comes no earlier on the way than what it has brought. */
function edgeRank({ edgeMs }: Lane, direction: Direction): number {
  return edgeMs === null ? Number.POSITIVE_INFINITY : rankOf(edgeMs, direction)
}

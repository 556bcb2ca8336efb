import { startProgram } from '../run-program.ts'
import type { FollowFigures, FollowLoad } from './follow-load.ts'
import { columns, KiB, produce, spread } from './load.ts'
import type { Context, Figures, Question } from './question.ts'
import { kafkaDefault, klite, oursDurable, type Server, type ServerKind, withServer } from './server.ts'

const partitions = 16
const followers = 4
const kinds: readonly ServerKind[] = [oursDurable, kafkaDefault, klite]

export const mixed: Question = {
  name: 'mixed',
  title: 'Readers beside writers',
  text: `Writers alone (16 KiB batches of 100-byte records, 40 requests in flight, ${partitions} partitions), then the same with ${followers} consumers that each follow all
partitions from the end, then with one consumer that reads everything from the start, again and again, then alone once more:
ratios are those to the mean of both. Followers are served from memory. All of them run on this one machine: where no processor is idle, what readers cost writers is first of all the
processors that both need.`,
  labels: ['server', 'readers'],
  columns: [
    { key: 'megabytes', heading: 'written MB/s' },
    { key: 'ratio', heading: 'of that alone (>= 0.8)', digits: 2 },
    { key: 'read', heading: 'read MB/s, all readers' },
    columns.p50,
    columns.p99,
    columns.loop,
    columns.processors,
    { key: 'peak', heading: 'peak MB' },
  ],
  async *measure(context) {
    for (const kind of kinds) {
      const rows = await context.calm.run(() => measured(kind, context))
      for (const { readers, figures } of rows) yield { labels: [kind.name, readers], figures }
    }
  },
}

interface Measured {
  readonly readers: string
  readonly figures: Figures
}

/** One server for the three rows: what they differ by is the readers. */
async function measured(kind: ServerKind, context: Context): Promise<readonly Measured[]> {
  const rows: Measured[] = []
  const failure = await withServer(kind, context, [{ name: 'load', partitions }], async server => {
    const alone = await write(server, context, 0, 'end')
    const warm = { ...server, warmMs: undefined }
    const followed = await write(warm, context, followers, 'end')
    const scanned = await write(warm, context, 1, 'start')
    // A log that has just begun is faster than it will be.
    const aloneAgain = await write(warm, context, 0, 'end')
    const reference = (alone.megabytes + aloneAgain.megabytes) / 2
    const ratio = (figures: { megabytes: number }): number => figures.megabytes / reference
    rows.push({ readers: 'none', figures: { ...alone, read: undefined } })
    rows.push({ readers: `${followers} at the end`, figures: { ...followed, ratio: ratio(followed) } })
    rows.push({ readers: '1 from the start', figures: { ...scanned, ratio: ratio(scanned) } })
    return {}
  })
  return typeof failure === 'string' ? [{ readers: '-', figures: failure }] : rows
}

async function write(server: Server, context: Context, readers: number, from: FollowLoad['from']) {
  const { host, port } = server
  const load = { topic: 'load', partitions, batchBytes: 16 * KiB, recordBytes: 100, ...spread(40) }
  const follow: FollowLoad = { host, port, topic: 'load', partitions, from }
  const following = await Promise.all(
    Array.from({ length: readers }, () => startProgram<FollowFigures>('matrix/follow-load.ts', follow)),
  )
  try {
    const figures = await produce(server, context, load)
    const rates = await Promise.all(following.map(one => one.end()))
    return { ...figures, read: rates.reduce((sum, { megabytesPerSecond }) => sum + megabytesPerSecond, 0) }
  } catch (error) {
    await Promise.allSettled(following.map(one => one.end()))
    throw error
  }
}

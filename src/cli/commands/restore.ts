import path from 'node:path'
import { OperatorError } from '../../base/errors.ts'
import type { CutSummary } from '../../broker/restore.ts'
import { parseTime } from '../../client/time-expression.ts'
import { defineCommand } from '../command.ts'
import { bytesText, countText, rateText } from '../data/amounts.ts'
import { backupBytes } from '../data/backup-bytes.ts'
import { progressLine } from '../data/progress.ts'
import { jsonOption, quietOption } from '../options.ts'

interface RestoreOptions {
  readonly data?: string
  readonly at?: string
  readonly json?: boolean
  readonly quiet?: boolean
}

export const restoreCommand = defineCommand<RestoreOptions, [file: string]>({
  name: 'restore',
  summary: 'make a data directory of a backup',
  description:
    'A node on the directory is then the one that was backed up: the same records at the same offsets with the same ' +
    'bytes, the same groups, settings and cluster id, and idempotent and transactional producers go on where they were. ' +
    'Do not run both of them at once for the same clients.\n\n' +
    'The directory must be empty or not exist: nothing is ever restored over data. All checksums are checked; where one ' +
    'does not fit, nothing is left in the directory.\n\n' +
    '--at TIME leaves out what came later, by the times of the records, which is what consumers that seek by time go by: ' +
    'each partition ends in front of the first batch that holds a later record, so that times that producers set wrong cut ' +
    'too early or too late. Topics that were created later are left out. Transactions that were open then are aborted, and ' +
    'their producers have to begin anew. Committed offsets beyond the end of a partition are set to its end; others stay, ' +
    'also those that were committed later, because only the last ones are kept: look at them before consumers start ' +
    '(streamctl group describe). Settings are those of the time of the backup. What had been deleted or compacted by ' +
    'then does not come back.',
  arguments: [{ name: '<file>', help: 'what streamctl backup has written; - is standard input' }],
  options: [
    { flags: '--data <directory>', help: 'the new data directory' },
    { flags: '--at <time>', help: 'leave out what came later: 2026-11-22T08:00:00Z, milliseconds since 1970, or -10m' },
    jsonOption,
    quietOption,
  ],
  examples: [
    { command: 'streamctl restore node.backup --data /srv/streams', does: 'then: streamctl serve --data /srv/streams' },
    {
      command: 'streamctl restore node.backup --data /srv/before --at 2026-11-22T08:00:00Z',
      does: 'as it was at eight, before the wrong records came',
    },
    { command: 'zstd -dc node.backup.zst | streamctl restore - --data /srv/streams', does: 'from a packed one' },
  ],
  run: async (context, options, file) => {
    const { output, env, io, signal } = context
    if (options.quiet) output.quiet()
    if (options.data === undefined) throw new OperatorError('name the new data directory with --data')
    const directory = path.resolve(options.data)
    const atMs = options.at === undefined ? undefined : parseTime(options.at, env.clock.now())
    const { source, name, bytesMax } = backupBytes(file, io)
    const { restore } = await import('../../broker/restore.ts')
    const show = progressLine(context)
    const startedMs = env.clock.monotonic()
    const of = bytesMax === undefined ? '' : ` of ${bytesText(bytesMax)}`
    const onProgress = (bytes: number): void => show(() => `${bytesText(bytes)}${of}`)
    const summary = await restore({ source, name, directory, atMs, onProgress, signal })
    const elapsedMs = env.clock.monotonic() - startedMs
    const { cut, asOfMs, ...counts } = summary
    const asOf = new Date(Math.min(asOfMs, atMs ?? asOfMs)).toISOString()
    if (options.json) output.json({ ...counts, asOf, ...cut, directory, elapsedMs: Math.round(elapsedMs) })
    const amount = `${countText(summary.topics, 'topic')}, ${countText(summary.partitions, 'partition')}`
    output.note(`restored ${amount}, ${rateText(summary.bytes, elapsedMs)}, as of ${asOf}`)
    if (cut) for (const line of cutLines(cut)) output.note(`  ${line}`)
    output.note('start it with:')
    output.note(`  streamctl serve --data ${directory}`)
    return undefined
  },
})

/** What a cut did, for people. */
function cutLines(cut: CutSummary): string[] {
  const { droppedTopics, droppedOffsets, abortedTransactions, clampedOffsets, laterCommits } = cut
  const lines: readonly [count: number, text: string][] = [
    [droppedTopics, `left out: ${countText(droppedTopics, 'topic')} that came later`],
    [droppedOffsets, `left out: ${countText(droppedOffsets, 'record')} that came later`],
    [abortedTransactions, `aborted: ${countText(abortedTransactions, 'open transaction')}, counted by partition`],
    [clampedOffsets, `set to the end of its partition: ${countText(clampedOffsets, 'committed offset')}`],
    [laterCommits, `committed later, and kept: ${countText(laterCommits, 'offset')}; see streamctl group describe`],
  ]
  return lines.flatMap(([count, text]) => (count > 0 ? [text] : []))
}

import { ExitCode } from '../../base/errors.ts'
import { type CommandContext, defineCommand } from '../command.ts'
import { bytesText, countText, rateText } from '../data/amounts.ts'
import { dataDirectory, dataOption } from '../data/data-directory.ts'
import { type FindingLine, findingLine } from '../data/finding-line.ts'
import { progressLine } from '../data/progress.ts'
import { jsonOption, quietOption } from '../options.ts'

interface CheckDataOptions {
  readonly data?: string
  readonly json?: boolean
  readonly quiet?: boolean
}

/** Beyond these, findings are counted only: a file that is all damaged has one for each row. */
const shownMax = 1000

export const checkDataCommand = defineCommand<CheckDataOptions, []>({
  name: 'data',
  summary: 'verify the data directory of a node that is not running',
  description:
    'Reads all of it and tells what is wrong, and where: pages and indexes of the database, the CRC-32C and header of ' +
    'every batch, gaps in the offsets that neither compaction nor retention explains, the index of times, producer states, ' +
    'transactions and what was aborted, committed offsets, settings.\n\n' +
    'Nothing in the directory is changed: what a killed node has left to recover is read as it is. It works on copies ' +
    'that cannot be started, too. Of a running node, take a backup: that checks the records, and the backup can be ' +
    'restored and checked elsewhere.\n\n' +
    'Lines that begin with "damage" are what is broken; those with "notice" are odd, but a node can live with them. ' +
    'Exit codes: 0 no damage, 1 damage; 3 if it could not be checked.',
  options: [dataOption, jsonOption, quietOption],
  examples: [
    { command: 'streamctl check data', does: 'where streamctl serve keeps its data by default' },
    {
      command: 'streamctl check data --data /mnt/copy --json',
      does: 'a copy; a JSON object a finding, and a last one with the counts',
    },
  ],
  run: async (context, options) => {
    const { output, env, io, signal } = context
    if (options.quiet) output.quiet()
    const directory = dataDirectory(options.data, io.variables)
    const { checkData } = await import('../../broker/check-data.ts')
    const show = progressLine(context)
    const startedMs = env.clock.monotonic()
    const tell = teller(context, options)
    const summary = await checkData({
      directory,
      clock: env.clock,
      report: finding => tell.finding({ severity: 'damage', ...finding }),
      onProgress: ({ step, bytes, bytesMax }) =>
        show(() => `checking ${step}: ${bytesText(bytes)} of about ${bytesText(bytesMax)}`),
      signal,
      threads: true,
    })
    const elapsedMs = env.clock.monotonic() - startedMs
    const { damage, notices } = tell.counts()
    if (options.json) {
      output.json({ ok: damage === 0, damage, notices, ...summary, elapsedMs: Math.round(elapsedMs), directory })
    } else
      output.line(
        damage === 0 ? `ok        ${directory} is sound` : `damaged   ${countText(damage, 'fault')} in ${directory}`,
      )
    const { topics, partitions, batches, records, fileBytes } = summary
    const amount = [countText(topics, 'topic'), countText(partitions, 'partition'), countText(records, 'record')].join(
      ', ',
    )
    output.note(`checked ${amount} in ${countText(batches, 'batch', 'batches')}; ${rateText(fileBytes, elapsedMs)}`)
    return damage === 0 ? ExitCode.ok : ExitCode.failure
  },
})

function teller({ output }: CommandContext, { json }: CheckDataOptions) {
  const counts = { damage: 0, notices: 0 }
  return {
    counts: () => counts,
    finding(finding: FindingLine): void {
      if (finding.severity === 'damage') counts.damage++
      else counts.notices++
      const count = counts.damage + counts.notices
      if (count > shownMax) {
        if (count === shownMax + 1) output.note(`only the first ${shownMax} findings are shown`)
      } else if (json) output.json(finding)
      else output.line(findingLine(finding))
    },
  }
}

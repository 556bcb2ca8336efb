import path from 'node:path'
import { OperatorError } from '../../base/errors.ts'
import { defineCommand } from '../command.ts'
import { bytesText, countText, rateText } from '../data/amounts.ts'
import { backupBytes } from '../data/backup-bytes.ts'
import { progressLine } from '../data/progress.ts'
import { jsonOption, quietOption } from '../options.ts'

interface RestoreOptions {
  readonly data?: string
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
    'does not fit, nothing is left in the directory.',
  arguments: [{ name: '<file>', help: 'what streamctl backup has written; - is standard input' }],
  options: [{ flags: '--data <directory>', help: 'the new data directory' }, jsonOption, quietOption],
  examples: [
    { command: 'streamctl restore node.backup --data /srv/streams', does: 'then: streamctl serve --data /srv/streams' },
    { command: 'zstd -dc node.backup.zst | streamctl restore - --data /srv/streams', does: 'from a packed one' },
  ],
  run: async (context, options, file) => {
    const { output, env, io, signal } = context
    if (options.quiet) output.quiet()
    if (options.data === undefined) throw new OperatorError('name the new data directory with --data')
    const directory = path.resolve(options.data)
    const { source, name, bytesMax } = backupBytes(file, io)
    const { restore } = await import('../../broker/restore.ts')
    const show = progressLine(context)
    const startedMs = env.clock.monotonic()
    const of = bytesMax === undefined ? '' : ` of ${bytesText(bytesMax)}`
    const onProgress = (bytes: number): void => show(() => `${bytesText(bytes)}${of}`)
    const summary = await restore({ source, name, directory, onProgress, signal })
    const elapsedMs = env.clock.monotonic() - startedMs
    const asOf = new Date(summary.asOfMs).toISOString()
    if (options.json) output.json({ ...summary, asOf, directory, elapsedMs: Math.round(elapsedMs) })
    const amount = `${countText(summary.topics, 'topic')}, ${countText(summary.partitions, 'partition')}`
    output.note(`restored ${amount}, ${rateText(summary.bytes, elapsedMs)}, as of ${asOf}; start it with:`)
    output.note(`  streamctl serve --data ${directory}`)
    return undefined
  },
})

import { ExitCode, OperatorError } from '../../base/errors.ts'
import { defineCommand } from '../command.ts'
import { bytesText, countText } from '../data/amounts.ts'
import { backupBytes } from '../data/backup-bytes.ts'
import { progressLine } from '../data/progress.ts'
import { jsonOption } from '../options.ts'

interface CheckBackupOptions {
  readonly json?: boolean
}

export const checkBackupCommand = defineCommand<CheckBackupOptions, [file: string]>({
  name: 'backup',
  summary: 'verify a backup without restoring it, and say what is in it',
  description:
    'Reads all of the file: its checksums, that nothing is missing, and the CRC-32C and header of every batch. ' +
    'Exit codes: 0 it can be restored, 1 it is damaged or not complete; 3 if it could not be read.',
  arguments: [{ name: '<file>', help: 'what streamctl backup has written; - is standard input' }],
  options: [jsonOption],
  examples: [
    { command: 'streamctl check backup node.backup', does: 'can it be restored, and as of when is it?' },
    { command: 'zstd -dc node.backup.zst | streamctl check backup -', does: 'a packed one' },
  ],
  run: async (context, { json }, file) => {
    const { output, io, signal } = context
    const { source, name, bytesMax } = backupBytes(file, io)
    const { inspectBackup } = await import('../../storage/backup-inspection.ts')
    const show = progressLine(context)
    const of = bytesMax === undefined ? '' : ` of ${bytesText(bytesMax)}`
    const onProgress = (bytes: number): void => show(() => `${bytesText(bytes)}${of}`)
    try {
      const { asOfMs, newestMs, ...contents } = await inspectBackup({ source, name, onProgress, signal })
      const asOf = new Date(asOfMs).toISOString()
      const newest = newestMs === undefined ? null : new Date(newestMs).toISOString()
      if (json) output.json({ ok: true, asOf, newest, ...contents })
      else {
        const { topics, partitions, records, groups, bytes } = contents
        const amounts = [
          countText(topics, 'topic'),
          countText(partitions, 'partition'),
          countText(records, 'record'),
          countText(groups, 'group'),
          bytesText(bytes),
        ]
        output.line(`ok        ${name} is whole: ${amounts.join(', ')}, as of ${asOf}`)
      }
      return ExitCode.ok
    } catch (error) {
      // What is damaged is an answer, too: not that the question could not be asked.
      if (!(error instanceof OperatorError) || error.exitCode !== ExitCode.failure) throw error
      output.failure(error.message, error.hint)
      return ExitCode.failure
    }
  },
})

import { defineCommand } from '../command.ts'
import { bytesText, countText, rateText } from '../data/amounts.ts'
import { type BackupTarget, backupFile, pipedBackup } from '../data/backup-file.ts'
import { dataDirectory, dataOption } from '../data/data-directory.ts'
import { progressLine } from '../data/progress.ts'
import { jsonOption, quietOption } from '../options.ts'

interface BackupOptions {
  readonly data?: string
  readonly json?: boolean
  readonly quiet?: boolean
}

export const backupCommand = defineCommand<BackupOptions, [file: string]>({
  name: 'backup',
  summary: 'copy all of a node into one file, while it runs',
  description:
    'Copies records, topics, committed offsets, settings and the state of producers and transactions, as they were at one ' +
    'moment near the end of the copy. The node may be running, start or stop meanwhile: it is not asked, its data ' +
    'directory is read, as the user that it belongs to, on the machine that it is on.\n\n' +
    'Every batch is checked on the way, so that a damaged log is found now and not at the restore. The file appears under ' +
    'its name when it is complete and on the disk; until then, an earlier one of that name stays. With - it goes to ' +
    'standard output: then only the exit code of streamctl tells whether it is complete (set -o pipefail).\n\n' +
    'What is not in it: the settings in files, flags and variables, certificates, and whatever else is not in the data ' +
    'directory. It is not packed: most records are packed already.',
  arguments: [{ name: '<file>', help: 'where to; - is standard output' }],
  options: [dataOption, jsonOption, quietOption],
  examples: [
    {
      command: 'streamctl backup /backups/node.backup',
      does: 'the node of this user; takes the place of the last one',
    },
    { command: 'streamctl backup --data /srv/streams node.backup', does: 'that of another directory' },
    {
      command: 'streamctl backup - | zstd > node.backup.zst',
      does: 'packed; restore it with: zstd -dc node.backup.zst | streamctl restore - --data DIR',
    },
  ],
  run: async (context, options, file) => {
    const { output, env, io, signal } = context
    if (options.quiet) output.quiet()
    const directory = dataDirectory(options.data, io.variables)
    const { backUp } = await import('../../storage/backup.ts')
    const target: BackupTarget = file === '-' ? pipedBackup(output) : backupFile(file, { pid: process.pid })
    const startedMs = env.clock.monotonic()
    try {
      const show = progressLine(context)
      const summary = await backUp({
        directory,
        nowMs: () => env.clock.now(),
        write: bytes => target.write(bytes),
        onProgress: ({ bytes, bytesMax }) => show(() => `${bytesText(bytes)} of about ${bytesText(bytesMax)}`),
        signal,
      })
      await target.finish()
      const asOf = new Date(summary.asOfMs).toISOString()
      const elapsedMs = env.clock.monotonic() - startedMs
      if (options.json && file !== '-') output.json({ ...summary, asOf, file, elapsedMs: Math.round(elapsedMs) })
      const amount = `${countText(summary.topics, 'topic')}, ${countText(summary.partitions, 'partition')}`
      output.note(`backed up ${amount}, ${rateText(summary.bytes, elapsedMs)}, as of ${asOf}`)
      return undefined
    } catch (error) {
      target.abandon()
      throw error
    }
  },
})

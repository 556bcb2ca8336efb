import type { CommandSpec } from '../command.ts'

/** A command's name and where to get the rest: reading only the one that was asked for saves a third of a short run's time. */
interface CommandEntry {
  readonly name: string
  readonly load: () => Promise<CommandSpec>
}

/** Every command, in the order of the help. A new one: a file here, a line below. */
export const commandEntries: readonly CommandEntry[] = [
  { name: 'serve', load: async () => (await import('./serve.ts')).serveCommand },
  { name: 'produce', load: async () => (await import('./produce.ts')).produceCommand },
  { name: 'consume', load: async () => (await import('./consume.ts')).consumeCommand },
  { name: 'tail', load: async () => (await import('./tail.ts')).tailCommand },
  { name: 'ui', load: async () => (await import('./ui.ts')).uiCommand },
  { name: 'copy', load: async () => (await import('./copy.ts')).copyCommand },
  { name: 'export', load: async () => (await import('./export.ts')).exportCommand },
  { name: 'import', load: async () => (await import('./import.ts')).importCommand },
  { name: 'request', load: async () => (await import('./request.ts')).requestCommand },
  { name: 'reply', load: async () => (await import('./reply.ts')).replyCommand },
  { name: 'new', load: async () => (await import('./new.ts')).newCommand },
  { name: 'test', load: async () => (await import('./test.ts')).testCommand },
  { name: 'capture', load: async () => (await import('./capture.ts')).captureCommand },
  { name: 'query', load: async () => (await import('./query.ts')).queryCommand },
  { name: 'run', load: async () => (await import('./run.ts')).runCommand },
  { name: 'topic', load: async () => (await import('./topic.ts')).topicCommand },
  { name: 'group', load: async () => (await import('./group.ts')).groupCommand },
  { name: 'txn', load: async () => (await import('./txn.ts')).txnCommand },
  { name: 'config', load: async () => (await import('./config.ts')).configCommand },
  { name: 'cluster', load: async () => (await import('./cluster.ts')).clusterCommand },
  { name: 'check', load: async () => (await import('./check.ts')).checkCommand },
  { name: 'doctor', load: async () => (await import('./doctor.ts')).doctorCommand },
  { name: 'bench', load: async () => (await import('./bench.ts')).benchCommand },
  { name: 'backup', load: async () => (await import('./backup.ts')).backupCommand },
  { name: 'restore', load: async () => (await import('./restore.ts')).restoreCommand },
  { name: 'profile', load: async () => (await import('./profile.ts')).profileCommand },
  { name: 'kcat', load: async () => (await import('./kcat.ts')).kcatCommand },
  { name: 'completion', load: async () => (await import('./completion.ts')).completionCommand },
  { name: 'complete', load: async () => (await import('./complete.ts')).completeCommand },
]

export function allCommands(): Promise<readonly CommandSpec[]> {
  return Promise.all(commandEntries.map(({ load }) => load()))
}

/** The commands that a command line may mean: the one that it begins with, or all where it begins with none. */
export async function commandsFor(argv: readonly string[]): Promise<readonly CommandSpec[]> {
  const [first = ''] = argv
  if (needsNone.has(first)) return []
  const entry = needsAll.has(first) ? undefined : commandEntries.find(({ name }) => name === first)
  return entry ? [await entry.load()] : allCommands()
}

const needsNone: ReadonlySet<string> = new Set(['-V', '--version'])
/** What answers from the list of commands. */
const needsAll: ReadonlySet<string> = new Set(['complete', 'help'])

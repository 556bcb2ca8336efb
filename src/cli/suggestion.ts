import { nearest } from '../config/nearest.ts'
import type { CommandSpec } from './command.ts'

/** What other tools call what our commands do. */
const otherWords: ReadonlyMap<string, readonly string[]> = new Map([
  ['ls', ['list']],
  ['get', ['list', 'describe']],
  ['show', ['describe']],
  ['info', ['describe']],
  ['rm', ['delete']],
  ['remove', ['delete']],
  ['del', ['delete']],
  ['new', ['create']],
  ['add', ['create', 'set']],
  ['edit', ['alter', 'set']],
  ['update', ['alter', 'set']],
  ['reset', ['seek', 'unset']],
  ['reset-offsets', ['seek']],
  ['offsets', ['lag']],
  ['truncate', ['trim']],
  ['trim-prefix', ['trim']],
  ['delete-records', ['trim']],
  ['consumer-group', ['group']],
  ['transaction', ['txn']],
  ['transactions', ['txn']],
  ['broker', ['cluster']],
  ['brokers', ['cluster']],
  ['configs', ['config']],
  ['read', ['consume']],
  ['cat', ['consume']],
  ['write', ['produce']],
  ['send', ['produce']],
  ['start', ['serve']],
  ['server', ['serve']],
])

/**
 * The command that a word was meant for, which follows the commands of `path`: one that is spelled alike, one that other tools
 * call so, or the subcommands of that name where their noun was left out (`streamctl lag` is `group lag`).
 */
export function meantCommand(
  word: string,
  path: readonly string[] = [],
  commands: readonly CommandSpec[],
): string | undefined {
  let level: readonly CommandSpec[] = commands
  for (const name of path) level = level.find(spec => spec.name === name)?.subcommands ?? []
  const names = level.filter(({ hidden }) => !hidden).map(({ name }) => name)
  const others = otherWords.get(word.toLowerCase()) ?? []
  const translated = others.find(name => names.includes(name))
  if (translated) return translated
  const similar = nearest(word, names)
  if (similar || path.length > 0) return similar
  const below = level.flatMap(({ name, subcommands = [] }) =>
    subcommands.filter(sub => sub.name === word || others.includes(sub.name)).map(sub => `${name} ${sub.name}`),
  )
  return below.length > 0 ? below.join(' or ') : undefined
}

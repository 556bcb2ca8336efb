import { expect, test } from 'vitest'
import type { CommandSpec } from '../../src/cli/command.ts'
import { meantCommand } from '../../src/cli/suggestion.ts'

const named = (name: string, subcommands?: readonly CommandSpec[], hidden = false): CommandSpec => ({
  name,
  summary: name,
  subcommands,
  hidden,
})
const commands = [
  named('topic', [named('list'), named('delete'), named('trim')]),
  named('group', [named('list'), named('seek'), named('delete'), named('lag')]),
  named('consume'),
  named('complete', undefined, true),
]

test.each<[string, readonly string[], string | undefined]>([
  ['tpoic', [], 'topic'],
  ['topics', [], 'topic'],
  ['TOPIC', [], 'topic'],
  ['lsit', ['topic'], 'list'],
  ['ls', ['topic'], 'list'],
  ['rm', ['group'], 'delete'],
  ['reset-offsets', ['group'], 'seek'],
  ['lag', [], 'group lag'],
  ['ls', [], 'topic list or group list'],
  ['cat', [], 'consume'],
  ['compleet', [], undefined],
  ['quark', [], undefined],
  ['quark', ['topic'], undefined],
])('%s behind %j was meant for %s', (word, path, meant) => expect(meantCommand(word, path, commands)).toBe(meant))

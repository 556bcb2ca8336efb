import { expect, test } from 'vitest'
import type { CommandSpec } from '../../../src/cli/command.ts'
import { flagsOf, readWords } from '../../../src/cli/completion/words.ts'

const commands: readonly CommandSpec[] = [
  {
    name: 'topic',
    summary: 'about topics',
    subcommands: [
      {
        name: 'describe',
        summary: 'describe them',
        arguments: [{ name: '<topics...>', help: 'names' }],
        options: [
          { flags: '-b, --brokers <host:port,...>', help: 'where' },
          { flags: '--format <format>', help: 'how', choices: ['text', 'json'] },
          { flags: '-g, --group <group>', help: 'whose' },
          { flags: '-q, --quiet', help: 'say nothing' },
          { flags: '-c, --config <name=value>', help: 'setting', repeatable: true, completes: 'topic settings' },
          { flags: '-w, --watch [seconds]', help: 'again' },
          { flags: '--secret', help: 'nobody knows', hidden: true },
        ],
      },
      { name: 'gone', summary: 'hidden', hidden: true },
    ],
  },
  {
    name: 'produce',
    summary: 'write',
    arguments: [
      { name: '<topic>', help: 'where to' },
      { name: '[files...]', help: 'from where' },
    ],
  },
  {
    name: 'completion',
    summary: 'shells',
    arguments: [{ name: '<shell>', help: 'which', completes: ['bash', 'zsh'] }],
  },
]

function offered(line: string): {
  words: readonly string[]
  completes?: unknown
  current: string
  given: readonly string[]
} {
  const { candidates, completes, current, prefix, given } = readWords(line.split(' '), commands)
  return {
    words: candidates.map(({ word }) => prefix + word).filter(word => word.startsWith(prefix + current)),
    ...(completes ? { completes } : {}),
    current,
    given,
  }
}

test.each<[line: string, words: readonly string[], completes?: string]>([
  ['', ['topic', 'produce', 'completion']],
  ['to', ['topic']],
  ['topic ', ['describe']],
  ['topic describe ', [], 'topics'],
  ['topic describe web ', [], 'topics'],
  ['topic describe --f', ['--format']],
  ['topic describe --format ', ['text', 'json']],
  ['topic describe --format=', ['--format=text', '--format=json']],
  ['topic describe --format=j', ['--format=json']],
  ['topic describe --format json --q', ['--quiet']],
  ['topic describe --group ', [], 'groups'],
  ['topic describe -g ', [], 'groups'],
  ['topic describe -qg ', [], 'groups'],
  ['topic describe -gbilling ', [], 'topics'],
  ['topic describe -c ', [], 'topic settings'],
  ['topic describe -c x=1 --c', ['--config']],
  ['topic describe -b ', []],
  ['topic describe --watch ', [], 'topics'],
  ['topic describe -- --f', [], 'topics'],
  ['topic describe --sec', []],
  ['topic describe --unknown ', [], 'topics'],
  ['topic describe --unknown=', []],
  ['produce ', [], 'topics'],
  ['produce web ', [], 'files'],
  ['completion z', ['zsh']],
  ['completion zsh ', []],
  ['help to', ['topic']],
  ['help topic d', ['describe']],
  ['help topic describe ', []],
  ['nonsense ', ['topic', 'produce', 'completion'].slice(0, 0)],
])('behind %j comes %j %s', (line, words, completes) => {
  expect(offered(line)).toMatchObject({ words, ...(completes ? { completes } : {}) })
})

test('an option that was given is not offered again, --help always is', () => {
  const { words } = offered('topic describe --quiet -')
  expect(words).toEqual(['--brokers', '--format', '--group', '--config', '--watch', '--help'])
})

test('values of options are kept for those who ask the cluster', () => {
  const { options } = readWords('topic describe -b a:1 --brokers=b:2 -q w'.split(' '), commands)
  const brokers = commands[0]?.subcommands?.[0]?.options?.[0]
  expect(options.get(brokers!)).toEqual(['a:1', 'b:2'])
})

test.each([
  ['-n, --count <number>', { short: '-n', long: '--count', takes: 'value' }],
  ['--json', { short: undefined, long: '--json', takes: 'nothing' }],
  ['-w, --watch [seconds]', { short: '-w', long: '--watch', takes: 'optional value' }],
  ['-Z', { short: '-Z', long: undefined, takes: 'nothing' }],
])('flags %s', (flags, read) => expect(flagsOf({ flags })).toEqual(read))

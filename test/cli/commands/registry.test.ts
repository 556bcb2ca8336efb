// The examples of the help of these commands, typed as they stand there.
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import type { CommandSpec } from '../../../src/cli/command.ts'
import { allCommands, commandEntries, commandsFor } from '../../../src/cli/commands/registry.ts'
import { temporaryDirectory } from '../../support/processes.ts'
import { until } from '../../support/until.ts'
import { liveNode, shellWords } from '../live-node.ts'
import { openTransaction } from '../open-transaction.ts'

const commands = await allCommands()

const nouns = ['topic', 'group', 'config', 'txn', 'cluster', 'check', 'completion', 'complete']
const node = liveNode()
const directory = temporaryDirectory()
const lines = Array.from({ length: 1_100 }, (_, i) => `${i}\n`).join('')

interface Typed {
  readonly command: string
  readonly spec: CommandSpec
}

function examplesOf(spec: CommandSpec): readonly Typed[] {
  const own = (spec.examples ?? []).map(({ command }) => ({ command, spec }))
  return [...own, ...(spec.subcommands ?? []).flatMap(examplesOf)]
}

// These need no cluster, but files of their own.
const elsewhere = ['config print', 'check data', 'check backup']
const typed = commands
  .filter(({ name }) => nouns.includes(name))
  .flatMap(examplesOf)
  .filter(({ command }) => !elsewhere.some(path => command.includes(`streamctl ${path}`)))

// Each example finds what the one before it may have taken away.
beforeAll(async () => {
  await node.ok('topic', 'create', 'web', 'orders', 'audit', '--if-not-exists')
  for (const topic of ['web', 'orders']) await node.command(['produce', topic], { input: lines })
})

async function prepare(command: string): Promise<void> {
  const [, noun, verb, name] = command.split(' ')
  if (noun === 'topic' && verb === 'create') await node.command(['topic', 'delete', name ?? ''])
  else await node.ok('topic', 'create', 'web', 'web-1', 'web-2', 'test-1', 'orders', '--if-not-exists')
  if (noun === 'check') await node.ok('group', 'seek', 'billing', 'orders', '--to', '5', '--execute')
  for (const group of noun === 'group' ? ['billing', 'test-1', 'test-2'] : []) {
    await node.ok('group', 'seek', group, 'orders', 'web', '--to', '5', '--execute')
  }
  if (noun === 'txn' && (verb === 'abort' || verb === 'describe')) {
    await node.ok('topic', 'create', 'fresh', '--if-not-exists')
    await openTransaction(node.cluster, 'payments', command.includes('--hanging') ? 'web' : 'fresh')
  }
}

const needsMember = (command: string): boolean => command.startsWith('streamctl check group')

test.each(typed.map(({ command, spec }) => [command, spec] as const))('%s', async command => {
  await prepare(command)
  const { words, outputFile } = shellWords(typable(command))
  const args = words.slice(1).map(word => (word === 'offsets' ? path.join(directory, 'offsets') : word))
  if (needsMember(command)) {
    await withMember(async () => {
      const { code, err } = await node.command(args)
      expect({ code: code > 1 ? code : 0, err }).toEqual({ code: 0, err: '' })
    })
    return
  }
  if (args.includes('--watch')) return watch(args)
  const { code, out, err } = await node.command(args)
  // A check may find something: that is no failure of the example.
  const isFine = args[0] === 'check' ? code <= 2 : code === 0
  expect({ isFine, err: err.match(/^streamctl: .*/m)?.[0] }).toEqual({ isFine: true, err: undefined })
  if (outputFile) writeFileSync(path.join(directory, path.basename(outputFile)), out)
})

/** What stands in other commands' substitutions, and offsets that this topic has. */
async function withMember(action: () => Promise<void>): Promise<void> {
  const reading = node.start(['consume', 'orders', '-g', 'billing', '-o', 'start'])
  await until(() => reading.io.out() !== '')
  await action()
  reading.io.signal('SIGINT')
  await reading.finished
}

async function watch(args: readonly string[]): Promise<void> {
  const watching = node.start(args)
  await until(() => watching.io.out() !== '')
  watching.io.signal('SIGINT')
  expect(await watching.finished).toBe(130)
}

function typable(command: string): string {
  const substituted = /^source <\((.*)\)$/.exec(command)?.[1]
  return (substituted ?? command).replace('--start-offset 42', '')
}

test('every command has a summary, and every one that does something an example', () => {
  const all = (specs: readonly CommandSpec[]): readonly CommandSpec[] =>
    specs.flatMap(spec => [spec, ...all(spec.subcommands ?? [])])
  const bare = all(commands).filter(
    ({ summary, examples = [], run }) => summary === '' || (run !== undefined && examples.length === 0),
  )
  expect(bare.map(({ name }) => name)).toEqual([])
})

test('a command is loaded by the name that it has', async () => {
  const loaded = await Promise.all(commandEntries.map(async ({ name, load }) => [name, (await load()).name]))
  for (const [listed, own] of loaded) expect(own).toBe(listed)
})

test('only the command that is asked for is loaded; all for the help, and for a word that is none of them', async () => {
  const names = async (...argv: string[]) => (await commandsFor(argv)).map(({ name }) => name)
  expect(await names('consume', 'web')).toEqual(['consume'])
  expect(await names('--version')).toEqual([])
  for (const word of ['--help', 'help', 'tpoic', 'complete']) {
    expect((await names(word)).length).toBe(commandEntries.length)
  }
  expect((await names()).length).toBe(commandEntries.length)
})

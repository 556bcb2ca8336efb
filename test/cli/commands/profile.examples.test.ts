// The examples of the help of profile, config print, doctor and bench, typed as they stand there; benchmarks end sooner.
import { expect, test } from 'vitest'
import type { CommandSpec } from '../../../src/cli/command.ts'
import { allCommands } from '../../../src/cli/commands/registry.ts'
import { run } from '../../../src/cli/program.ts'
import { temporaryDirectory } from '../../support/processes.ts'
import { fakeIo } from '../fake-io.ts'
import { liveNode } from '../live-node.ts'

const commands = await allCommands()

const node = liveNode()
const home = temporaryDirectory()

function examplesOf(spec: CommandSpec): readonly string[] {
  return [...(spec.examples ?? []).map(({ command }) => command), ...(spec.subcommands ?? []).flatMap(examplesOf)]
}

const typed = commands
  .flatMap(examplesOf)
  .filter(command => /^streamctl (profile|config print|doctor|bench) ?/.test(command))

async function type(words: readonly string[]) {
  const io = fakeIo({ env: node.cluster.env, variables: { XDG_CONFIG_HOME: home, STREAMCTL_BROKERS: node.address } })
  const code = await run(words, io)
  return { code, err: io.err() }
}

test.each(typed)('%s', async command => {
  const [, ...words] = [...command.matchAll(/(?:'[^']*'|[^\s'])+/g)].map(([word]) => word.replaceAll("'", ''))
  if (words[0] === 'profile' && words[1] !== 'create') {
    // Two, so that there is one before this one.
    for (const name of ['local', 'prod']) await type(['profile', 'create', name, '-b', node.address, '--force'])
  }
  const bounds = words[0] === 'bench' ? ['-n', '200'] : []
  const warmup = words[0] === 'bench' && words[1] !== 'consume' ? ['--warmup', '0'] : []
  const { code, err } = await type([...words, ...bounds, ...warmup])
  expect({ code, err }).toMatchObject({ code: 0 })
})

test('all commands are among them', () => {
  expect(typed.length).toBeGreaterThanOrEqual(14)
})

// Writes README's tables from the registries: commands, APIs, keys, settings. With --check it only tells whether they are current.
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { handlers } from '../src/api/registry.ts'
import type { CommandSpec } from '../src/cli/command.ts'
import { allCommands } from '../src/cli/commands/registry.ts'
import { markdownRows } from '../src/config/reference.ts'
import { actionNames, bindingOf, defaultKeys } from '../src/tui/keymap.ts'
import { root } from './bundle.ts'

const commands = await allCommands()

/** README with its generated parts made anew. */
export function currentReadme(text: string): string {
  const parts: Record<string, string> = {
    commands: table(['command', 'what it does'], commands.filter(({ hidden }) => !hidden).flatMap(commandRows)),
    apis: table(
      ['key', 'API', 'versions'],
      handlers.map(({ apiKey, name, minVersion, maxVersion }) => [String(apiKey), name, `${minVersion}-${maxVersion}`]),
    ),
    keys: table(
      ['action', 'keys', 'what it does'],
      actionNames.map(action => [
        `\`${action}\``,
        defaultKeys[action].map(key => `\`${key}\``).join(' '),
        bindingOf(action).help.replaceAll('|', '\\|'),
      ]),
    ),
    settings: markdownRows(),
  }
  return Object.entries(parts).reduce(
    (page, [name, part]) =>
      page.replace(new RegExp(`(<!-- ${name} -->)[\\s\\S]*?(<!-- /${name} -->)`), `$1\n\n${part}\n\n$2`),
    text,
  )
}

function commandRows(command: CommandSpec): string[][] {
  const own = command.run ? [[`\`${usage(command)}\``, command.summary]] : []
  const subcommands = (command.subcommands ?? []).map(subcommand => [
    `\`${command.name} ${usage(subcommand)}\``,
    subcommand.summary,
  ])
  return [...own, ...subcommands]
}

function usage({ name, arguments: given = [] }: CommandSpec): string {
  return [name, ...given.map(argument => argument.name)].join(' ')
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(header), `|${header.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n')
}

if (import.meta.main) {
  const file = path.join(root, 'README.md')
  const before = readFileSync(file, 'utf8')
  const after = currentReadme(before)
  if (!process.argv.includes('--check')) writeFileSync(file, after)
  else if (before !== after) {
    process.stderr.write('README.md is out of date: run scripts/generate-readme.ts\n')
    process.exitCode = 1
  }
}

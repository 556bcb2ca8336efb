import path from 'node:path'
import { OperatorError } from '../../base/errors.ts'
import { type CommandContext, defineCommand } from '../command.ts'
import { checkName, templateNamed, writeScript, writeTypes } from '../new/new-script.ts'
import { templates } from '../new/templates.ts'
import { jsonOption, quietOption } from '../options.ts'

interface NewOptions {
  readonly template: string
  readonly dir?: string
  readonly list?: boolean
  readonly types?: boolean
  readonly json?: boolean
  readonly quiet?: boolean
}

const templateDefault = templates[0]!.name

export const newCommand = defineCommand<NewOptions, [name: string | undefined]>({
  name: 'new',
  summary: 'write a stream-processing script to start from, with its test',
  description:
    'Writes a directory with the script, a test, a fixture of records for the test, and what an editor needs to know the types ' +
    '(streamctl.d.ts, tsconfig.json): no package.json, nothing to install. Templates are examples, too: each is tested with ' +
    'this program. Files that are there stay as they are.',
  arguments: [{ name: '[name]', help: 'of the script: of its files, its application, its group' }],
  options: [
    {
      flags: '-t, --template <template>',
      help: 'what to start from',
      default: templateDefault,
      completes: templates.map(({ name }) => name),
    },
    {
      flags: '-d, --dir <directory>',
      help: 'where to write; default: a directory of that name',
      completes: 'directories',
    },
    { flags: '-l, --list', help: 'show the templates' },
    { flags: '--types', help: 'only write, or renew, what an editor needs, for scripts that are already there' },
    jsonOption,
    quietOption,
  ],
  examples: [
    { command: 'streamctl new --list', does: 'what is there to start from?' },
    { command: 'streamctl new visits', does: 'page views by the minute, in the directory visits' },
    { command: 'streamctl new alerts --template fraud --dir .', does: 'beside other scripts' },
    { command: 'streamctl new --types', does: 'types for the scripts in this directory, after an update' },
  ],
  run: newScript,
})

async function newScript(context: CommandContext, options: NewOptions, name: string | undefined): Promise<undefined> {
  const { output, io } = context
  if (options.quiet) output.quiet()
  if (options.list) return list(context, options)
  const base = io.directory ?? '.'
  if (options.types) {
    if (name !== undefined)
      throw new OperatorError('--types writes no script', { hint: 'leave out the name, or --types' })
    return show(context, options, writeTypes(path.resolve(base, options.dir ?? '.')))
  }
  if (name === undefined) throw new OperatorError('which name?', { hint: 'streamctl new NAME [--template TEMPLATE]' })
  checkName(name)
  const template = templateNamed(options.template)
  const directory = options.dir ?? name
  show(context, options, writeScript({ directory: path.resolve(base, directory), name, template }))
  const script = path.join(directory, `${name}.ts`)
  output.note('next:')
  output.note(`  streamctl test ${directory === '.' ? '' : directory}`.trimEnd())
  output.note(`  streamctl topic create ${template.inputs.join(' ')} --if-not-exists`)
  output.note(`  streamctl run ${script}`)
  return undefined
}

function list({ output }: CommandContext, { json }: NewOptions): undefined {
  if (json) for (const template of templates) output.json(template)
  else {
    output.table(templates, [
      { title: 'TEMPLATE', value: ({ name }) => name },
      { title: 'WHAT IT DOES', value: ({ summary }) => summary },
    ])
  }
  return undefined
}

/** The files that were written, relative to where the user is. */
function show({ output, io }: CommandContext, { json }: NewOptions, files: readonly string[]): undefined {
  for (const file of files) {
    const relative = path.relative(io.directory ?? '.', file)
    const shown = relative.startsWith('..') ? file : relative
    if (json) output.json({ file: shown })
    else output.line(shown)
  }
  return undefined
}

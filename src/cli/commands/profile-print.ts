import { OperatorError } from '../../base/errors.ts'
import { defineCommand } from '../command.ts'
import { resolveLayers } from '../profile/layers.ts'
import { ProfileStore } from '../profile/profile-store.ts'
import { shownValue } from '../profile/shown-value.ts'
import { type FormatOptions, formatOptions, Report } from '../table/report.ts'
import { facts } from '../table/table.ts'

export const profilePrintCommand = defineCommand<FormatOptions, [name: string | undefined]>({
  name: 'print',
  summary: 'show what a profile says, without its secrets',
  arguments: [{ name: '[name]', help: 'a profile; the one in use by default', completes: 'profiles' }],
  options: formatOptions,
  examples: [{ command: 'streamctl profile print', does: 'the one in use; config print shows what comes of it' }],
  run: async ({ io, output }, options, given) => {
    const store = new ProfileStore(io.variables)
    const name = given ?? store.state().current
    if (name === undefined) throw new OperatorError('no profile is in use', { hint: 'streamctl profile list' })
    const { entries, description } = store.read(name)
    const { values } = resolveLayers([{ source: `profile ${name}`, entries }])
    const pairs = [...values.values()]
      .filter(({ source }) => source !== 'default')
      .map(found => [found.name, shownValue(found)] as const)
    const all = [...(description === undefined ? [] : [['description', description] as const]), ...pairs]
    new Report(output, options).thing({ profile: name, ...Object.fromEntries(all) }, [facts(all)])
    if (store.isOpenToOthers(name)) output.note(`others can read ${store.file(name)}: chmod 600`)
    return undefined
  },
})

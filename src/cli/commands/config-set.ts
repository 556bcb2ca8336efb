import { OperatorError } from '../../base/errors.ts'
import { alterSettings, ownerText, type SettingChange } from '../../client/config-admin.ts'
import { defineAdminCommand } from '../admin/admin-command.ts'
import { ownerArguments, parseOwner } from '../admin/config-owner.ts'

type Given = [kind: string, name: string, settings: readonly string[]]

export const configSetCommand = defineAdminCommand<{ readonly dryRun?: boolean }, Given>({
  name: 'set',
  summary: 'change settings while the brokers run: all of them or none',
  arguments: [
    ownerArguments.kind,
    { name: '<name>', help: ownerArguments.name, completes: 'owners' },
    {
      name: '<settings...>',
      help: 'name=value; for lists also name+=value and name-=value',
      completes: 'owner settings',
    },
  ],
  options: [{ flags: '--dry-run', help: 'only ask the brokers whether they would take them' }],
  examples: [
    { command: 'streamctl config set topic web retention.ms=86400000', does: 'keep records for a day' },
    { command: 'streamctl config set topic web cleanup.policy+=compact', does: 'add to a list' },
    { command: 'streamctl config set broker default log.retention.ms=86400000', does: 'for all brokers' },
    { command: 'streamctl config set topic web retention.ms=1 --dry-run', does: 'would it be taken?' },
  ],
  run: async ({ cluster, report }, { dryRun }, kind, name, settings) => {
    const owner = parseOwner(kind, name)
    const changes = settings.map(parseChange)
    await alterSettings(cluster, owner, changes, { dryRun })
    report.done(
      { kind: owner.kind, name, outcome: dryRun ? 'valid' : 'changed' },
      `${ownerText(owner)} ${dryRun ? 'could be changed like that' : 'changed'}`,
    )
    return undefined
  },
})

const operations = { '=': 'set', '+=': 'append', '-=': 'subtract' } as const

/** Reads `name=value`, `name+=value`, `name-=value`. Throws `OperatorError`. */
export function parseChange(text: string): SettingChange {
  const parts = /^(?<name>[^=\s]+?)(?<operator>[+-]?=)(?<value>.*)$/s.exec(text)?.groups
  if (!parts) throw new OperatorError(`a setting must be name=value, not '${text}'`)
  return {
    name: parts.name!,
    operation: operations[parts.operator as keyof typeof operations],
    value: parts.value!,
  }
}

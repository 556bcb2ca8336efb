import { alterSettings, describeSettings, ownerText } from '../../client/config-admin.ts'
import { defineAdminCommand } from '../admin/admin-command.ts'
import { ownerArguments, parseOwner } from '../admin/config-owner.ts'
import { missingSettings } from '../admin/setting-names.ts'

type Given = [kind: string, name: string, settings: readonly string[]]

export const configUnsetCommand = defineAdminCommand<{ readonly dryRun?: boolean }, Given>({
  name: 'unset',
  summary: 'take settings back to what holds without them',
  arguments: [
    ownerArguments.kind,
    { name: '<name>', help: ownerArguments.name, completes: 'owners' },
    { name: '<settings...>', help: 'their names', completes: 'owner settings' },
  ],
  options: [{ flags: '--dry-run', help: 'only ask the brokers whether they would do it' }],
  examples: [
    { command: 'streamctl config unset topic web retention.ms', does: "the broker's value holds again" },
    { command: 'streamctl config unset broker default log.retention.ms', does: 'for all brokers' },
  ],
  run: async ({ cluster, report }, { dryRun }, kind, name, settings) => {
    const owner = parseOwner(kind, name)
    // Kafka takes back what was never there without a word: a mistyped name should not go unnoticed. What all brokers share
    // cannot be asked for names that have no value.
    if (owner.name !== '') {
      await missingSettings(cluster, owner, settings, await describeSettings(cluster, owner, { names: settings }))
    }
    const changes = settings.map(setting => ({ name: setting, operation: 'unset', value: null }) as const)
    await alterSettings(cluster, owner, changes, { dryRun })
    report.done(
      { kind: owner.kind, name, outcome: dryRun ? 'valid' : 'changed' },
      `${ownerText(owner)} ${dryRun ? 'could be changed like that' : 'changed'}`,
    )
    return undefined
  },
})

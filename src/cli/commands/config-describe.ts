import { type ConfigOwner, type ConfigSource, describeSettings, type Setting } from '../../client/config-admin.ts'
import { defineAdminCommand } from '../admin/admin-command.ts'
import { chosenOwners, ownerArguments } from '../admin/config-owner.ts'
import { regexOption } from '../admin/names.ts'
import { missingSettings } from '../admin/setting-names.ts'

interface DescribeOptions {
  readonly all?: boolean
  readonly docs?: boolean
  readonly regex?: boolean
}

type Given = [kind: string, name: string | undefined, settings: readonly string[]]

export const configDescribeCommand = defineAdminCommand<DescribeOptions, Given>({
  name: 'describe',
  summary: 'show settings with their values and where they come from',
  description:
    'Shows what has been set; --all and the names of settings show what holds otherwise, too. Sources: `topic`, `group`, ' +
    '`client-metrics`, `broker` (set for one broker while it runs), `cluster` (for all brokers), `file` (when it was ' +
    'started), `default`.\n\n' +
    'JSON fields: `kind`, `name`, `setting`, `value` (null for secrets), `source`, `sensitive`, `readOnly`, `type`, ' +
    '`synonyms` with `name`, `value`, `source`, and with --docs `documentation`.',
  arguments: [
    ownerArguments.kind,
    { name: '[name]', help: `${ownerArguments.name}; without it all brokers`, completes: 'owners' },
    { name: '[settings...]', help: 'only these', completes: 'owner settings' },
  ],
  options: [
    { flags: '-a, --all', help: 'also settings that have their default' },
    { flags: '--docs', help: "with the brokers' explanations" },
    regexOption,
  ],
  examples: [
    { command: 'streamctl config describe topic web', does: 'what was set for a topic' },
    {
      command: 'streamctl config describe topic web retention.ms --format wide',
      does: 'one setting, and what it overrides',
    },
    { command: 'streamctl config describe broker --all', does: 'everything of all brokers' },
    { command: "streamctl config describe topic -r '.*' retention.ms", does: 'one setting of all topics' },
  ],
  run: async ({ cluster, report }, { all = false, docs = false, regex }, kind, name, settings) => {
    const owners = await chosenOwners(cluster, kind, name, regex)
    const described = await Promise.all(
      owners.map(async owner => ({
        owner,
        found: await describeSettings(cluster, owner, { names: settings, withDocumentation: docs }),
      })),
    )
    const [first] = described
    if (first && settings.length > 0) await missingSettings(cluster, first.owner, settings, first.found)
    const rows = described.flatMap(({ owner, found }) =>
      found
        .filter(({ source }) => all || settings.length > 0 || isSetFor(owner, source))
        .map(setting => rowOf(owner, setting, docs)),
    )
    report.rows(rows, [
      { title: 'NAME', value: row => row.name },
      { title: 'SETTING', value: row => row.setting },
      { title: 'VALUE', value: row => (row.sensitive ? '(secret)' : row.value) },
      { title: 'SOURCE', value: row => row.source },
      { title: 'TYPE', value: row => row.type, isWide: true },
      { title: 'READ-ONLY', value: row => row.readOnly, isWide: true },
      { title: 'OVERRIDES', value: row => synonymsText(row.synonyms.slice(1)), isWide: true },
      ...(docs
        ? [{ title: 'EXPLANATION', value: (row: { documentation?: string | null }) => row.documentation ?? '' }]
        : []),
    ])
    return undefined
  },
})

/** A topic and a group have values of brokers, too; those were not set for them. */
function isSetFor({ kind }: ConfigOwner, source: ConfigSource): boolean {
  return kind === 'topic' || kind === 'group' ? source === kind : source !== 'default'
}

function rowOf({ kind, name }: ConfigOwner, setting: Setting, docs: boolean) {
  return {
    kind,
    name: kind === 'broker' && name === '' ? 'default' : name,
    setting: setting.name,
    value: setting.value,
    source: setting.source,
    sensitive: setting.isSensitive,
    readOnly: setting.isReadOnly,
    type: setting.type,
    synonyms: setting.synonyms,
    ...(docs ? { documentation: setting.documentation } : {}),
  }
}

function synonymsText(synonyms: Setting['synonyms']): string {
  return synonyms.map(({ name, value, source }) => `${name}=${value ?? ''} (${source})`).join(', ')
}

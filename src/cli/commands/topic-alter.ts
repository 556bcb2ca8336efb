import { OperatorError } from '../../base/errors.ts'
import { alterSettings, type SettingChange } from '../../client/config-admin.ts'
import { growTopic } from '../../client/topic-admin.ts'
import { defineAdminCommand } from '../admin/admin-command.ts'
import { nameAndValue, wholeNumber } from '../options.ts'

interface AlterOptions {
  readonly partitions?: number
  readonly config?: readonly (readonly [string, string])[]
  readonly unset?: readonly string[]
}

export const topicAlterCommand = defineAdminCommand<AlterOptions, [topic: string]>({
  name: 'alter',
  summary: 'change settings of a topic, or add partitions',
  arguments: [{ name: '<topic>', help: 'its name' }],
  options: [
    {
      flags: '-p, --partitions <number>',
      help: 'number of partitions that it shall have; never fewer than now',
      parse: wholeNumber('the number of partitions', { min: 1, max: 1_000_000 }),
    },
    {
      flags: '-c, --config <name=value>',
      help: 'setting; may be repeated',
      parse: nameAndValue('a setting'),
      completes: 'topic settings',
      repeatable: true,
    },
    {
      flags: '-u, --unset <name>',
      help: "take a setting back to the broker's value; may be repeated",
      completes: 'topic setting names',
      repeatable: true,
    },
  ],
  examples: [
    { command: 'streamctl topic alter web -c retention.ms=86400000', does: 'keep records for a day' },
    { command: 'streamctl topic alter web -p 12 -u retention.ms', does: 'twelve partitions, default retention' },
  ],
  run: async ({ cluster, report }, { partitions, config = [], unset = [] }, topic) => {
    const changes: readonly SettingChange[] = [
      ...config.map(([name, value]) => ({ name, operation: 'set', value }) as const),
      ...unset.map(name => ({ name, operation: 'unset', value: null }) as const),
    ]
    if (changes.length === 0 && partitions === undefined) {
      throw new OperatorError('nothing to change', { hint: 'give -c name=value, -u name or -p number' })
    }
    if (changes.length > 0) await alterSettings(cluster, { kind: 'topic', name: topic }, changes)
    if (partitions !== undefined) await growTopic(cluster, topic, partitions)
    report.done({ topic, outcome: 'changed' }, `topic '${topic}' changed`)
    return undefined
  },
})

import { clientProperties, type PropertySpec } from '../../client/properties.ts'
import { defineCommand } from '../command.ts'
import { type BrokerOptions, brokerOptions, connectionProperties } from '../options.ts'
import { variableName } from '../profile/load-layers.ts'
import { shownValue } from '../profile/shown-value.ts'
import { type FormatOptions, formatOptions, Report } from '../table/report.ts'

interface PrintOptions extends BrokerOptions, FormatOptions {
  readonly all?: boolean
}

interface Row {
  readonly property: string
  readonly value: string | null
  readonly source: string | null
  readonly variable: string
  readonly doc: string
}

export const configPrintCommand = defineCommand<PrintOptions, []>({
  name: 'print',
  summary: 'show how this client connects, and where each value comes from',
  description:
    'A flag counts before -X, then come a profile named by --profile, the environment, the project file .streamctl.yml (found ' +
    'upward to the root of the repository), the profile in use, and the default. Secrets are never shown.\n\n' +
    'JSON fields: `property`, `value`, `source`, `variable`, `doc`.',
  options: [
    ...brokerOptions,
    { flags: '-a, --all', help: 'also properties that are not set, with what they mean' },
    ...formatOptions,
  ],
  examples: [
    { command: 'streamctl config print', does: 'what is set, and where' },
    { command: 'streamctl config print --all --format wide', does: 'every property, and what it is for' },
  ],
  run: async (context, options) => {
    const report = new Report(context.output, options)
    const { values, ignored } = connectionProperties(context, options)
    const rows = (clientProperties as readonly PropertySpec[]).flatMap((spec): Row[] => {
      const found = values.get(spec.name as Parameters<typeof values.get>[0])
      const isSet = found !== undefined && (found.source !== 'default' || spec.name === 'bootstrap.servers')
      if (!isSet && !options.all) return []
      const value = found ? shownValue(found) : null
      return [
        { property: spec.name, value, source: found?.source ?? null, variable: variableName(spec.name), doc: spec.doc },
      ]
    })
    report.rows(rows, [
      { title: 'PROPERTY', value: row => row.property },
      { title: 'VALUE', value: row => row.value },
      { title: 'SOURCE', value: row => row.source },
      { title: 'VARIABLE', value: row => row.variable, isWide: true },
      { title: 'MEANING', value: row => row.doc, isWide: true },
    ])
    for (const { name, source, reason } of ignored) context.output.note(`${name} (${source}) has no effect: ${reason}`)
    return undefined
  },
})

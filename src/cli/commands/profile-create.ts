import { OperatorError } from '../../base/errors.ts'
import { addressText, type BrokerAddress } from '../../client/address.ts'
import { defineCommand } from '../command.ts'
import { brokerOptions, quietOption } from '../options.ts'
import { clientSettings } from '../profile/client-settings.ts'
import { type PropertyEntry, resolveLayers } from '../profile/layers.ts'
import { ProfileStore } from '../profile/profile-store.ts'
import { profileText } from '../profile/profile-text.ts'

interface CreateOptions {
  readonly brokers?: readonly BrokerAddress[]
  readonly property?: readonly (readonly PropertyEntry[])[]
  readonly description?: string
  readonly force?: boolean
  readonly quiet?: boolean
}

export const profileCreateCommand = defineCommand<CreateOptions, [name: string]>({
  name: 'create',
  summary: 'write a profile and use it',
  description:
    'A profile is a YAML file for you alone (mode 0600) in $XDG_CONFIG_HOME/streamctl/profiles. A secret is better kept ' +
    'elsewhere: sasl.password.command is run when it is needed, sasl.password.env names a variable, sasl.password.file a file.',
  arguments: [{ name: '<name>', help: 'letters, digits, dots, hyphens and underscores' }],
  options: [
    ...brokerOptions.filter(({ flags }) => !flags.startsWith('--profile')),
    { flags: '--description <text>', help: 'what it is for; profile list shows it' },
    { flags: '-f, --force', help: 'replace one of this name' },
    quietOption,
  ],
  examples: [
    { command: 'streamctl profile create local -b 127.0.0.1:9092', does: 'a node on this machine' },
    {
      command:
        "streamctl profile create prod -b kafka.example.com:9093 -X security.protocol=SASL_SSL -X sasl.mechanism=SCRAM-SHA-512 -X sasl.username=ann -X sasl.password.command='pass show kafka/prod'",
      does: 'TLS and a name; the password comes out of a password store',
    },
  ],
  run: async ({ io, output }, options, name) => {
    if (options.quiet) output.quiet()
    const store = new ProfileStore(io.variables)
    const entries = [
      ...(options.brokers ? [{ name: 'brokers', value: options.brokers.map(addressText).join(',') }] : []),
      ...(options.property ?? []).flat(),
    ]
    if (entries.length === 0) {
      throw new OperatorError('the profile would be empty', { hint: `streamctl profile create ${name} -b host:port` })
    }
    const resolution = resolveLayers([{ source: '-X', entries }])
    // What cannot work is said now, not when it is used. Secrets may be elsewhere: they are not looked for.
    const withoutSecrets = { values: new Map([...resolution.values].filter(([, { secretSource }]) => !secretSource)) }
    if (withoutSecrets.values.size === resolution.values.size) clientSettings(resolution, io)
    if (store.text(name) !== undefined && !options.force) {
      throw new OperatorError(`there is a profile '${name}' already`, { hint: '--force replaces it' })
    }
    store.write(name, await profileText(entries, options.description))
    store.use(name)
    output.note(`profile '${name}' written to ${store.file(name)} and in use`)
    const plain = [...resolution.values.values()].find(found => found.name === 'sasl.password' && !found.secretSource)
    if (plain) output.note('the password stands in the file; sasl.password.command would keep it elsewhere')
    return undefined
  },
})

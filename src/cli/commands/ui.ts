import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { OperatorError } from '../../base/errors.ts'
import { addressText } from '../../client/address.ts'
import { Cluster } from '../../client/cluster.ts'
import { parseProperties } from '../../config/properties.ts'
import { defaultKeys, type Keys, userKeys } from '../../tui/keymap.ts'
import { type CommandContext, defineCommand, type ProgramIo } from '../command.ts'
import { type BrokerOptions, brokerOptions, connectionProperties } from '../options.ts'
import { clientSettings } from '../profile/client-settings.ts'
import { configurationDirectory, ProfileStore } from '../profile/profile-store.ts'

interface UiCommandOptions extends BrokerOptions {
  readonly readonly?: boolean
  readonly keys?: string
}

/** People wait in front of the screen: it says so soon that a broker does not answer, and tries again by itself. */
const retryForMs = 2_000
const connectTimeoutMs = 5_000

export const uiCommand = defineCommand<UiCommandOptions, [topic: string | undefined]>({
  name: 'ui',
  summary: 'browse topics, records and groups in the terminal',
  description:
    'What is in a topic, who reads it, and why it is late. ? shows the keys, : takes commands (:groups, :ctx NAME, :q). ' +
    'Keys are yours to change: lines like "delete = ctrl-k" in ui.properties beside the profiles, or in the file that --keys names.',
  arguments: [{ name: '[topic]', help: 'begin with the records of this topic', completes: 'topics' }],
  options: [
    ...brokerOptions,
    { flags: '--readonly', help: 'refuse whatever changes anything in the cluster' },
    { flags: '--keys <file>', help: 'keys of your own: action = keys, one a line', completes: 'files' },
  ],
  examples: [
    { command: 'streamctl ui', does: 'all topics' },
    { command: 'streamctl ui web --profile production --readonly', does: 'only look, at the records of one topic' },
  ],
  run: ui,
})

async function ui(context: CommandContext, options: UiCommandOptions, topic: string | undefined): Promise<number> {
  const { env, io, signal } = context
  const keys = readKeys(io, options.keys)
  const connect = (profile?: string) => {
    // What was typed behind the command is about the cluster that it began with.
    const chosen = profile === undefined ? options : { profile }
    const settings = clientSettings(connectionProperties(context, chosen), io)
    const addresses = settings.brokers.map(addressText).join(',')
    const name = profile ?? options.profile
    return {
      cluster: new Cluster({
        env,
        signal,
        ...settings,
        retryForMs: Math.min(settings.retryForMs, retryForMs),
        connectTimeoutMs: Math.min(settings.connectTimeoutMs, connectTimeoutMs),
      }),
      place: name === undefined ? addresses : `${name} ${addresses}`,
    }
  }
  const { runUi } = await import('../../tui/run-ui.ts')
  return runUi({
    env,
    io,
    variables: io.variables,
    signal,
    ...(io.onCrash ? { onCrash: io.onCrash } : {}),
    connect,
    profiles: new ProfileStore(io.variables).names(),
    keys,
    isReadonly: options.readonly ?? false,
    screen: topic === undefined ? 'topics' : 'records',
    ...(topic === undefined ? {} : { argument: topic }),
  })
}

/** The keys of the file that was named, or of ui.properties beside the profiles, if it is there. */
function readKeys({ variables }: ProgramIo, named: string | undefined): Keys {
  const directory = configurationDirectory(variables)
  const usual = directory && path.join(directory, 'ui.properties')
  const file = named ?? (usual && existsSync(usual) ? usual : undefined)
  if (file === undefined) return defaultKeys
  try {
    return userKeys(parseProperties(readFileSync(file, 'utf8')), file)
  } catch (error) {
    if (error instanceof OperatorError) throw error
    throw new OperatorError(`cannot read keys: ${file}: ${(error as Error).message}`, { cause: error })
  }
}

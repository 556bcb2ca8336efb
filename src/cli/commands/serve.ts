import { saveCompileCache } from '../../base/compile-cache.ts'
import { AssertionError, ExitCode, OperatorError, StorageError } from '../../base/errors.ts'
import { boundNursery } from '../../base/heap.ts'
import type { Broker } from '../../broker/broker.ts'
import type { Configuration } from '../../config/configuration.ts'
import { type CommandContext, defineCommand } from '../command.ts'
import { dataDirectory } from '../data/data-directory.ts'
import { type ListenAddress, listenAddress, requireLoopback } from '../listen-address.ts'
import { nameAndValue } from '../options.ts'

interface ServeOptions {
  readonly data?: string
  readonly listen?: readonly ListenAddress[]
  readonly advertise?: readonly ListenAddress[]
  readonly ephemeral?: boolean
  readonly durability?: 'fsync' | 'os'
  readonly config?: string
  readonly set?: readonly (readonly [string, string])[]
  readonly allowAnonymous?: boolean
}

const defaultListen: ListenAddress = { host: '127.0.0.1', port: 9092 }
/** By then the node has compiled what it needs for its first requests. */
const settledMs = 5_000

export const serveCommand = defineCommand<ServeOptions, []>({
  name: 'serve',
  summary: 'run a node',
  description:
    'Serves the Apache Kafka protocol, with its data in one directory. Every record that it acknowledges is on disk.\n' +
    'One line on standard output says when it is ready; SIGINT and SIGTERM finish what is in flight and end it.',
  options: [
    { flags: '--data <directory>', help: 'where the data is kept (default: ~/.local/share/streamctl)' },
    {
      flags: '--listen <host:port>',
      help: 'where to listen; port 0 picks a free one; may be repeated (default: 127.0.0.1:9092)',
      parse: listenAddress,
      repeatable: true,
    },
    {
      flags: '--advertise <host:port>',
      help: 'what clients are told to connect to, one for each --listen',
      parse: listenAddress,
      repeatable: true,
    },
    { flags: '--ephemeral', help: 'keep no data beyond the end of the node' },
    {
      flags: '--durability <mode>',
      help: 'when a record counts as written: on disk (the default), or handed to the operating system',
      choices: ['fsync', 'os'],
    },
    { flags: '--config <file>', help: "settings in a Java-properties file, by Kafka's names" },
    {
      flags: '--set <name=value>',
      help: 'one setting; may be repeated',
      parse: nameAndValue('a setting'),
      repeatable: true,
    },
    { flags: '--allow-anonymous', help: 'listen beyond this machine although anybody can then read and write' },
  ],
  examples: [
    { command: 'streamctl serve', does: 'a node for this machine on port 9092' },
    {
      command: 'streamctl serve --ephemeral --listen 127.0.0.1:0',
      does: 'a throw-away node for a test, on a free port',
    },
    {
      command: 'streamctl serve --data /srv/streams --set num.partitions=8 --set log.retention.hours=24',
      does: 'another directory and other defaults for topics',
    },
  ],
  endsBySignal: true,
  run: serve,
})

async function serve(context: CommandContext, options: ServeOptions): Promise<number> {
  const { io, env, signal, output } = context
  const listeners = listenersOf(options)
  const directory = options.ephemeral ? ':memory:' : dataDirectory(options.data, io.variables)
  boundNursery()
  // Loaded here: the other commands start without the broker's code.
  const [{ startBroker }, configuration] = await Promise.all([
    import('../../broker/broker.ts'),
    readConfiguration(options, io.variables),
  ])
  const { promise: failed, reject } = Promise.withResolvers<never>()
  const broker = await startBroker({
    env,
    configuration,
    directory,
    listeners,
    onFatal: reject,
  }).catch(error => {
    throw error instanceof StorageError ? fatal(error) : error
  })
  output.write(`${readyLine(broker, configuration, options.ephemeral ? 'none' : directory)}\n`)
  const saving = env.clock.after(settledMs, saveCompileCache)
  try {
    await Promise.race([aborted(signal), failed])
  } catch (error) {
    throw fatal(error)
  } finally {
    saving.cancel()
  }
  await broker.close()
  return ExitCode.ok
}

function readyLine(broker: Broker, configuration: Configuration, data: string): string {
  const addresses = broker.addresses.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`)
  const durability = data === 'none' ? 'none' : configuration.broker['streamctl.durability']
  return `streamctl is ready: ${addresses.join(',')} data=${data} durability=${durability}`
}

function listenersOf({ listen = [defaultListen], advertise = [], allowAnonymous }: ServeOptions) {
  if (advertise.length > 0 && advertise.length !== listen.length) {
    throw new OperatorError(`${advertise.length} --advertise for ${listen.length} --listen`, {
      hint: 'give one --advertise for each --listen, in the same order',
    })
  }
  if (!allowAnonymous) listen.forEach(requireLoopback)
  return listen.map((bind, at) => ({ bind, advertise: advertise[at] }))
}

async function readConfiguration(
  options: ServeOptions,
  variables: CommandContext['io']['variables'],
): Promise<Configuration> {
  const { readConfigurationFile, resolveConfiguration } = await import('../../config/resolve.ts')
  return resolveConfiguration({
    file: options.config === undefined ? undefined : readConfigurationFile(options.config),
    environment: variables,
    flags: {
      ...Object.fromEntries(options.set ?? []),
      ...(options.durability && { 'streamctl.durability': options.durability }),
    },
  })
}

/** Nothing that was acknowledged is lost: it is on disk, and whatever memory held beyond that nobody was promised. */
function fatal(error: unknown): unknown {
  if (error instanceof StorageError) {
    return new OperatorError(`the node stopped: ${error.message}`, {
      hint: 'what was acknowledged is safe; mend the cause and start the node again',
      exitCode: ExitCode.storage,
      cause: error,
    })
  }
  return error instanceof AssertionError ? error : new AssertionError(String(error))
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

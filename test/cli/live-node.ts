import { afterAll, beforeAll } from 'vitest'
import { systemEnv } from '../../src/base/system-env.ts'
import { run } from '../../src/cli/program.ts'
import { parseBrokerList } from '../../src/client/address.ts'
import { Cluster } from '../../src/client/cluster.ts'
import { recordingLog } from '../support/simulated-env.ts'
import { until } from '../support/until.ts'
import { type FakeIo, fakeIo } from './fake-io.ts'

export interface Outcome {
  readonly code: number
  readonly out: string
  readonly err: string
}

export interface CommandOptions {
  /** Standard input, closed behind it; a terminal's with `terminal`. */
  readonly input?: string
  readonly terminal?: boolean
}

/** A node in this process, and commands that talk to it as the program runs them, without a process for each. */
export interface LiveNode {
  readonly address: string
  /** A client of it; closed at the end. */
  readonly cluster: Cluster
  command(args: readonly string[], options?: CommandOptions): Promise<Outcome>
  /** A command that must succeed; its standard output. */
  ok(...args: string[]): Promise<string>
  /** One that goes on until it is signalled. */
  start(args: readonly string[]): { readonly io: FakeIo; readonly finished: Promise<number> }
}

/** A node for all tests of the file. */
export function liveNode(): LiveNode {
  const env = systemEnv({ log: recordingLog() })
  let address = ''
  let cluster: Cluster | undefined
  const server = fakeIo({ env })
  let serving: Promise<number> | undefined
  beforeAll(async () => {
    serving = run(['serve', '--ephemeral', '--listen', '127.0.0.1:0'], server)
    await until(() => server.out().includes('ready'))
    address = /ready: (\S+)/.exec(server.out())?.[1] ?? ''
    cluster = new Cluster({ env, brokers: parseBrokerList(address) })
  })
  afterAll(async () => {
    cluster?.close()
    server.signal('SIGTERM')
    await serving
  })
  const ioFor = (options: CommandOptions): FakeIo => {
    const io = fakeIo({ env, terminal: options.terminal, variables: { STREAMCTL_BROKERS: address, NO_COLOR: '1' } })
    if (options.terminal) io.stdin.isTTY = true
    if (options.input === undefined || !options.terminal) io.stdin.end(options.input ?? '')
    else io.stdin.write(options.input)
    return io
  }
  const live: LiveNode = {
    get address() {
      return address
    },
    get cluster() {
      if (!cluster) throw new Error('the node has not been started')
      return cluster
    },
    async command(args, options = {}) {
      const io = ioFor(options)
      const code = await run(args, io)
      return { code, out: io.out(), err: io.err() }
    },
    async ok(...args) {
      const { code, out, err } = await live.command(args)
      if (code !== 0) throw new Error(`streamctl ${args.join(' ')} ended with ${code}: ${err}`)
      return out
    },
    start(args) {
      const io = ioFor({})
      return { io, finished: run(args, io) }
    },
  }
  return live
}

/** The words of a command line: quotes as a shell reads them, redirections apart. */
export function shellWords(line: string): { readonly words: readonly string[]; readonly outputFile?: string } {
  const [command = '', outputFile] = line.split(' > ')
  const words = [...command.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    ([, single, double, bare]) => single ?? double ?? bare ?? '',
  )
  return outputFile === undefined ? { words } : { words, outputFile }
}

// An instance of many cases at once, each an application of its own: what is killed. Started by killed-instances.ts.
// node node-instance.ts HOST:PORT STATE DIR NAME=FILE#CASE …
import path from 'node:path'
import { systemEnv } from '../../src/base/system-env.ts'
import { parseBrokerList } from '../../src/client/address.ts'
import { Cluster } from '../../src/client/cluster.ts'
import { LocalThread } from '../../src/streams/runtime/local-thread.ts'
import { prepareTopics } from '../../src/streams/runtime/prepare-topics.ts'
import { takeStateDirectory } from '../../src/streams/runtime/state-directory.ts'
import { readCases } from './case.ts'
import { CaseClock } from './case-clock.ts'
import { caseOnNode } from './case-on-node.ts'
import { type ClockMessage, readyMessage } from './killed-instances.ts'

const [address = '', base = '', directory = '', ...named] = process.argv.slice(2)
const env = systemEnv()
const files = readCases(directory)
const clocks = new Map<string, CaseClock>()
const threads = new Set<LocalThread>()
const lookMs = 20

process.on('uncaughtException', error => {
  process.stderr.write(`${error.stack}\n`)
  process.exit(70)
})
// Keeps the process alive, too. It goes when who started it has gone.
process.on('message', async (message: ClockMessage) => {
  await clockOf(message.name).move(message.nowMs)
  process.send?.(message)
})
process.on('disconnect', () => process.exit(0))
tellWhenReady()

await Promise.all(
  named.map(async text => {
    const [, name = '', file = '', number = ''] = /^(.*?)=(.*)#(\d+)$/.exec(text)!
    const { application } = caseOnNode(files.find(other => other.file === file)!.cases[Number(number)]!, name)
    const cluster = new Cluster({ env, brokers: parseBrokerList(address) })
    await prepareTopics(cluster, application)
    const state = takeStateDirectory(base, name, env.random)
    const thread = new LocalThread({
      env: { ...env, clock: clockOf(name) },
      application,
      openCluster: () => cluster.sibling(),
      process: state.process,
      thread: 0,
      endpoint: '127.0.0.1:0',
      directory: path.join(state.directory, 'tasks'),
      processing: 'exactly-once',
      commitIntervalMs: 10,
      stateBytesMax: 16 * 1024 * 1024,
      sessionTimeoutMs: 10_000,
      heartbeatMs: 500,
      onNotice: notice => process.stderr.write(`${name}: ${notice}\n`),
    })
    threads.add(thread)
    await thread.run().catch(error => {
      process.stderr.write(`${name}: ${error.stack}\n${error.cause?.stack ?? ''}\n`)
      process.exit(1)
    })
  }),
)

async function tellWhenReady(): Promise<void> {
  const reports = await Promise.all([...threads].map(thread => thread.report()))
  const isReady = reports.length === named.length && reports.every(({ phase }) => phase === 'running')
  if (isReady) process.send?.(readyMessage)
  else setTimeout(tellWhenReady, lookMs)
}

function clockOf(name: string): CaseClock {
  const known = clocks.get(name) ?? new CaseClock(env.clock)
  clocks.set(name, known)
  return known
}

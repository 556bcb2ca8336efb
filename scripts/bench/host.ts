// A node in a process of its own that tells its parent about its event loop and memory. Started by fork().
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { standardErrorLog, systemEnv } from '../../src/base/system-env.ts'
import { type Broker, startBroker } from '../../src/broker/broker.ts'
import { resolveConfiguration } from '../../src/config/resolve.ts'

export interface HostStart {
  readonly directory: string
  readonly durability: 'fsync' | 'os'
  readonly settings: Readonly<Record<string, string>>
}

export interface HostFigures {
  /** Milliseconds by which the event loop came late. */
  readonly eventLoopP50: number
  readonly eventLoopP99: number
  readonly eventLoopMax: number
  readonly residentBytes: number
  /** What is left of the JavaScript heap after a garbage collection. */
  readonly liveBytes: number
}

const delay = monitorEventLoopDelay({ resolution: 1 })
const start = JSON.parse(process.argv[2]!) as HostStart
const broker: Broker = await startBroker({
  env: systemEnv({ log: standardErrorLog('warn') }),
  configuration: resolveConfiguration({ flags: { ...start.settings, 'streamctl.durability': start.durability } }),
  directory: start.directory,
  listeners: [{ bind: { host: '127.0.0.1', port: 0 }, advertise: undefined }],
  onFatal: error => {
    throw error
  },
})
process.send?.(broker.addresses[0])

process.on('message', async message => {
  if (message === 'reset') {
    delay.enable()
    delay.reset()
  } else if (message === 'figures') process.send?.(figures())
  else if (message === 'close') {
    await broker.close()
    process.disconnect?.()
  }
})

// Nobody is there any more to ask for figures, or to end this process.
process.on('disconnect', () => process.exit())

/** The timer behind the histogram fires every millisecond: what is beyond that is delay. */
function figures(): HostFigures {
  const late = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - 1)
  return {
    eventLoopP50: late(delay.percentile(50)),
    eventLoopP99: late(delay.percentile(99)),
    eventLoopMax: late(delay.max),
    residentBytes: process.memoryUsage.rss(),
    liveBytes: liveBytes(),
  }
}

function liveBytes(): number {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  return process.memoryUsage().heapUsed
}

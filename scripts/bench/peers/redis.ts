import { findProgram } from './find.ts'
import { freePort, type PeerProcess, startPeer } from './peer-process.ts'

/** redis-server with its append-only file in the directory; never rewritten, and no snapshots beside it. */
export async function startRedis(
  directory: string,
  environment: NodeJS.ProcessEnv,
  appendfsync: 'always' | 'everysec',
): Promise<PeerProcess | string> {
  const program = findProgram(environment, 'REDIS_SERVER', 'redis-server')
  if (program === undefined) return 'not here: neither REDIS_SERVER nor PATH has it'
  const port = await freePort()
  const settings = {
    port: String(port),
    bind: '127.0.0.1',
    dir: directory,
    appendonly: 'yes',
    appendfsync,
    save: '',
    'auto-aof-rewrite-percentage': '0',
    daemonize: 'no',
  }
  const given = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value])
  return startPeer([program, ...given], port)
}

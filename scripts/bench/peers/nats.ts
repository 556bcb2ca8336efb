import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { findProgram } from './find.ts'
import { freePort, type PeerProcess, startPeer } from './peer-process.ts'

/** nats-server with JetStream in the directory. `sync_interval: always` is known to 2.10 and later; the default is two minutes. */
export async function startNats(
  directory: string,
  environment: NodeJS.ProcessEnv,
  sync: 'always' | 'default',
): Promise<PeerProcess | string> {
  const program = findProgram(environment, 'NATS_SERVER', 'nats-server')
  if (program === undefined) return 'not here: neither NATS_SERVER nor PATH has it'
  const port = await freePort()
  const interval = sync === 'always' ? 'sync_interval: always\n' : ''
  const configuration = path.join(directory, 'nats.conf')
  const jetstream = `jetstream {\nstore_dir: ${JSON.stringify(directory)}\nmax_file_store: 64G\n${interval}}\n`
  writeFileSync(configuration, `host: 127.0.0.1\nport: ${port}\n${jetstream}`)
  return startPeer([program, '-c', configuration], port)
}

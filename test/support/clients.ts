import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { type TestContext, test } from 'vitest'
import { type Finished, type RunningProcess, type StartOptions, start } from './processes.ts'

/** A Kafka client that comes with the system, not with npm. */
export interface SystemClient {
  readonly name: string
  /** Why it cannot be used on this machine. */
  readonly missing: string | undefined
}

const systemPython = '/usr/bin/python3'

export const kcatClient = find('kcat', ['kcat', ['-V']])
export const confluentClient = find('python3-confluent-kafka', [systemPython, ['-c', 'import confluent_kafka']])
export const kafkaPythonClient = find('python3-kafka', [systemPython, ['-c', 'import kafka']])

const codecModules: Readonly<Record<string, string>> = { snappy: 'snappy', lz4: 'lz4, xxhash', zstd: 'zstandard' }

/** kafka-python leaves all codecs but gzip to packages of their own. */
export function kafkaPythonWith(codec: string): SystemClient {
  const module = codecModules[codec]
  if (kafkaPythonClient.missing || !module) return kafkaPythonClient
  return find(`the Python package of ${module}`, [systemPython, ['-c', `import ${module}`]])
}

function find(name: string, [command, args]: readonly [string, readonly string[]]): SystemClient {
  const { status } = spawnSync(command, args, { stdio: 'ignore', timeout: 120_000 })
  const missing = status === 0 ? undefined : `without ${name}: see scripts/install-clients.ts`
  return { name, missing }
}

/** A test that is skipped, with the reason in its name, where its client is missing. */
export function testWith(
  client: SystemClient,
  name: string,
  body: (context: TestContext) => Promise<void>,
  timeoutMs = 240_000,
): void {
  if (client.missing) test.skip(`${name} [${client.missing}]`, () => {})
  else test(name, body, timeoutMs)
}

/** Runs kcat to its end. It reads no configuration of the user. */
export function kcat(args: readonly string[], options: StartOptions = {}): Promise<Finished> {
  return startKcat(args, options).finished
}

export function startKcat(args: readonly string[], options: StartOptions = {}): RunningProcess {
  return start('kcat', args, {
    ...options,
    environment: { HOME: '/nonexistent', KCAT_CONFIG: undefined, ...options.environment },
  })
}

/** Starts a script of test/compatibility/python with the system's Python. */
export function startPython(script: string, args: readonly string[], options: StartOptions = {}): RunningProcess {
  const file = path.resolve(import.meta.dirname, '../compatibility/python', script)
  return start(systemPython, ['-u', file, ...args], options)
}

/** Runs such a script to its end and returns the JSON that it printed. */
export async function python(script: string, args: readonly string[], options: StartOptions = {}): Promise<unknown> {
  const result = await startPython(script, args, options).finished
  if (result.exitCode !== 0) throw new Error(`${script} exited with ${result.exitCode}:\n${result.stderr}`)
  return JSON.parse(result.stdout.toString())
}

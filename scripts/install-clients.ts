// node scripts/install-clients.ts: the Kafka clients that the compatibility tests use and npm does not have, and the shells
// whose completion is tested, from Debian or Ubuntu. Installs what is missing where that is possible (root and apt-get), in bounded time, and says what it could
// not get; the tests that want it are then skipped. STREAMCTL_TEST_INSTALL=no leaves the system as it is.
import { spawnSync } from 'node:child_process'

/** Packages, and what shows that each is there. */
const packages: Readonly<Record<string, readonly [command: string, ...args: string[]]>> = {
  kcat: ['kcat', '-V'],
  'python3-confluent-kafka': ['/usr/bin/python3', '-c', 'import confluent_kafka'],
  'python3-kafka': ['/usr/bin/python3', '-c', 'import kafka'],
  'python3-snappy': ['/usr/bin/python3', '-c', 'import snappy'],
  'python3-lz4': ['/usr/bin/python3', '-c', 'import lz4'],
  'python3-zstandard': ['/usr/bin/python3', '-c', 'import zstandard'],
  // kafka-python needs it for the LZ4 of old message formats.
  'python3-xxhash': ['/usr/bin/python3', '-c', 'import xxhash'],
  zsh: ['zsh', '--version'],
  fish: ['fish', '--version'],
}

// Fetching may hang on a dead network and is cut off. Unpacking is local, and cutting it off would break the system's
// package database.
const fetchMaxMs = 90_000
const aptOptions = ['-y', '-qq', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=60', '-o', 'Acquire::Retries=1']
const network = ['-o', 'Acquire::http::Timeout=15', '-o', 'Acquire::https::Timeout=15']

const missing = missingPackages()
if (missing.length > 0) {
  const obstacle = whyNot() ?? install(missing)
  const left = missingPackages()
  const got = missing.filter(name => !left.includes(name))
  if (got.length > 0) say(`installed ${got.join(', ')}`)
  if (left.length > 0) say(`not installed: ${left.join(', ')} (${obstacle ?? 'apt-get did not bring them'})`)
}

function missingPackages(): string[] {
  return Object.entries(packages)
    .filter(([, [command, ...args]]) => spawnSync(command, args, { stdio: 'ignore' }).status !== 0)
    .map(([name]) => name)
}

function whyNot(): string | undefined {
  if (process.env.STREAMCTL_TEST_INSTALL === 'no') return 'STREAMCTL_TEST_INSTALL=no'
  if (process.getuid?.() !== 0) return 'only root can install packages'
  if (spawnSync('apt-get', ['--version'], { stdio: 'ignore' }).status !== 0) return 'there is no apt-get'
  return undefined
}

/** Returns why it failed. */
function install(names: readonly string[]): string | undefined {
  say(`installing ${names.join(', ')} for the tests`)
  const fetch = ['install', '--download-only', ...aptOptions, ...network, ...names]
  const failure = apt(fetch, fetchMaxMs)
  // A machine that was never asked to update knows no packages, or versions that are gone.
  const again = failure && (apt(['update', '-qq', ...network], fetchMaxMs) ?? apt(fetch, fetchMaxMs))
  return again ?? apt(['install', '--no-download', ...aptOptions, ...names])
}

/** Runs apt-get; returns the last line of what went wrong. */
function apt(args: readonly string[], timeout?: number): string | undefined {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' }
  const { status, signal, stderr } = spawnSync('apt-get', args, { env, encoding: 'utf8', timeout })
  if (status === 0) return undefined
  if (signal) return `apt-get ${args[0]} took longer than ${fetchMaxMs / 1000} s`
  return stderr.trim().split('\n').at(-1) || `apt-get ${args[0]} exited with ${status}`
}

function say(text: string): void {
  process.stdout.write(`clients: ${text}\n`)
}

// Runs before start, test, package and bench, on whatever Node the machine has (20.11 or newer): installs the locked
// packages, which bring Node 26 along, then builds with that one. What is up to date is left alone.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'

const root = path.resolve(import.meta.dirname, '..')
const stamp = path.join(root, 'node_modules', '.setup-stamp')
const windows = process.platform === 'win32'
const node = path.join(root, 'node_modules', '.bin', windows ? 'node.cmd' : 'node')

const wanted = createHash('sha256')
  .update(readFileSync(path.join(root, 'package-lock.json')))
  .update(`${process.platform}-${process.arch}`)
  .digest('hex')

if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
  install()
  writeFileSync(stamp, wanted)
}
requireNode26()
run(node, [path.join(root, 'scripts', 'build.ts')])

function install() {
  const npm = process.env.npm_execpath
  if (!npm) fail('run this through npm: npm run setup')
  // Install scripts stay off: every addon brings its binary, and better-sqlite3 would start a compiler.
  const flags = [
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    '--include=optional',
    '--include=dev',
    '--ignore-scripts',
  ]
  run(process.execPath, [npm, 'ci', ...flags])
}

function requireNode26() {
  const { status, stdout } = spawnSync(node, ['-p', 'process.versions.node'], { encoding: 'utf8', shell: windows })
  if (status !== 0 || Number.parseInt(stdout, 10) < 26)
    fail(`no Node 26 among the packages for ${process.platform}-${process.arch}`)
}

function run(command, args) {
  // The standard output belongs to the program that is started afterwards.
  const result = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2] })
  if (result.error) throw result.error
  if (result.status !== 0) process.exit(result.status ?? 1)
}

function fail(message) {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}

// npm run reopen -- [--wal MIB] [--database MIB] [--times N] [--directory DIR]: how long a node takes until it serves again,
// after a kill -9 with so much in its WAL, and with so large a database that was closed well. The goals are 0.5 s for 1024 MiB
// of WAL and for 10240 MiB of database: these are the defaults, for which 12 GiB must be free.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'

const { values: options } = parseArgs({
  options: {
    wal: { type: 'string', default: '1024' },
    database: { type: 'string', default: '10240' },
    times: { type: 'string', default: '5' },
    directory: { type: 'string', default: os.tmpdir() },
  },
})

const program = path.resolve(import.meta.dirname, '../dist/main.js')
const MiB = 1024 * 1024

const workspace = mkdtempSync(path.join(options.directory, 'streamctl-reopen-'))
try {
  const rows = [['', 'WAL MiB', 'database MiB', 'ready after ms, median', 'slowest']]
  rows.push(await measure('empty', 0, 'closed'))
  rows.push(await measure('killed', Number(options.wal), 'killed'))
  rows.push(await measure('closed', Number(options.database), 'closed'))
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map(row => row[column]!.length)))
  for (const row of rows)
    process.stdout.write(`${row.map((cell, column) => cell.padStart(widths[column]!)).join('  ')}\n`)
} finally {
  rmSync(workspace, { recursive: true, force: true })
}

async function measure(name: string, mebibytes: number, ending: 'killed' | 'closed'): Promise<string[]> {
  const directory = path.join(workspace, name)
  process.stderr.write(`writing ${mebibytes} MiB\n`)
  const fill = path.join(import.meta.dirname, 'reopen/fill.ts')
  const { signal, status } = spawnSync(process.execPath, [fill, directory, String(mebibytes), ending], {
    stdio: 'inherit',
  })
  if (ending === 'killed' ? signal !== 'SIGKILL' : status !== 0)
    throw new Error(`it was not written: ${signal ?? status}`)
  // What the kernel still has to write is not the node's to wait for.
  spawnSync('sync')
  const sizes = ['streamctl.db-wal', 'streamctl.db'].map(file => sizeOf(path.join(directory, file)))
  const times: number[] = []
  for (let time = 0; time < Number(options.times); time++) times.push(await timeToServe(directory))
  times.sort((left, right) => left - right)
  return [name, ...sizes, times[Math.floor(times.length / 2)]!.toFixed(0), times.at(-1)!.toFixed(0)]
}

function sizeOf(file: string): string {
  return ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) / MiB).toFixed(0)
}

/** From the start of the process to its ready line, ms. The node is killed then, so that the next one finds the same. */
async function timeToServe(data: string): Promise<number> {
  const begin = performance.now()
  const node = spawn(process.execPath, [program, 'serve', '--data', data, '--listen', '127.0.0.1:0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(node, 'exit')
  let stdout = ''
  for await (const chunk of node.stdout) {
    stdout += chunk
    if (stdout.includes('streamctl is ready')) break
  }
  const ms = performance.now() - begin
  if (!stdout.includes('streamctl is ready')) throw new Error('the node did not start')
  node.kill('SIGKILL')
  await exited
  return ms
}

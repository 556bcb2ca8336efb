import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { cpuSeconds, peakBytes } from '../node-process.ts'

/** What a whole process took, from its start to its end. */
export type Watched = {
  readonly seconds: number
  /** Seconds of processor time. */
  readonly cpu: number
  /** The most memory it had, MB. */
  readonly peak: number
}

const lookMs = 5

/** Runs a command to its end, with its output thrown away; throws with what it said if it fails. */
export async function watch(command: readonly string[]): Promise<Watched> {
  const begun = performance.now()
  return ended(spawn(command[0]!, command.slice(1), { stdio: ['ignore', 'ignore', 'pipe'] }), command, begun)
}

/** As `watch`, with its output into a pipe; answers how many bytes went through it, too. `fifo` is made by `makeFifo`. */
export async function watchPiped(command: readonly string[], fifo: string): Promise<Watched & { bytes: number }> {
  const counter = spawn('sh', ['-c', 'exec wc -c < "$0"', fifo], { stdio: ['ignore', 'pipe', 2] })
  let counted = ''
  counter.stdout!.on('data', chunk => {
    counted += chunk
  })
  const countedAll = once(counter, 'close')
  // Waits until the counter has opened the other end.
  const output = openSync(fifo, 'w')
  const begun = performance.now()
  const child = spawn(command[0]!, command.slice(1), { stdio: ['ignore', output, 'pipe'] })
  closeSync(output)
  const [watched] = await Promise.all([ended(child, command, begun), countedAll])
  return { ...watched, bytes: Number(counted) }
}

/** Milliseconds from the start of a command to the first byte of its output. */
export async function firstByteMs(command: readonly string[]): Promise<number> {
  const begun = performance.now()
  const child = spawn(command[0]!, command.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] })
  const finished = ended(child, command, begun)
  const first = once(child.stdout!, 'data').then(() => performance.now() - begun)
  child.stdout!.resume()
  const ms = await Promise.race([first, finished.then(() => Number.NaN)])
  await finished
  return ms
}

export function makeFifo(file: string): void {
  const { status, stderr } = spawnSync('mkfifo', [file], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`there is no pipe ${file}: ${stderr}`)
}

async function ended(child: ChildProcess, command: readonly string[], begunMs: number): Promise<Watched> {
  let said = ''
  child.stderr!.on('data', chunk => {
    said = `${said}${chunk}`.slice(-500)
  })
  let [cpu, peak] = [0, 0]
  const look = setInterval(() => {
    try {
      cpu = cpuSeconds(child.pid!)
      peak = peakBytes(child.pid!) / 1e6
    } catch {
      // It has just ended.
    }
  }, lookMs)
  const [code] = await once(child, 'close').finally(() => clearInterval(look))
  if (code !== 0) throw new Error(`'${command.join(' ')}' ended with code ${code}: ${said}`)
  return { seconds: (performance.now() - begunMs) / 1e3, cpu, peak }
}

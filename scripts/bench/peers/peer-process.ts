import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'

/** Another program's server, on loopback. */
export interface PeerProcess {
  readonly pid: number
  readonly host: string
  readonly port: number
  close(): Promise<void>
}

const host = '127.0.0.1'
const readyLimitMs = 60_000
const lookMs = 50

/** Whoever ends a benchmark in the middle ends these, too. */
const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** Starts a server and waits until its port is open. What it printed is in the error if it ends before that. */
export async function startPeer(command: readonly string[], port: number): Promise<PeerProcess> {
  const child = spawn(command[0]!, command.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] })
  running.add(child)
  child.once('close', () => running.delete(child))
  const output: Buffer[] = []
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      if (output.length < 100) output.push(chunk)
    })
  const exited = new Promise<void>(resolve => child.once('close', () => resolve()))
  child.once('error', error => output.push(Buffer.from(error.message)))
  const limit = performance.now() + readyLimitMs
  while (!(await isOpen(port))) {
    if (child.exitCode !== null || child.pid === undefined || performance.now() > limit) {
      await end(child, exited)
      const said = Buffer.concat(output).toString().trim().split('\n').slice(-3).join(' ')
      throw new Error(`${command[0]} does not start: ${said}`)
    }
    await new Promise(resolve => setTimeout(resolve, lookMs))
  }
  return { pid: child.pid!, host, port, close: () => end(child, exited) }
}

/** A port of loopback that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, host)
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('there is no free port')
  return address.port
}

async function end(child: ChildProcess, exited: Promise<void>): Promise<void> {
  if (child.pid === undefined) return
  // Its data is thrown away: nobody needs it to be closed well.
  child.kill('SIGKILL')
  await exited
}

function isOpen(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, host)
    const answer = (open: boolean): void => {
      socket.destroy()
      resolve(open)
    }
    socket.once('connect', () => answer(true))
    socket.once('error', () => answer(false))
  })
}

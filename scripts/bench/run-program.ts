import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'

/**
 * Runs a program of this folder in a process of its own, so that its work is not the node's; answers the JSON that it
 * prints. `onMessage`: it has sent something, such as that its warm-up is over.
 */
export async function runProgram<Figures>(
  name: string,
  options: object,
  onMessage: () => void = () => {},
  environment: NodeJS.ProcessEnv = {},
): Promise<Figures> {
  const program = path.join(import.meta.dirname, name)
  const child = spawn(process.execPath, [program, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 2, 'ipc'],
    env: { ...process.env, ...environment },
  })
  child.on('message', onMessage)
  let output = ''
  child.stdout!.on('data', chunk => {
    output += chunk
  })
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`${name} ended with code ${code}`)
  return JSON.parse(output) as Figures
}

/** A program of this folder that goes on until it is told to end. */
export interface RunningProgram<Figures> {
  /** Tells it to end, and answers the JSON that it prints then. */
  end(): Promise<Figures>
}

/** Starts a program as `runProgram` does, and waits for its first message: that it has begun. */
export async function startProgram<Figures>(name: string, options: object): Promise<RunningProgram<Figures>> {
  const program = path.join(import.meta.dirname, name)
  const child = spawn(process.execPath, [program, JSON.stringify(options)], { stdio: ['ignore', 'pipe', 2, 'ipc'] })
  const closed = once(child, 'close')
  let output = ''
  child.stdout!.on('data', chunk => {
    output += chunk
  })
  await Promise.race([once(child, 'message'), closed])
  return {
    async end() {
      if (child.connected) child.send('end')
      const [code] = await closed
      if (code !== 0) throw new Error(`${name} ended with code ${code}`)
      return JSON.parse(output) as Figures
    },
  }
}

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

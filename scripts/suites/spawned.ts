import { spawn } from 'node:child_process'
import { stripVTControlCharacters } from 'node:util'

/** Runs a program to its end, or until the time is up; answers all that it printed. */
export function outputOf(
  command: string,
  args: readonly string[],
  options: { readonly directory: string; readonly env?: Readonly<Record<string, string>>; readonly limitMs: number },
): Promise<{ readonly text: string; readonly exitCode: number | null }> {
  const { directory, env = {}, limitMs } = options
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: directory,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: limitMs,
      killSignal: 'SIGKILL',
    })
    const chunks: Buffer[] = []
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    child.on('error', reject)
    const plain = (): string => stripVTControlCharacters(Buffer.concat(chunks).toString())
    child.on('close', exitCode => resolve({ text: plain(), exitCode }))
  })
}

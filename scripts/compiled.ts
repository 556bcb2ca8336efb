import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

const limitMs = 60_000

/**
 * Runs the commands that are one script as people do, and puts what V8 compiled meanwhile into `directory`, as NAME.compiled
 * (src/start.ts says what for). Answers whether it could: without, the program only starts more slowly.
 */
export async function saveCompiled(program: readonly string[], directory: string): Promise<boolean> {
  const home = mkdtempSync(path.join(tmpdir(), 'streamctl-compiled-'))
  const signal = AbortSignal.timeout(limitMs)
  const start = (...args: string[]): ChildProcess =>
    spawn(program[0]!, [...program.slice(1), ...args], {
      // Nobody's settings, and nobody's data.
      env: { PATH: process.env.PATH, HOME: home, STREAMCTL_SAVE_COMPILED: directory },
      cwd: home,
      stdio: ['pipe', 'pipe', 'inherit'],
      signal,
    })
  const node = start('serve', '--data', path.join(home, 'data'), '--listen', '127.0.0.1:0')
  try {
    const broker = /ready: (\S+)/.exec(await firstOutput(node))![1]!
    const producer = start('produce', 'lines', '-b', broker, '--quiet')
    producer.stdin!.end('one\ntwo\nthree\n')
    await succeeded(producer)
    await succeeded(start('consume', 'lines', '-b', broker, '-o', 'start', '-n', '3', '--quiet'))
    const tail = start('tail', 'lines', '-b', broker, '-n', '3', '--quiet')
    await firstOutput(tail)
    tail.kill('SIGTERM')
    await once(tail, 'close')
    return true
  } catch (error) {
    process.stderr.write(`the program could not be run, and will start more slowly: ${error}\n`)
    return false
  } finally {
    // It writes its own when it ends.
    const ended = once(node, 'close')
    if (node.kill('SIGTERM')) await ended
    rmSync(home, { recursive: true, force: true })
  }
}

async function firstOutput(child: ChildProcess): Promise<string> {
  const ended = once(child, 'close').then(([code]) => Promise.reject(new Error(`it ended with code ${code}`)))
  const [chunk] = await Promise.race([once(child.stdout!, 'data'), ended])
  child.stdout!.resume()
  return String(chunk)
}

async function succeeded(child: ChildProcess): Promise<void> {
  child.stdout!.resume()
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`'${child.spawnargs.join(' ')}' ended with code ${code}`)
}

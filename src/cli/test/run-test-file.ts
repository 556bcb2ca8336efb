import path from 'node:path'
import type { Env } from '../../base/env.ts'
import { spawnWorker } from '../../base/threads.ts'
import type { FileResult, TestThreadAnswer, TestThreadData } from './test-result.ts'

export interface RunTestFile {
  readonly env: Env
  readonly file: string
  readonly names: readonly string[]
  readonly timeoutMs: number
  readonly signal: AbortSignal
  /** What the tests print. */
  readonly onOutput: (text: string) => void
}

/** Runs the tests of one file in a thread of its own: nothing of it is left when it is run again, and it can be ended. */
export async function runTestFile({ env, file, names, timeoutMs, signal, onOutput }: RunTestFile): Promise<FileResult> {
  const workerData: TestThreadData = { file: path.resolve(file), names }
  const thread = spawnWorker('test-worker', { workerData, stdout: true, stderr: true })
  for (const stream of [thread.stdout, thread.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => onOutput(text))
  }
  const { promise, resolve } = Promise.withResolvers<TestThreadAnswer>()
  const failed = (failure: string): void => resolve({ tests: [], sources: [workerData.file], failure })
  thread.once('message', resolve)
  thread.once('error', error => failed(`the thread of the tests ended: ${(error as Error).message}`))
  thread.once('exit', code => failed(`the tests ended their thread (exit code ${code})`))
  const timer = env.clock.after(timeoutMs, () => failed(`not finished after ${timeoutMs} ms (--timeout)`))
  const stop = (): void => failed('interrupted')
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  try {
    return { file, ...(await promise) }
  } finally {
    timer.cancel()
    signal.removeEventListener('abort', stop)
    await thread.terminate()
  }
}

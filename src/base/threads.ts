import { getAsset, isSea } from 'node:sea'
import { Worker, type WorkerOptions } from 'node:worker_threads'

/** Every worker thread of the program: its name and its source, relative to this file. */
export const workerSources = {
  'storage-worker': '../storage/storage-worker.ts',
  'sync-worker': '../storage/sync-worker.ts',
  'checkpoint-worker': '../storage/checkpoint-worker.ts',
  'reader-worker': '../storage/reader-worker.ts',
  'compaction-worker': '../storage/compaction-worker.ts',
  'integrity-worker': '../storage/integrity-worker.ts',
  'run-worker': '../cli/run/run-worker.ts',
  'test-worker': '../cli/test/test-worker.ts',
} as const

export type WorkerName = keyof typeof workerSources

/**
 * For threads that make little garbage: V8 would give each the nursery that the main thread needs (`boundNursery`), 5 MB more
 * than this.
 */
export const littleGarbage: WorkerOptions = { resourceLimits: { maxYoungGenerationSizeMb: 4 } }

/** Holds up this thread, and nothing else: for threads that have nothing better to do. */
export function pauseThread(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)
}

/**
 * Starts a worker thread: from its TypeScript source in tests, from `dist/NAME.js` in the built program, and from the
 * executable itself when packaged, where the boot script finds it by the thread's name.
 */
export function spawnWorker(name: WorkerName, options: WorkerOptions = {}): Worker {
  if (isSea()) return new Worker(getAsset('boot.cjs', 'utf8'), { ...options, name, eval: true })
  const fromSource = import.meta.url.endsWith('.ts')
  return new Worker(new URL(fromSource ? workerSources[name] : `./${name}.js`, import.meta.url), { ...options, name })
}

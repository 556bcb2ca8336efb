// For `node --import`: the program with changes to its source, made while it is loaded and nowhere else: constants made
// small, so that a short run sees what otherwise takes gigabytes, and faults planted that the checks must find. So the
// program itself has no switch that would make it unsafe.
import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'

interface Replacement {
  /** Below `src`. */
  readonly file: string
  readonly from: string
  readonly to: string
}

interface SourceChange {
  readonly doc: string
  readonly replacements: readonly Replacement[]
}

const smallWal: readonly Replacement[] = [
  { file: 'storage/wal-keeper.ts', from: 'walLapBytes = 128 * 1024 * 1024', to: 'walLapBytes = 1024 * 1024' },
  { file: 'storage/wal-keeper.ts', from: 'copyBytes = 4 * 1024 * 1024', to: 'copyBytes = 192 * 1024' },
  { file: 'storage/wal-keeper.ts', from: 'walBytesMax = 512 * 1024 * 1024', to: 'walBytesMax = 6 * 1024 * 1024' },
  { file: 'storage/wal-keeper.ts', from: 'lookBytes = 2 * 1024 * 1024', to: 'lookBytes = 64 * 1024' },
  { file: 'storage/checkpoint-worker.ts', from: 'restBytes = 4 * 1024 * 1024', to: 'restBytes = 64 * 1024' },
  { file: 'storage/wal-space.ts', from: 'stepBytes = MiB', to: 'stepBytes = 128 * 1024' },
  { file: 'storage/wal-space.ts', from: 'aheadBytes = 8 * MiB', to: 'aheadBytes = 512 * 1024' },
]

export const sourceChanges: Readonly<Record<string, SourceChange>> = {
  'small-wal': { doc: 'the WAL is used from its front again after 1 MiB', replacements: smallWal },
  'early-acknowledgement': {
    doc: 'acknowledged before the commit',
    replacements: [
      {
        file: 'storage/write-queue.ts',
        from: 'if (done) group.done.push(done)',
        to: 'if (done) this.#clock.soon(done)',
      },
    ],
  },
  'no-sync': {
    doc: 'commits are not synced',
    replacements: [
      { file: 'storage/sync-worker.ts', from: 'fdatasyncSync(descriptor)', to: 'fdatasyncSync' },
      { file: 'storage/storage-worker.ts', from: 'fdatasyncSync(wal)', to: 'fdatasyncSync' },
    ],
  },
  'no-sync-ahead': {
    doc: 'commits that are handed over to the thread that syncs are not synced',
    replacements: [{ file: 'storage/sync-worker.ts', from: 'fdatasyncSync(descriptor)', to: 'fdatasyncSync' }],
  },
  'no-sync-at-start': {
    doc: 'what a killed process left in the WAL is not synced when the next one opens it',
    replacements: [
      { file: 'storage/storage.ts', from: "=== 'FULL') syncRecovered(file)", to: "=== 'FULL') syncRecovered" },
    ],
  },
  'greedy-trimming': {
    doc: 'trimming removes the row in which a log starts, too',
    replacements: [
      {
        file: 'storage/trimming.ts',
        from: 'lastOffset >= this.#trims.get(partitionId)!',
        to: 'lastOffset > this.#trims.get(partitionId)!',
      },
      { file: 'storage/trimming.ts', from: 'row.lastOffset >= beforeOffset', to: 'row.lastOffset > beforeOffset' },
    ],
  },
  'careless-checkpoints': {
    doc: 'synchronous=OFF in the thread that makes checkpoints',
    replacements: [
      {
        file: 'storage/checkpoint-worker.ts',
        from: 'openConnection({ file, synchronous })',
        to: "openConnection({ file, synchronous: 'OFF' })",
      },
    ],
  },
  'careless-writer': {
    doc: 'synchronous=OFF in the thread that commits, which only syncs the commits themselves',
    replacements: [
      {
        file: 'storage/storage-worker.ts',
        from: "synchronous === 'FULL' ? 'NORMAL' : synchronous",
        to: "'OFF'",
      },
    ],
  },
}

/** Those of them that break a promise: the checks must find each. */
export const plantedFaults: readonly string[] = Object.keys(sourceChanges).filter(name => name !== 'small-wal')

/** The environment in which a process started with `--import` of this file has the changes of these names. */
export function changedEnvironment(names: readonly string[]): NodeJS.ProcessEnv {
  for (const name of names) if (!sourceChanges[name]) throw new Error(`there is no change of the source '${name}'`)
  return { CRASH_SOURCE_CHANGES: names.join(',') }
}

/** The flags of such a process. */
export const changedSourceFlags: readonly string[] = ['--import', import.meta.filename]

const names = (process.env.CRASH_SOURCE_CHANGES ?? '').split(',').filter(name => name !== '')
const replacements = names.flatMap(name => sourceChanges[name]?.replacements ?? [])
if (replacements.length > 0) {
  registerHooks({
    load(url, context, nextLoad) {
      const here = replacements.filter(({ file }) => url.endsWith(`/src/${file}`))
      if (here.length === 0) return nextLoad(url, context)
      const source = readFileSync(new URL(url), 'utf8')
      return { format: 'module-typescript', source: here.reduce(replaced, source), shortCircuit: true }
    },
  })
}

function replaced(source: string, { file, from, to }: Replacement): string {
  if (source.split(from).length !== 2) throw new Error(`${file} does not hold '${from}' once: mend scripts/crash`)
  return source.replace(from, to)
}

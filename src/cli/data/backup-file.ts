import {
  closeSync,
  fdatasyncSync,
  fsyncSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writevSync,
} from 'node:fs'
import path from 'node:path'
import { ExitCode, OperatorError } from '../../base/errors.ts'
import type { Output } from '../output.ts'

/** Where a backup is written to. */
export interface BackupTarget {
  write(bytes: Buffer): Promise<void>
  /** All is written: makes it safe, and only then gives it its name. */
  finish(): Promise<void>
  /** Leaves nothing behind. */
  abandon(): void
}

const writeBytes = 1024 * 1024
/**
 * So much is handed to the disk at once. Without it the operating system would keep back seconds of writes and then make
 * the node's commits wait for all of them.
 */
const syncBytes = 8 * 1024 * 1024

/** Standard output, for pipes. */
export function pipedBackup(output: Output): BackupTarget {
  return {
    async write(bytes) {
      output.write(bytes)
      await output.ready()
    },
    finish: () => output.flush(),
    abandon: () => {},
  }
}

/**
 * A file that appears under its name when it is complete and on the disk. Until then it has another one beside it, and what
 * was there before stays. Throws `OperatorError` for what cannot be written.
 */
export function backupFile(file: string, { pid }: { readonly pid: number }): BackupTarget {
  const directory = path.dirname(path.resolve(file))
  const unfinished = `${path.resolve(file)}.${pid}${unfinishedEnding}`
  checkTarget(file)
  const descriptor = worded(file, () => {
    removeAbandoned(file)
    return openSync(unfinished, 'w', 0o600)
  })
  let waiting: Buffer[] = []
  let waitingBytes = 0
  let unsyncedBytes = 0
  const flush = (): void =>
    worded(file, () => {
      for (let rest = waiting; rest.length > 0; ) rest = behind(rest, writevSync(descriptor, rest))
      waiting = []
      waitingBytes = 0
    })
  return {
    async write(bytes) {
      waiting.push(bytes)
      waitingBytes += bytes.length
      unsyncedBytes += bytes.length
      if (waitingBytes >= writeBytes) flush()
      if (unsyncedBytes < syncBytes) return
      worded(file, () => fdatasyncSync(descriptor))
      unsyncedBytes = 0
    },
    async finish() {
      flush()
      worded(file, () => {
        fsyncSync(descriptor)
        closeSync(descriptor)
        renameSync(unfinished, file)
        syncDirectory(directory)
      })
    },
    abandon() {
      try {
        closeSync(descriptor)
      } catch {
        // It was closed before its name could be given.
      }
      rmSync(unfinished, { force: true })
    },
  }
}

const unfinishedEnding = '.unfinished'

/** A name that a backup takes the place of must be that of a file: never /dev/null, and never a pipe. */
function checkTarget(file: string): void {
  const found = statSync(file, { throwIfNoEntry: false })
  if (!found || found.isFile()) return
  throw new OperatorError(`${file} is ${found.isDirectory() ? 'a directory' : 'no regular file'}`, {
    hint: "name a file, or '-' for standard output",
  })
}

/** What was left of backups into the same file that were killed: their processes are gone. */
function removeAbandoned(file: string): void {
  const { dir, base } = path.parse(path.resolve(file))
  for (const name of readdirSync(dir)) {
    if (!name.startsWith(`${base}.`) || !name.endsWith(unfinishedEnding)) continue
    const pid = Number(name.slice(base.length + 1, -unfinishedEnding.length))
    if (Number.isSafeInteger(pid) && pid > 0 && !isAlive(pid)) rmSync(path.join(dir, name), { force: true })
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}

function behind(buffers: readonly Buffer[], bytes: number): Buffer[] {
  let left = bytes
  return buffers.flatMap(buffer => {
    const taken = Math.min(left, buffer.length)
    left -= taken
    return taken === buffer.length ? [] : [buffer.subarray(taken)]
  })
}

function syncDirectory(directory: string): void {
  const descriptor = openSync(directory, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

function worded<T>(file: string, action: () => T): T {
  try {
    return action()
  } catch (error) {
    throw writingError(error as NodeJS.ErrnoException, file)
  }
}

function writingError(error: NodeJS.ErrnoException, file: string): OperatorError {
  const reasons: Readonly<Record<string, string>> = {
    ENOSPC: 'no space left on the disk',
    EDQUOT: 'the disk quota is used up',
    EFBIG: 'the file system takes no file of this size',
    ENOENT: 'there is no such directory',
    EACCES: 'permission denied',
    EROFS: 'the file system is read-only',
  }
  const isOfDisk = ['ENOSPC', 'EDQUOT', 'EFBIG', 'EIO'].includes(error.code ?? '')
  return new OperatorError(`cannot write ${file}: ${reasons[error.code ?? ''] ?? error.message}`, {
    hint: isOfDisk ? 'nothing of it is left; choose a disk with more room' : 'choose another place',
    exitCode: isOfDisk ? ExitCode.storage : ExitCode.usage,
    cause: error,
  })
}

import { type FileHandle, open, rename, stat, unlink } from 'node:fs/promises'
import path from 'node:path'
import type { Env } from '../../base/env.ts'
import { ExitCode, OperatorError } from '../../base/errors.ts'
import type { Output } from '../output.ts'
import { type ArchiveBlock, archiveHead, encodeBlock } from './archive-format.ts'
import { blocksOf } from './archive-reader.ts'

/** Takes the blocks of an archive in order. */
export interface ArchiveWriter {
  write(block: ArchiveBlock): Promise<void>
  /** Everything is there: makes it durable and shows it under its name. */
  finish(): Promise<void>
  /** Leaves nothing behind. */
  discard(): Promise<void>
}

/**
 * An archive in a file that has its name only once it is whole, on disk and read back. Until then it has another name beside
 * it. Throws `OperatorError` for what the file system refuses, as when the disk is full.
 */
export async function createArchive(
  env: Env,
  file: string,
  { force }: { readonly force: boolean },
): Promise<ArchiveWriter> {
  await refuseExisting(file, force)
  const partial = `${file}.${env.random.bytes(4).toString('hex')}.partial`
  const handle = await guarded(file, () => open(partial, 'wx'))
  const discard = async (): Promise<void> => {
    await handle.close().catch(() => {})
    await unlink(partial).catch(() => {})
  }
  const put = (parts: readonly Buffer[]): Promise<void> => guarded(file, () => writeAll(handle, parts))
  await put([archiveHead])
  return {
    write: block => put(encodeBlock(block)),
    finish: async () => {
      await guarded(file, () => handle.sync())
      await handle.close()
      for await (const _ of blocksOf(partial));
      await guarded(file, () => rename(partial, file))
      await syncDirectory(path.dirname(file))
    },
    discard,
  }
}

/** An archive into a pipe. What its reader has got, it has got: the missing end tells that it is not whole. */
export function streamArchive(output: Output): ArchiveWriter {
  output.write(archiveHead)
  return {
    write: async block => {
      for (const part of encodeBlock(block)) output.write(part)
      await output.ready()
    },
    finish: () => output.flush(),
    discard: async () => {},
  }
}

async function writeAll(handle: FileHandle, parts: readonly Buffer[]): Promise<void> {
  const bytes = Buffer.concat(parts)
  for (let at = 0; at < bytes.length; ) at += (await handle.write(bytes, at)).bytesWritten
}

/** A device or a pipe is not replaced by a file, whatever the force. */
async function refuseExisting(file: string, force: boolean): Promise<void> {
  const existing = await stat(file).catch(() => undefined)
  if (!existing || (force && existing.isFile())) return
  if (!existing.isFile()) {
    throw new OperatorError(`${file} is there already, and no file`, { hint: '- writes the archive to stdout' })
  }
  throw new OperatorError(`${file} is there already`, { hint: '--force replaces it once the new one is whole' })
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

const problems: ReadonlyMap<string, string> = new Map([
  ['ENOSPC', 'the disk is full'],
  ['EDQUOT', 'the quota of the disk is used up'],
  ['EFBIG', 'the file would be larger than allowed'],
  ['EACCES', 'it may not be written'],
  ['EROFS', 'the file system is read-only'],
  ['ENOENT', 'its directory does not exist'],
  ['EISDIR', 'it is a directory'],
])

async function guarded<T>(file: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action()
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException
    throw new OperatorError(`cannot write ${file}: ${problems.get(code) ?? message}`, {
      hint: 'nothing was left behind; choose another place',
      exitCode: ExitCode.failure,
      cause: error,
    })
  }
}

import { createReadStream, statSync } from 'node:fs'
import { OperatorError } from '../../base/errors.ts'
import type { ProgramIo } from '../command.ts'

const pieceBytes = 1024 * 1024

/** A backup that is read: its bytes, how messages call it, and its size where that is known. */
export interface BackupBytes {
  readonly source: AsyncIterable<Buffer>
  readonly name: string
  readonly bytesMax: number | undefined
}

/** The bytes of a backup file; of standard input for `-`. Throws `OperatorError` where there is none. */
export function backupBytes(file: string, { stdin }: Pick<ProgramIo, 'stdin'>): BackupBytes {
  if (file === '-') {
    if (stdin.isTTY) throw new OperatorError('standard input is a terminal', { hint: 'pipe a backup into it' })
    return { source: stdin, name: 'standard input', bytesMax: undefined }
  }
  const found = statSync(file, { throwIfNoEntry: false })
  if (!found) throw new OperatorError(`there is no file ${file}`)
  if (found.isDirectory()) {
    throw new OperatorError(`${file} is a directory`, { hint: 'name a file that streamctl backup has written' })
  }
  return { source: readFile(file), name: file, bytesMax: found.isFile() ? found.size : undefined }
}

async function* readFile(file: string): AsyncGenerator<Buffer, void, void> {
  try {
    for await (const piece of createReadStream(file, { highWaterMark: pieceBytes })) yield piece
  } catch (error) {
    throw new OperatorError(`cannot read ${file}: ${(error as Error).message}`, { cause: error })
  }
}

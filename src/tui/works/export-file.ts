import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { OperatorError } from '../../base/errors.ts'
import { defineWork, type Work } from '../work.ts'

/** Writes a file that is not there yet. */
export interface ExportFile extends Work {
  readonly kind: 'export'
  readonly file: string
  readonly bytes: string | Buffer
  /** What it is, for the message: `12 records`. */
  readonly what: string
}

export const exportWork = defineWork<ExportFile>(async ({ work }) => {
  return { message: `${work.what}: written to ${await writeNewFile(work.file, work.bytes)}` }
})

/**
 * Writes a file, and answers with its whole path. One that is there stays as it is: whoever wants it replaced says so to the
 * shell. Throws `OperatorError`.
 */
export async function writeNewFile(file: string, bytes: string | Buffer): Promise<string> {
  const target = path.resolve(file)
  try {
    await writeFile(target, bytes, { flag: 'wx' })
    return target
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') throw new OperatorError(`${target} is there already`, { hint: 'choose another name' })
    throw new OperatorError(`cannot write ${target}: ${message}`, { cause: error })
  }
}

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
  const { file, bytes, what } = work
  const target = path.resolve(file)
  try {
    // A file that is there stays as it is: whoever wants it replaced says so to the shell.
    await writeFile(target, bytes, { flag: 'wx' })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') throw new OperatorError(`${target} is there already`, { hint: 'choose another name' })
    throw new OperatorError(`cannot write ${target}: ${message}`, { cause: error })
  }
  return { message: `${what}: written to ${target}` }
})

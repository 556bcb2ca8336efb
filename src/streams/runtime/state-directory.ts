import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Random } from '../../base/env.ts'
import { OperatorError } from '../../base/errors.ts'
import { lockDirectory } from '../../storage/directory-lock.ts'

/** The directory of one running process, its own until `release` or the end of the process. */
export interface StateDirectory {
  readonly directory: string
  /** An id that stays with the state: who has it gets the tasks back that the state belongs to. */
  readonly process: string
  release(): void
}

/** So many processes of one application may run on the same directory. */
const processesMax = 1_000

/**
 * Takes a directory of its own below `base/APPLICATION`, for the state of one process: the first that no other process uses,
 * so that a second `run` on the same machine needs no flag, and one that comes back finds its state. Throws OperatorError
 * where it cannot be written.
 */
export function takeStateDirectory(base: string, application: string, random: Random): StateDirectory {
  for (let number = 1; ; number++) {
    const directory = path.join(base, application, String(number))
    try {
      // Before the lock, which makes it in a way that two at the same time get into each other's way with.
      mkdirSync(directory, { recursive: true, mode: 0o700 })
      const lock = lockDirectory(directory)
      return { directory, process: processId(directory, random), release: () => lock.release() }
    } catch (error) {
      if (!isHeld(error) || number === processesMax) throw error
    }
  }
}

/** Removes the state of all processes. Throws an OperatorError where one is running. */
export function removeState(base: string, application: string): void {
  const directory = path.join(base, application)
  if (!existsSync(directory)) return
  for (const number of readdirSync(directory)) {
    const lock = lockDirectory(path.join(directory, number))
    rmSync(path.join(directory, number, 'tasks'), { recursive: true, force: true })
    lock.release()
  }
}

function isHeld(error: unknown): boolean {
  return error instanceof OperatorError && error.message.startsWith('another ')
}

function processId(directory: string, random: Random): string {
  const file = path.join(directory, 'process')
  if (existsSync(file)) {
    const known = readFileSync(file, 'utf8').trim()
    if (/^[0-9a-f-]{36}$/.test(known)) return known
  }
  const hex = random.bytes(16).toString('hex')
  const id = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
  writeFileSync(`${file}.new`, `${id}\n`)
  renameSync(`${file}.new`, file)
  return id
}

import { accessSync, constants, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Random } from '../base/env.ts'
import { lockDirectory } from './directory-lock.ts'

const prefix = 'streamctl-ephemeral-'
const databaseName = 'streamctl.db'

/** A fresh directory for data that are not kept. Removes those that killed nodes have left. */
export function makeEphemeralDirectory(random: Random): string {
  const parent = temporaryParent()
  removeAbandoned(parent)
  const directory = join(parent, prefix + random.bytes(8).toString('hex'))
  mkdirSync(directory, { mode: 0o700 })
  return directory
}

export function removeDirectory(directory: string): void {
  rmSync(directory, { recursive: true, force: true })
}

/** /tmp is memory on many systems; /var/tmp is on a disk, and data may outgrow the memory there. */
function temporaryParent(): string {
  try {
    accessSync('/var/tmp', constants.W_OK)
    return '/var/tmp'
  } catch {
    return tmpdir()
  }
}

function removeAbandoned(parent: string): void {
  for (const name of readdirSync(parent).filter(entry => entry.startsWith(prefix))) {
    const directory = join(parent, name)
    // A node that is just starting has no database yet, and may not have locked its directory either.
    if (!existsSync(join(directory, databaseName))) continue
    try {
      lockDirectory(directory).release()
    } catch {
      // A running node's, or another user's.
      continue
    }
    removeDirectory(directory)
  }
}

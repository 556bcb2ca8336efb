import { existsSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { systemRandom } from '../../src/base/system-env.ts'
import { lockDirectory } from '../../src/storage/directory-lock.ts'
import { makeEphemeralDirectory, removeDirectory } from '../../src/storage/ephemeral.ts'

test('what killed nodes left is removed, what running and starting nodes use is not', () => {
  const abandoned = makeEphemeralDirectory(systemRandom)
  lockDirectory(abandoned).release()
  writeFileSync(join(abandoned, 'streamctl.db'), '')
  const starting = makeEphemeralDirectory(systemRandom)
  const used = makeEphemeralDirectory(systemRandom)
  const lock = lockDirectory(used)
  const own = makeEphemeralDirectory(systemRandom)
  expect([abandoned, starting, used, own].map(directory => existsSync(directory))).toEqual([false, true, true, true])
  expect(existsSync(join(dirname(own)))).toBe(true)
  lock.release()
  for (const directory of [starting, used, own]) removeDirectory(directory)
})

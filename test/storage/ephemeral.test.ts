import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { systemRandom } from '../../src/base/system-env.ts'
import { lockDirectory } from '../../src/storage/directory-lock.ts'
import { makeEphemeralDirectory, removeDirectory } from '../../src/storage/ephemeral.ts'

test('what killed nodes left is removed, what running nodes use is not', () => {
  const abandoned = makeEphemeralDirectory(systemRandom)
  lockDirectory(abandoned).release()
  const used = makeEphemeralDirectory(systemRandom)
  const lock = lockDirectory(used)
  const own = makeEphemeralDirectory(systemRandom)
  expect([abandoned, used, own].map(directory => existsSync(directory))).toEqual([false, true, true])
  expect(existsSync(join(dirname(own)))).toBe(true)
  lock.release()
  for (const directory of [used, own]) removeDirectory(directory)
})

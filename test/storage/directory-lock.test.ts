import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { OperatorError } from '../../src/base/errors.ts'
import { lockDirectory } from '../../src/storage/directory-lock.ts'
import { temporaryDirectory } from './fixtures.ts'

test('a directory is locked once at a time', () => {
  const directory = join(temporaryDirectory(), 'deep', 'data')
  const lock = lockDirectory(directory)
  expect(() => lockDirectory(directory)).toThrow(
    `another streamctl node (pid ${process.pid}) uses the data directory ${directory}`,
  )
  // The refused attempt must not have loosened the lock.
  expect(() => lockDirectory(directory)).toThrow(OperatorError)
  lock.release()
  expect(existsSync(join(directory, 'streamctl.pid'))).toBe(false)
  lockDirectory(directory).release()
})

test('a lock holds between processes, and ends with a killed one', async () => {
  const directory = temporaryDirectory()
  const holder = spawn(process.execPath, [
    '--input-type=module',
    '-e',
    `import { lockDirectory } from '${import.meta.resolve('../../src/storage/directory-lock.ts')}'
     lockDirectory(${JSON.stringify(directory)})
     process.stdout.write('locked')
     process.stdin.resume()`,
  ])
  await once(holder.stdout, 'data')
  expect(() => lockDirectory(directory)).toThrow(`(pid ${holder.pid})`)
  holder.kill('SIGKILL')
  await once(holder, 'exit')
  lockDirectory(directory).release()
})

test('a directory that cannot be made is the operator to mend', () => {
  const parent = temporaryDirectory()
  writeFileSync(join(parent, 'file'), '')
  expect(() => lockDirectory(join(parent, 'file', 'data'))).toThrow(/^cannot write to the data directory/)
})

test.runIf(process.platform === 'linux')('a directory that a file system refuses is the operator to mend', () => {
  expect(() => lockDirectory('/proc/streamctl/data')).toThrow(/^cannot write to the data directory/)
})

test('a read-only directory is the operator to mend', async context => {
  const directory = temporaryDirectory()
  chmodSync(directory, 0o755)
  mkdirSync(join(directory, 'data'), { mode: 0o555 })
  const attempt = spawn(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      // Root may write anywhere: be somebody else by then.
      `import { lockDirectory } from '${import.meta.resolve('../../src/storage/directory-lock.ts')}'
       if (process.getuid() === 0) process.setuid(65534)
       try { lockDirectory(${JSON.stringify(join(directory, 'data'))}) } catch (error) { process.stdout.write(error.name + ': ' + error.message) }`,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  const [output] = await Promise.all([text(attempt.stdout), once(attempt, 'exit')])
  if (output === '') context.skip('another user cannot run the program here')
  expect(output).toMatch(/^OperatorError: cannot write to the data directory/)
})

async function text(stream: NodeJS.ReadableStream): Promise<string> {
  let all = ''
  for await (const chunk of stream) all += chunk
  return all
}

import { expect, test } from 'vitest'
import { ExitCode, OperatorError } from '../../src/base/errors.ts'
import { eachOf } from '../../src/cli/each-of.ts'
import { Output } from '../../src/cli/output.ts'
import { fakeIo } from './fake-io.ts'

async function attempt(failures: Readonly<Record<string, unknown>>) {
  const io = fakeIo()
  const done: string[] = []
  const code = await eachOf(['a', 'b', 'c'], new Output(io, () => {}), async item => {
    if (failures[item]) throw failures[item]
    done.push(item)
  })
  return { code, done, err: io.err() }
}

test('one that fails is reported and does not keep the others; the first exit code counts', async () => {
  const a = new OperatorError('no a', { exitCode: ExitCode.unauthorized })
  const b = new OperatorError('no b', { exitCode: ExitCode.failure })
  expect(await attempt({})).toEqual({ code: 0, done: ['a', 'b', 'c'], err: '' })
  expect(await attempt({ a, b })).toEqual({ code: 3, done: ['c'], err: 'streamctl: no a\nstreamctl: no b\n' })
})

test('without a broker, and for a fault of our own, the others are not tried', async () => {
  const unreachable = new OperatorError('nobody there', { exitCode: ExitCode.unreachable })
  await expect(attempt({ a: unreachable })).rejects.toBe(unreachable)
  await expect(attempt({ a: new TypeError('x') })).rejects.toThrow('x')
})

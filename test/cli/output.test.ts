import { Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { Output } from '../../src/cli/output.ts'
import { fakeIo } from './fake-io.ts'

const columns = [
  { title: 'NAME', value: (row: { name: string; size: number | null }) => row.name },
  { title: 'SIZE', value: (row: { name: string; size: number | null }) => row.size, align: 'right' as const },
]
const rows = [
  { name: 'a', size: 5 },
  { name: 'longer', size: null },
]

test('in a pipe a table is rows with tabs, without titles and colours', () => {
  const io = fakeIo()
  new Output(io, () => {}).table(rows, columns)
  expect(io.out()).toBe('a\t5\nlonger\t-\n')
})

test('on a terminal a table has titles and aligned columns', () => {
  const io = fakeIo({ terminal: true, variables: { NO_COLOR: '1' } })
  new Output(io, () => {}).table(rows, columns)
  expect(io.out()).toBe('NAME    SIZE\na          5\nlonger     -\n')
})

test('colours are for terminals, unless NO_COLOR is set', () => {
  const coloured = (options: Parameters<typeof fakeIo>[0]): string =>
    new Output(fakeIo(options), () => {}).colour.red('x')
  expect(coloured({ terminal: true })).toBe('\u001b[31mx\u001b[39m')
  expect(coloured({ terminal: true, variables: { NO_COLOR: '1' } })).toBe('x')
  expect(coloured({})).toBe('x')
})

test('progress is shown on a terminal only, and wiped before anything else is said', () => {
  const piped = fakeIo()
  new Output(piped, () => {}).progress(() => 'half')
  expect(piped.err()).toBe('')
  const shown = fakeIo({ terminal: true })
  const output = new Output(shown, () => {})
  output.progress(() => 'half')
  output.note('done')
  expect(shown.err()).toBe('\r\u001b[Khalf\r\u001b[Kdone\n')
})

test('quiet keeps remarks back, not failures', () => {
  const io = fakeIo()
  const output = new Output(io, () => {})
  output.quiet()
  output.note('by the way')
  output.failure('broken', 'mend it')
  expect(io.err()).toBe('streamctl: broken\n  hint: mend it\n')
})

test('a slow reader keeps the writer waiting', async () => {
  const taken: (() => void)[] = []
  const stdout = new Writable({ write: (_chunk, _encoding, done) => void taken.push(done) })
  const output = new Output({ ...fakeIo(), stdout }, () => {})
  output.write(Buffer.alloc(5 * 1024 * 1024))
  let isReady = false
  const ready = output.ready().then(() => {
    isReady = true
  })
  await Promise.resolve()
  expect(isReady).toBe(false)
  taken[0]!()
  await ready
  expect(isReady).toBe(true)
})

test('a reader that goes away is noticed, and nobody waits for it', async () => {
  const stdout = new Writable({
    write: (_chunk, _encoding, done) => done(Object.assign(new Error('broken pipe'), { code: 'EPIPE' })),
  })
  const io = { ...fakeIo(), stdout }
  let closed = 0
  const output = new Output(io, () => closed++)
  output.line('x')
  await output.flush()
  await new Promise(setImmediate)
  expect(closed).toBe(1)
  expect(output.isClosed).toBe(true)
  output.line('y')
  await output.flush()
  expect(io.err()).toBe('')
})

test('a full disk behind stdout is told once, with what to do, and is a failure', async () => {
  const stdout = new Writable({
    write: (_chunk, _encoding, done) => done(Object.assign(new Error('ENOSPC: write'), { code: 'ENOSPC' })),
  })
  const io = { ...fakeIo(), stdout }
  const output = new Output(io, () => {})
  output.line('x')
  output.line('y')
  await output.flush()
  await new Promise(setImmediate)
  expect(output.closedCode).toBe(1)
  expect(io.err()).toMatch(
    /^streamctl: cannot write to standard output: no space left on the disk\n {2}hint: .*free some space.*\n$/,
  )
})

import { expect, test } from 'vitest'
import { Output } from '../../src/cli/output.ts'
import { type PrintOptions, RecordPrinter } from '../../src/cli/record-printer.ts'
import { answered } from './answered.ts'
import { fakeIo } from './fake-io.ts'

function fetched(baseOffset: number, values: readonly string[], endOffset = Number.POSITIVE_INFINITY) {
  return answered(
    values.map(value => ({ value })),
    { baseOffset, endOffset },
  )
}

function printer(options: PrintOptions = {}) {
  const io = fakeIo()
  return { io, printer: new RecordPrinter(new Output(io, () => {}), options) }
}

test('values are printed with a newline, unless a format says otherwise', async () => {
  const plain = printer()
  await plain.printer.print(fetched(0, ['a', 'b']))
  expect(plain.io.out()).toBe('a\nb\n')
  const formatted = printer({ format: '%o=%v;' })
  await formatted.printer.print(fetched(7, ['a', 'b']))
  expect(formatted.io.out()).toBe('7=a;8=b;')
})

test('no more than the count is printed, and the next offset is behind the last that was', async () => {
  const { io, printer: limited } = printer({ count: 3 })
  await limited.print(fetched(0, ['a', 'b']))
  expect([limited.isDone, limited.printed.get('t')?.get(0)]).toEqual([false, 2])
  await limited.print(fetched(2, ['c', 'd', 'e']))
  expect([limited.isDone, limited.printed.get('t')?.get(0)]).toEqual([true, 3])
  expect(io.out()).toBe('a\nb\nc\n')
})

test('the next offset never goes beyond the wanted end', async () => {
  const { printer: ended } = printer()
  await ended.print(fetched(0, ['a', 'b', 'c'], 2))
  expect(ended.printed.get('t')?.get(0)).toBe(2)
})

test('a count of none is done at once', () => {
  expect(printer({ count: 0 }).printer.isDone).toBe(true)
})

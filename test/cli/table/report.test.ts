import { expect, test } from 'vitest'
import { Output } from '../../../src/cli/output.ts'
import { type FormatOptions, Report } from '../../../src/cli/table/report.ts'
import { facts, table } from '../../../src/cli/table/table.ts'
import { fakeIo } from '../fake-io.ts'

const rows = [
  { topic: 'a', bytes: 2048 },
  { topic: 'b', bytes: 1 },
]
const columns = [
  { title: 'TOPIC', value: (row: (typeof rows)[number]) => row.topic },
  { title: 'SIZE', value: (row: (typeof rows)[number]) => row.bytes, as: 'bytes' as const },
]

function shown(options: FormatOptions, { terminal = false } = {}): { list: string; things: string; done: string } {
  const show = (action: (report: Report) => void): string => {
    const io = fakeIo({ terminal, variables: { NO_COLOR: '1' } })
    action(new Report(new Output(io, () => {}), options))
    return io.out()
  }
  return {
    list: show(report => report.rows(rows, columns)),
    things: show(report => {
      for (const row of rows) report.thing(row, [facts([['topic', row.topic]]), table([row], columns)])
    }),
    done: show(report => report.done({ topic: 'a', outcome: 'deleted' }, 'deleted')),
  }
}

test('in a pipe rows are exact, with tabs between', () => {
  expect(shown({})).toEqual({ list: 'a\t2048\nb\t1\n', things: 'topic\ta\n\na\t2048\n\ntopic\tb\n\nb\t1\n', done: '' })
})

test('on a terminal, and where text is asked for, rows are a table', () => {
  const list = 'TOPIC   SIZE\na      2 KiB\nb        1 B\n'
  expect(shown({}, { terminal: true }).list).toBe(list)
  expect(shown({ format: 'text' }).list).toBe(list)
})

test('JSON is one object a line', () => {
  const lines = '{"topic":"a","bytes":2048}\n{"topic":"b","bytes":1}\n'
  const done = '{"topic":"a","outcome":"deleted"}\n'
  expect(shown({ json: true })).toEqual({ list: lines, things: lines, done })
  expect(shown({ format: 'json' })).toEqual({ list: lines, things: lines, done })
})

test('YAML is a list of rows, and a document for each thing', () => {
  expect(shown({ format: 'yaml' })).toEqual({
    list: '- topic: a\n  bytes: 2048\n- topic: b\n  bytes: 1\n',
    things: 'topic: a\nbytes: 2048\n---\ntopic: b\nbytes: 1\n',
    done: 'topic: a\noutcome: deleted\n',
  })
})

test('--json and another format exclude each other', () => {
  expect(() => shown({ json: true, format: 'yaml' })).toThrow('--json and --format yaml')
})

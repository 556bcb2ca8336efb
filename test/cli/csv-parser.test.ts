import { expect, test } from 'vitest'
import { OperatorError } from '../../src/base/errors.ts'
import { CsvParser } from '../../src/cli/csv-parser.ts'

function parse(text: string | Buffer, { chunkBytes = 1000, delimiter = ',' } = {}): unknown[] {
  const rows: unknown[] = []
  const parser = new CsvParser((fields, line) => rows.push([line, ...fields]), delimiter)
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    // A chunk is only the parser's during the call.
    const chunk = Buffer.from(bytes.subarray(at, at + chunkBytes))
    parser.push(chunk)
    chunk.fill(0)
  }
  parser.end()
  return rows
}

// Each row: the line that it begins on, then its fields.
test.each<[string, string, unknown[]]>([
  [
    'plain fields',
    'a,b\nc,d\n',
    [
      [1, 'a', 'b'],
      [2, 'c', 'd'],
    ],
  ],
  ['no newline at the end', 'a,b', [[1, 'a', 'b']]],
  [
    'CRLF',
    'a,b\r\nc,d\r\n',
    [
      [1, 'a', 'b'],
      [2, 'c', 'd'],
    ],
  ],
  [
    'CRLF behind quotes',
    '"a","b"\r\n"c",d\r\n',
    [
      [1, 'a', 'b'],
      [2, 'c', 'd'],
    ],
  ],
  [
    'empty fields',
    ',\n,,\n',
    [
      [1, '', ''],
      [2, '', '', ''],
    ],
  ],
  ['empty fields in quotes', '"",""\n', [[1, '', '']]],
  ['empty lines', '\n\na,b\n\r\n\n', [[3, 'a', 'b']]],
  [
    'delimiters and newlines in quotes',
    '"a,1","b\nc"\nd,e\n',
    [
      [1, 'a,1', 'b\nc'],
      [3, 'd', 'e'],
    ],
  ],
  ['doubled quotes', '"a ""x""",""""\n', [[1, 'a "x"', '"']]],
  ['a quote within a plain field', 'a"b,5" nails\n', [[1, 'a"b', '5" nails']]],
  ['blanks', ' a , b \n', [[1, ' a ', ' b ']]],
  ['a byte order mark', '\ufeffa,b\n', [[1, 'a', 'b']]],
  ['text that is not ASCII', 'ä,"ö\u{1F600}"\n', [[1, 'ä', 'ö\u{1F600}']]],
  ['a letter that begins like such a mark', '\ufec0a,b\n', [[1, '\ufec0a', 'b']]],
  ['nothing', '', []],
])('%s', (_, text, rows) => {
  for (const chunkBytes of [1, 2, 3, 7, 1000]) expect(parse(text, { chunkBytes })).toEqual(rows)
})

test('another delimiter', () => {
  expect(parse('a;"b;c"\n', { delimiter: ';' })).toEqual([[1, 'a', 'b;c']])
  expect(parse('a\tb\n', { delimiter: '\t' })).toEqual([[1, 'a', 'b']])
})

test.each([
  ['an input that ends within quotes', 'a,b\nc,"d', /^CSV, line 2: the input ends within quotes/],
  ['text behind a closing quote', 'a,b\n\n"c"x,d\n', /^CSV, line 3: text behind a closing quote/],
])('%s is refused with its line', (_, text, message) => {
  expect(() => parse(text)).toThrow(OperatorError)
  expect(() => parse(text)).toThrow(message)
})

test('a quote that is never closed is refused before memory is', () => {
  const parser = new CsvParser(() => {})
  const chunk = Buffer.alloc(16 * 1024 * 1024, 'x')
  parser.push(Buffer.from('"'))
  expect(() => {
    for (let at = 0; at < 10; at++) parser.push(chunk)
  }).toThrow('longer than 64 MiB')
})

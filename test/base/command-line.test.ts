import { expect, test } from 'vitest'
import { commandLine } from '../../src/base/command-line.ts'

const node = '/usr/bin/node'

test('the words behind the program are the command line', () => {
  expect(commandLine({ argv0: node, argv: [node, '/srv/dist/main.js', 'consume', 't'] })).toEqual(['consume', 't'])
})

test.each([
  ['a link to the executable', { argv0: 'kcat', argv: ['/opt/streamctl', '/opt/streamctl', '-L'] }],
  ['a link to the script', { argv0: node, argv: [node, '/usr/local/bin/kcat', '-L'] }],
])('under the name kcat it is kcat: by %s', (_, called) => {
  expect(commandLine(called)).toEqual(['kcat', '-L'])
})

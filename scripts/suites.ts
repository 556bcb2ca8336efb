// npm run suites -- NAME --directory DIR --node HOST:PORT [--only TEST,...] [--write]: runs a client's own test suite, built in
// DIR, against a node, and compares with test/compatibility/suites/NAME.json. Ends with 1 when a test that passed does not.
import { parseArgs } from 'node:util'
import { compareWithRecord, readRecord, writeRecord } from './suites/record.ts'
import { suites } from './suites/registry.ts'

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    directory: { type: 'string' },
    node: { type: 'string' },
    only: { type: 'string' },
    write: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

const suite = suites.find(({ name }) => name === positionals[0])
if (options.help || !suite || !options.directory || !options.node) {
  process.stdout.write('suites NAME --directory DIR --node HOST:PORT [--only TEST,...] [--write]\n\n')
  for (const { name, needs } of suites) process.stdout.write(`  ${name}\n    ${needs}\n`)
  process.exitCode = options.help ? 0 : 2
} else {
  const record = readRecord(suite.name)
  const only = options.only?.split(',')
  const isPart = only !== undefined
  const verdicts = await suite.run({
    directory: options.directory,
    node: options.node,
    tests: only ?? Object.keys(record.tests),
    isPart,
  })
  const { lines, regressions } = compareWithRecord(record, verdicts, { isPart })
  for (const line of lines) process.stdout.write(`${line}\n`)
  const count = (verdict: string): number => [...verdicts.values()].filter(other => other === verdict).length
  process.stdout.write(
    `\n${suite.name}: ${count('pass')} passed, ${count('fail')} failed, ${count('skip')} skipped; ${regressions} that the record has as passed\n`,
  )
  if (options.write) writeRecord(suite.name, record, verdicts)
  if (regressions > 0) process.exitCode = 1
}

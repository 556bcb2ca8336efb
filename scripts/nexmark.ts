// npm run nexmark -- events.ndjson.gz OUTDIR [q5 q7 …]
// Runs Nexmark's queries over the events through the streams runtime's test driver, and writes OUTDIR/qN.jsonl: the rows of
// the final result as JSON arrays, one a line, sorted as text.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { TestDriver } from '../src/streams/test-driver.ts'
import * as joins from './nexmark/joins.ts'
import { type Event, events, type Query, type Row } from './nexmark/model.ts'
import * as stateless from './nexmark/stateless.ts'
import * as statistics from './nexmark/statistics.ts'
import * as windows from './nexmark/windows.ts'

const queries: Readonly<Record<string, Query>> = { ...stateless, ...windows, ...joins, ...statistics }
const number = (name: string): number => Number(name.slice(1))

const [input, output, ...chosen] = process.argv.slice(2)
if (input === undefined || output === undefined) {
  process.stderr.write('usage: npm run nexmark -- events.ndjson.gz OUTDIR [q5 q7 …]\n')
  process.exit(2)
}
const unknown = chosen.filter(name => !(name in queries))
if (unknown.length > 0) {
  process.stderr.write(`no query ${unknown.join(', ')}; there are ${Object.keys(queries).sort().join(', ')}\n`)
  process.exit(2)
}

const all = readEvents(input)
mkdirSync(output, { recursive: true })
for (const name of (chosen.length > 0 ? chosen : Object.keys(queries)).toSorted((a, b) => number(a) - number(b))) {
  const started = process.hrtime.bigint()
  const rows = resultOf(queries[name]!, all)
  writeFileSync(path.join(output, `${name}.jsonl`), rows.map(row => `${row}\n`).join(''))
  const seconds = Number(process.hrtime.bigint() - started) / 1e9
  process.stderr.write(`${name}: ${rows.length} rows, ${Math.round(all.length / seconds)} events/s\n`)
}

function readEvents(file: string): Event[] {
  const bytes = readFileSync(file)
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
  return text.split('\n').flatMap(line => (line === '' ? [] : [JSON.parse(line) as Event]))
}

/** The rows of a query when all events have come and all windows have closed. */
function resultOf({ topology, results }: Query, input: readonly Event[]): string[] {
  const driver = TestDriver.start(topology)
  const added: Row[] = []
  const replaced = new Map<string, readonly Row[]>()
  const collect = (): void => {
    for (const { key, value } of driver.output(results).readAll()) {
      if (key === null) added.push(...(value ?? []))
      else replaced.set(key, value ?? [])
    }
  }
  for (const event of input) {
    driver.pipe(events, { key: null, value: event, timestamp: event.dateTime })
    collect()
  }
  // The windows that are still open close when the clock goes on: no last record that would be in the results itself.
  driver.advance('7d')
  collect()
  const rows = [...added, ...[...replaced.values()].flat()]
  return rows.map(row => JSON.stringify(row)).sort()
}

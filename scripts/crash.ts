// npm run crash -- [--kind KIND] [--rounds N] [--seed S] [--planted NAME]: a node under load that is killed, stopped, cut off
// from its power or given a disk that fails; then it must come back with all that it acknowledged. Ends with 1 when it does not.
import os from 'node:os'
import { parseArgs } from 'node:util'
import { sourceChanges } from './crash/changed-source.ts'
import { kindNamed, kinds } from './crash/kinds.ts'
import { type Outcome, powerPointsDoc, powerPointsName, type RunOptions, runKind, runPowerPoints } from './crash/run.ts'

const { values: options } = parseArgs({
  options: {
    kind: { type: 'string', multiple: true },
    rounds: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    planted: { type: 'string', multiple: true, default: [] },
    directory: { type: 'string', default: os.tmpdir() },
    help: { type: 'boolean', default: false },
  },
})

// Where a promise is broken, clients end wherever they are.
process.on('unhandledRejection', () => {})

const all = [powerPointsName, ...kinds.map(({ name }) => name)]

if (options.help) help()
else await runAll(options.kind ?? all)

function help(): void {
  const list = (entries: readonly (readonly [string, string])[]): string =>
    entries.map(([name, doc]) => `  ${name.padEnd(24)}${doc}\n`).join('')
  process.stdout.write(
    'crash [--kind KIND]... [--rounds N] [--seed S] [--planted NAME]... [--directory DIR]\n\nkinds:\n',
  )
  process.stdout.write(list([[powerPointsName, powerPointsDoc], ...kinds.map(({ name, doc }) => [name, doc] as const)]))
  process.stdout.write('\nchanges of the source, most of them faults that must be found:\n')
  process.stdout.write(list(Object.entries(sourceChanges).map(([name, { doc }]) => [name, doc] as const)))
}

async function runAll(names: readonly string[]): Promise<void> {
  const runOptions: RunOptions = {
    rounds: Number(options.rounds),
    seed: Number(options.seed),
    planted: options.planted,
    directory: options.directory,
    report: line => process.stdout.write(`${line}\n`),
  }
  const rows: string[][] = [['kind', 'survived', 'explained', 'records', 'offsets', 'transactions']]
  for (const name of names) rows.push([name, ...columnsOf(await outcomeOf(name, runOptions))])
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0)))
  for (const row of rows)
    process.stdout.write(
      `${row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd()}\n`,
    )
}

async function outcomeOf(name: string, runOptions: RunOptions): Promise<Outcome | { readonly broken: string }> {
  try {
    if (name === powerPointsName) return await runPowerPoints(runOptions)
    const kind = kindNamed(name)
    if (!kind) throw new Error(`there is no kind '${name}': see --help`)
    return await runKind(kind, runOptions)
  } catch (error) {
    process.exitCode = 1
    return { broken: error instanceof Error ? error.message : String(error) }
  }
}

function columnsOf(outcome: Awaited<ReturnType<typeof outcomeOf>>): string[] {
  if ('broken' in outcome) return [`BROKEN: ${outcome.broken}`]
  if ('skipped' in outcome) return [`skipped: ${outcome.skipped}`]
  const { crashes, explained, records, offsets, transactions } = outcome.totals
  return [crashes, explained, records, offsets, transactions].map(String)
}

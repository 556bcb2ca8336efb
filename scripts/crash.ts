// npm run crash -- [--kind KIND] [--rounds N] [--seed S] [--planted NAME]: a node under load that is killed, stopped, cut off
// from its power or given a disk that fails; then it must come back with all that it acknowledged. Ends with 1 when it does not.
// With --faults each fault is planted in turn, and the checks have to find it: that they can.
import os from 'node:os'
import { parseArgs } from 'node:util'
import { plantedFaults, sourceChanges } from './crash/changed-source.ts'
import { kindNamed, kinds } from './crash/kinds.ts'
import {
  huntFaults,
  type Outcome,
  powerPointsDoc,
  powerPointsName,
  type RunOptions,
  runKind,
  runPowerPoints,
} from './crash/run.ts'

const { values: options } = parseArgs({
  options: {
    kind: { type: 'string', multiple: true },
    rounds: { type: 'string' },
    seed: { type: 'string', default: '1' },
    planted: { type: 'string', multiple: true, default: [] },
    faults: { type: 'boolean', default: false },
    directory: { type: 'string', default: os.tmpdir() },
    help: { type: 'boolean', default: false },
  },
})

// Where a promise is broken, clients end wherever they are.
process.on('unhandledRejection', () => {})

const all = [powerPointsName, ...kinds.map(({ name }) => name)]

if (options.help) help()
else if (options.faults) await findAll(options.planted.length > 0 ? options.planted : plantedFaults)
else await runAll(options.kind ?? all)

function help(): void {
  const list = (entries: readonly (readonly [string, string])[]): string =>
    entries.map(([name, doc]) => `  ${name.padEnd(24)}${doc}\n`).join('')
  process.stdout.write(
    'crash [--kind KIND]... [--rounds N] [--seed S] [--planted NAME]... [--directory DIR]\n' +
      'crash --faults [--planted NAME]... [--rounds N] [--seed S] [--directory DIR]\n\nkinds:\n',
  )
  process.stdout.write(list([[powerPointsName, powerPointsDoc], ...kinds.map(({ name, doc }) => [name, doc] as const)]))
  process.stdout.write('\nchanges of the source, most of them faults that must be found:\n')
  process.stdout.write(list(Object.entries(sourceChanges).map(([name, { doc }]) => [name, doc] as const)))
}

function optionsOf(planted: readonly string[], rounds: number): RunOptions {
  return {
    rounds: Number(options.rounds ?? rounds),
    seed: Number(options.seed),
    planted,
    directory: options.directory,
    report: line => process.stdout.write(`${line}\n`),
  }
}

/** Plants each fault by itself. Any that is not found shows that the checks prove nothing of it. */
async function findAll(faults: readonly string[]): Promise<void> {
  const rows: string[][] = [['fault', 'found in cut', 'what was broken']]
  for (const fault of faults) {
    const hunt = await huntFaults(optionsOf([fault], 400))
    if ('missedIn' in hunt) process.exitCode = 1
    if ('cut' in hunt) rows.push([fault, String(hunt.cut), hunt.broken.split(' (')[0]!])
    else rows.push([fault, 'missedIn' in hunt ? `NOT in ${hunt.missedIn}` : `skipped: ${hunt.skipped}`])
  }
  printTable(rows)
}

async function runAll(names: readonly string[]): Promise<void> {
  const runOptions = optionsOf(options.planted, 20)
  const rows: string[][] = [['kind', 'survived', 'explained', 'records', 'trimmed', 'offsets', 'transactions']]
  for (const name of names) rows.push([name, ...columnsOf(await outcomeOf(name, runOptions))])
  printTable(rows)
}

function printTable(rows: readonly (readonly string[])[]): void {
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
  const { crashes, explained, records, trimmed, offsets, transactions } = outcome.totals
  return [crashes, explained, records, trimmed, offsets, transactions].map(String)
}

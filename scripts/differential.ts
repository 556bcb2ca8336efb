// npm run differential -- --ours HOST:PORT --kafka HOST:PORT [--only NAME,...] [--all]: the same requests to a node and to an
// Apache Kafka, the answers compared field by field. Ends with 1 at a difference that is not in known-differences.ts.
import { parseArgs } from 'node:util'
import { type Difference, differences } from './differential/compare.ts'
import { reasonFor } from './differential/known-differences.ts'
import type { Scenario } from './differential/scenario.ts'
import { scenarios } from './differential/scenarios/registry.ts'
import { type Address, Target } from './differential/target.ts'

const { values: options } = parseArgs({
  options: {
    ours: { type: 'string' },
    kafka: { type: 'string' },
    only: { type: 'string' },
    all: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

if (options.help || !options.ours || !options.kafka) {
  process.stdout.write('differential --ours HOST:PORT --kafka HOST:PORT [--only NAME,...] [--all]\n\n')
  for (const { name, about } of scenarios) process.stdout.write(`  ${name}: ${about}\n`)
  process.stdout.write('\n--all prints the known differences too, with their reasons\n')
  process.exitCode = options.help ? 0 : 2
} else await compareAll(addressOf(options.ours), addressOf(options.kafka))

async function compareAll(ours: Address, kafka: Address): Promise<void> {
  const wanted = options.only?.split(',')
  const totals = { answers: 0, known: 0, unknown: 0 }
  // Both sides see the same names, and a later run meets nothing that an earlier one left.
  const run = Date.now().toString(36)
  for (const scenario of scenarios.filter(({ name }) => wanted?.includes(name) ?? true)) {
    const [our, theirs] = await Promise.all([answers(scenario, ours, run), answers(scenario, kafka, run)])
    const found = differences(our, theirs)
    const unknown = found.filter(difference => reasonFor(scenario.name, difference) === undefined)
    totals.answers += theirs.length
    totals.unknown += unknown.length
    totals.known += found.length - unknown.length
    process.stdout.write(
      `${scenario.name}: ${theirs.length} answers, ${found.length - unknown.length} known differences, ${unknown.length} others\n`,
    )
    for (const difference of options.all ? found : unknown) print(scenario, difference)
  }
  process.stdout.write(
    `\n${totals.answers} answers compared, ${totals.known} known differences, ${totals.unknown} others\n`,
  )
  if (totals.unknown > 0) process.exitCode = 1
}

async function answers(scenario: Scenario, address: Address, run: string) {
  const target = await Target.open(address, `${scenario.name}-${run}`)
  try {
    await scenario.run(target)
    return target.answers
  } finally {
    target.close()
  }
}

function print(scenario: Scenario, difference: Difference): void {
  const reason = reasonFor(scenario.name, difference)
  process.stdout.write(`  ${difference.step}: ${difference.path}${reason ? ` (known: ${reason})` : ''}\n`)
  process.stdout.write(`    ours  ${JSON.stringify(difference.ours)}\n    kafka ${JSON.stringify(difference.kafka)}\n`)
}

function addressOf(text: string): Address {
  const at = text.lastIndexOf(':')
  return { host: text.slice(0, at), port: Number(text.slice(at + 1)) }
}

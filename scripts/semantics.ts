// npm run semantics -- DIR [--crash] [--verbose]
// Runs every case below DIR (format streamctl-semantics/1) through the streams runtime's test driver, step by step, and tells
// which fail. `--crash` throws all state away after each step and builds it from the changelogs.
//
// npm run semantics -- DIR --node HOST:PORT [--part K/N] [--instances N] [--together N] [--kills MS]
// Runs them (or the Kth of N parts) on a running node instead, with several partitions and processes, of which one is killed
// with SIGKILL so many milliseconds after all have their tasks; what is there in the end must be what the test driver gives.

import { parseArgs } from 'node:util'
import { readCases, type SemanticsCase } from './semantics/case.ts'
import { type Result, runCase } from './semantics/run-case.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    crash: { type: 'boolean' },
    verbose: { type: 'boolean' },
    node: { type: 'string' },
    together: { type: 'string', default: '10' },
    instances: { type: 'string', default: '2' },
    kills: { type: 'string', default: '1000' },
    part: { type: 'string', default: '1/1' },
  },
})
const [directory] = positionals
if (directory === undefined) {
  process.stderr.write('usage: npm run semantics -- DIR [--crash] [--verbose]\n')
  process.exit(2)
}

if (values.node !== undefined) {
  await onNode(directory, values.node)
  process.exit(process.exitCode)
}

const results: { readonly file: string; readonly semantics: SemanticsCase; readonly result: Result }[] = []
for (const { file, cases } of readCases(directory)) {
  for (const semantics of cases) {
    results.push({ file, semantics, result: await runCase(semantics, { crash: values.crash ?? false }) })
  }
}

for (const { file, semantics, result } of results) {
  if (result.kind === 'failed') {
    print(`FAILED ${file} ${semantics.name} (${semantics.operator})`)
    if (result.difference) {
      const { step, expected, actual } = result.difference
      print(`  step ${step + 1}: ${JSON.stringify(semantics.steps[step]!.in ?? {})}`)
      print(`    expected ${JSON.stringify(expected)}`)
      print(`    got      ${JSON.stringify(actual)}`)
    } else
      print(
        `  ${result.reason
          .split('\n')
          .slice(0, values.verbose ? 12 : 3)
          .join('\n  ')}`,
      )
  } else if (result.kind === 'passed' && result.level === 'relaxed') {
    print(`relaxed ${file} ${semantics.name} (${semantics.operator})`)
  }
}

const perOperator = Map.groupBy(results, ({ semantics }) => semantics.operator)
print('')
for (const [operator, all] of [...perOperator].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
  const passed = all.filter(({ result }) => result.kind === 'passed').length
  if (values.verbose || passed < all.length) print(`${passed}/${all.length} ${operator}`)
}

const passed = results.flatMap(({ result }) => (result.kind === 'passed' ? [result] : []))
const skipped = results.flatMap(({ result }) => (result.kind === 'skipped' ? [result] : []))
const failed = results.length - passed.length - skipped.length
for (const [reason, all] of Map.groupBy(skipped, ({ reason }) => reason)) print(`skipped ${all.length}: ${reason}`)
const same = passed.filter(({ description }) => description === 'same').length
const described = passed.filter(({ description }) => description !== 'none').length
const strict = passed.filter(({ level }) => level === 'strict').length
print(`level: ${strict} strict, ${passed.length - strict} relaxed; topology text as Kafka's: ${same} of ${described}`)
print(`${passed.length} passed, ${failed} failed, ${skipped.length} skipped`)
process.exitCode = failed > 0 ? 1 : 0

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

async function onNode(cases: string, address: string): Promise<void> {
  const { runOnNode } = await import('./semantics/on-node.ts')
  const [part = 1, parts = 1] = values.part.split('/').map(Number)
  const counts = { passed: 0, failed: 0, skipped: 0 }
  const skips = new Map<string, number>()
  let [number, kills, spread] = [0, 0, 0]
  await runOnNode(readCases(cases), {
    address,
    directory: cases,
    isWanted: () => number++ % parts === part - 1,
    instances: Number(values.instances),
    together: Number(values.together),
    killAfterMs: Number(values.kills),
    onResult({ file, semantics }, result, partitions) {
      counts[result.kind]++
      if (partitions > 1) spread++
      if (result.kind === 'failed')
        print(`FAILED ${file} ${semantics.name} (${semantics.operator})\n  ${result.reason}`)
      if (result.kind === 'skipped') skips.set(result.reason, (skips.get(result.reason) ?? 0) + 1)
      if (values.verbose && result.kind === 'passed') print(`passed ${semantics.name}`)
    },
    onKills: more => (kills += more),
  })
  for (const [reason, count] of skips) print(`skipped ${count}: ${reason}`)
  print(`on a node: ${kills} kills; records of ${spread} cases in several partitions`)
  print(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
  process.exitCode = counts.failed > 0 ? 1 : 0
}

// npm run semantics -- DIR [--crash] [--verbose]
// Runs every case below DIR (format streamctl-semantics/1) through the streams runtime's test driver, step by step, and tells
// which fail. `--crash` throws all state away after each step and builds it from the changelogs.

import { parseArgs } from 'node:util'
import { readCases, type SemanticsCase } from './semantics/case.ts'
import { type Result, runCase } from './semantics/run-case.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { crash: { type: 'boolean' }, verbose: { type: 'boolean' } },
})
const [directory] = positionals
if (directory === undefined) {
  process.stderr.write('usage: npm run semantics -- DIR [--crash] [--verbose]\n')
  process.exit(2)
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

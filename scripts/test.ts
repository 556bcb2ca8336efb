// npm test [-- PATH ...]: types, lint, then the tests (all, or those below the paths), and the counts as one plain line.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { root } from './bundle.ts'

const paths = process.argv.slice(2)
const results = path.join(root, 'build', 'test-results.json')
mkdirSync(path.dirname(results), { recursive: true })
rmSync(results, { force: true })

const checks =
  paths.length > 0
    ? []
    : [check('types', 'tsc', ['--noEmit']), check('lint', 'biome', ['check', '--error-on-warnings'])]
if (paths.length === 0 || paths.some(given => given.includes('compatibility')))
  run('node', [path.join(root, 'scripts', 'install-clients.ts')])
run('vitest', ['run', '--reporter=default', '--reporter=json', `--outputFile=${results}`, ...paths])
const report = JSON.parse(readFileSync(results, 'utf8'))
const counts = readCounts()
for (const test of testsThat('skipped', 'pending', 'todo')) process.stdout.write(`skipped: ${test.fullName}\n`)
// Again at the end: who reads only the last lines of a log must see what failed and why.
for (const test of testsThat('failed'))
  process.stdout.write(`failed: ${test.fullName}\n  ${test.failureMessages.join('\n').split('\n', 12).join('\n  ')}\n`)
const passed = counts.passed + checks.filter(ok => ok).length
const failed = counts.failed + checks.filter(ok => !ok).length
process.stdout.write(`\n${passed} passed, ${failed} failed${counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''}\n`)
process.exitCode = failed === 0 ? 0 : 1

function check(name: string, command: string, args: string[]): boolean {
  const ok = run(command, args)
  process.stdout.write(`${ok ? '✓' : '✗'} ${name}\n`)
  return ok
}

function run(command: string, args: string[]): boolean {
  const { status, error } = spawnSync(path.join(root, 'node_modules', '.bin', command), args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, PATH: `${path.join(root, 'node_modules', '.bin')}${path.delimiter}${process.env.PATH}` },
  })
  if (error) throw error
  return status === 0
}

type TestResult = { readonly status: string; readonly fullName: string; readonly failureMessages: readonly string[] }

/** Nothing is skipped in silence: a test that cannot run on this machine says why in its name. */
function testsThat(...statuses: string[]): TestResult[] {
  type File = { readonly assertionResults: readonly TestResult[] }
  return report.testResults
    .flatMap((file: File) => file.assertionResults)
    .filter((test: TestResult) => statuses.includes(test.status))
}

function readCounts(): { passed: number; failed: number; skipped: number } {
  // A file that does not even load has no tests to fail: count the file.
  const brokenFiles = report.testResults.filter(
    (file: { status: string; assertionResults: unknown[] }) =>
      file.status === 'failed' && file.assertionResults.length === 0,
  ).length
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + brokenFiles,
    skipped: report.numPendingTests + report.numTodoTests,
  }
}

import { watch } from 'node:fs'
import { availableParallelism } from 'node:os'
import path from 'node:path'
import { ExitCode } from '../../base/errors.ts'
import { duration } from '../../client/time-expression.ts'
import { type CommandContext, defineCommand } from '../command.ts'
import { jsonOption } from '../options.ts'
import { reportFile, reportFileAsJson, totalsOf, totalsText } from '../test/report-tests.ts'
import { runTestFile } from '../test/run-test-file.ts'
import { testFiles } from '../test/test-files.ts'
import type { FileResult } from '../test/test-result.ts'

interface TestOptions {
  readonly name?: readonly string[]
  readonly timeout: number
  readonly watch?: boolean
  readonly json?: boolean
}

const timeoutDefaultMs = 60_000
const threadsMax = 4
/** Editors write a file in several steps. */
const settleMs = 100

export const testCommand = defineCommand<TestOptions, [files: readonly string[]]>({
  name: 'test',
  summary: 'run the tests of scripts',
  description:
    'Tests are written for the test driver of `streamctl/test`, which runs a script without a broker, and for the runner of ' +
    'Node (`node:test`), which `streamctl/test` offers as well: `test`, `assert`. Without a name, all files *.test.ts below this ' +
    'directory are run, each in a thread of its own. Ends with exit code 1 if a test fails.',
  arguments: [{ name: '[files...]', help: 'files, directories, patterns', completes: 'files' }],
  options: [
    {
      flags: '-t, --name <pattern>',
      help: 'only tests whose names match this regular expression; may be repeated',
      repeatable: true,
    },
    {
      flags: '--timeout <duration>',
      help: 'a file that takes longer has failed',
      parse: duration('--timeout'),
      default: timeoutDefaultMs,
      defaultText: '60s',
    },
    { flags: '-w, --watch', help: 'again whenever a file of theirs changes, until Ctrl-C' },
    jsonOption,
  ],
  examples: [
    { command: 'streamctl test', does: 'all tests below this directory' },
    { command: 'streamctl test page-views.test.ts --watch', does: 'while writing the script' },
    { command: "streamctl test 'scripts/**/*.test.ts' -t grace", does: 'only those about grace' },
  ],
  run: runTests,
})

async function runTests(context: CommandContext, options: TestOptions, given: readonly string[]): Promise<number> {
  const { output, signal, io } = context
  const files = testFiles(given, io.directory ?? '.')
  let results = await runAll(context, options, files)
  let failed = show(context, options, results)
  while (options.watch && !signal.aborted) {
    output.note('watching: Ctrl-C ends it')
    const changed = await nextChange(context, results)
    if (changed.length === 0) break
    const fresh = await runAll(context, options, changed)
    results = results.map(result => fresh.find(({ file }) => file === result.file) ?? result)
    failed = show(context, options, fresh)
  }
  return failed ? ExitCode.failure : ExitCode.ok
}

/** Several at a time; shown in their order when all are there would be late, so each is shown when its turn has come. */
async function runAll(
  context: CommandContext,
  options: TestOptions,
  files: readonly string[],
): Promise<readonly FileResult[]> {
  const { env, signal, output, io } = context
  const waiting = [...files.entries()]
  const results: FileResult[] = []
  let shown = 0
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [at, file] = next
      const given = { env, signal, names: options.name ?? [], timeoutMs: options.timeout }
      const absolute = path.resolve(io.directory ?? '.', file)
      const result = await runTestFile({ ...given, file: absolute, onOutput: text => output.note(text.trimEnd()) })
      results[at] = { ...result, file }
      for (let due = results[shown]; due; due = results[++shown]) {
        if (options.json) reportFileAsJson(output, due)
        else reportFile(output, due, io.directory ?? '.')
      }
    }
  }
  const threads = Math.min(threadsMax, availableParallelism(), files.length)
  await Promise.all(Array.from({ length: threads }, work))
  return results
}

function show({ output }: CommandContext, options: TestOptions, results: readonly FileResult[]): boolean {
  const totals = totalsOf(results)
  const text = totalsText(totals)
  const paint = totals.failed > 0 ? output.colour.red : output.colour.green
  if (!options.json) output.line(`\n${paint(text)}`)
  return totals.failed > 0
}

/** The test files to run again: those in which a file takes part that has changed. None once the signal has aborted. */
async function nextChange({ env, signal }: CommandContext, results: readonly FileResult[]): Promise<readonly string[]> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const changed = new Set<string>()
  const notice = (source: string): void => {
    if (changed.size === 0) env.clock.after(settleMs, resolve)
    changed.add(source)
  }
  const sources = new Set(results.flatMap(result => result.sources))
  // Editors put a new file in the place of the old one: whoever watches the file itself sees that once.
  const watchers = [...new Set([...sources].map(source => path.dirname(source)))].map(directory =>
    watch(directory, (_event, name) => {
      const source = path.join(directory, name ?? '')
      if (sources.has(source)) notice(source)
    }),
  )
  signal.addEventListener('abort', () => resolve(), { once: true })
  if (signal.aborted) resolve()
  await promise
  for (const watcher of watchers) watcher.close()
  if (signal.aborted) return []
  return results.filter(result => result.sources.some(source => changed.has(source))).map(({ file }) => file)
}

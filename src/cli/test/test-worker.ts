import { run } from 'node:test'
import { parentPort, workerData } from 'node:worker_threads'
import { placePicture, scriptFiles, scriptPlace } from '../../streams/script-place.ts'
import { scriptFailure } from '../script/script-failure.ts'
import { offerScriptModules } from '../script/script-modules.ts'
import type { TestResult, TestThreadAnswer, TestThreadData } from './test-result.ts'

// The thread of one file of tests: they are written for node:test, which runs them here and tells what became of them.

/** What node:test says of a test that has ended. */
interface TestEnded {
  readonly name: string
  readonly nesting: number
  readonly testId: number
  readonly parentId: number
  readonly skip?: string | boolean
  readonly todo?: string | boolean
  readonly details: { readonly duration_ms: number; readonly type?: string; readonly error?: Error }
}

interface TestEvent {
  readonly type: string
  readonly data: TestEnded
}

const { file, names } = workerData as TestThreadData
offerScriptModules()
parentPort!.postMessage(await testFile())

async function testFile(): Promise<TestThreadAnswer> {
  const suites = new Map<number, { readonly name: string; readonly parentId: number }>()
  const tests: TestResult[] = []
  let failure: string | undefined
  const patterns = names.map(name => new RegExp(name))
  const events = run({ files: [file], isolation: 'none', ...(patterns.length > 0 && { testNamePatterns: patterns }) })
  for await (const event of events as AsyncIterable<TestEvent>) {
    const { type, data } = event
    if (type === 'test:enqueue') suites.set(data.testId, data)
    if (type !== 'test:pass' && type !== 'test:fail') continue
    if (data.name === file) failure ??= loadFailure(data)
    else if (data.details.type !== 'suite' || isHookFailure(data)) tests.push(resultOf(type, data, suites))
  }
  return { tests, sources: scriptFiles(), ...(failure !== undefined && { failure }) }
}

/** The file itself is the test that fails where it cannot be loaded. */
function loadFailure({ details }: TestEnded): string | undefined {
  if (!details.error) return undefined
  const { message, hint } = scriptFailure(causeOf(details.error), file)
  return hint === undefined ? message : `${message}\nhint: ${hint}`
}

/** A suite fails with its tests, which is no news, or by itself. */
function isHookFailure({ details: { error } }: TestEnded): boolean {
  return error !== undefined && (error as { failureType?: string }).failureType !== 'subtestsFailed'
}

function resultOf(
  type: string,
  data: TestEnded,
  suites: ReadonlyMap<number, { name: string; parentId: number }>,
): TestResult {
  const name = [data.name]
  for (let suite = suites.get(data.parentId); suite; suite = suites.get(suite.parentId)) name.unshift(suite.name)
  const { duration_ms: durationMs, error } = data.details
  // A test that is still to be done may fail.
  const open = data.skip !== undefined ? 'skipped' : data.todo !== undefined ? 'todo' : undefined
  if (type === 'test:pass' || !error || open) return { name, outcome: open ?? 'passed', durationMs }
  const cause = causeOf(error)
  const place = scriptPlace(cause)
  return {
    name,
    outcome: 'failed',
    durationMs,
    message: messageOf(cause),
    ...(place && { place: { ...place, picture: placePicture(place) } }),
  }
}

/** The runner wraps what a test throws. */
function causeOf(error: Error): unknown {
  return (error as NodeJS.ErrnoException).code === 'ERR_TEST_FAILURE' ? (error.cause ?? error) : error
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return `threw ${String(error)}`
  const { hint } = error as { hint?: string }
  const message = ['AssertionError', 'OperatorError', 'Error'].includes(error.name)
    ? error.message
    : `${error.name}: ${error.message}`
  return (hint === undefined ? message : `${message}\nhint: ${hint}`).trimEnd()
}

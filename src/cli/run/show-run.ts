import type { ApplicationRun } from '../../streams/runtime/application-run.ts'
import type { ApplicationDescription } from '../../streams/serving/running-application.ts'
import type { CommandContext } from '../command.ts'
import { every } from '../every.ts'

const terminalEveryMs = 500
const linesEveryMs = 10_000

/**
 * Shows on stderr how a script is doing, until the returned function is called: one line that is written over on a terminal,
 * and otherwise, if wanted, a line of JSON every ten seconds. Remarks when it begins to process and when it has to wait.
 */
export function showRun(
  { env, io, output }: CommandContext,
  run: ApplicationRun,
  { endpoint, verbose }: { readonly endpoint: string; readonly verbose: boolean },
): () => void {
  const isTerminal = io.stderr.isTTY === true
  let phase = ''
  output.note(`${run.application.name}: starting; answers at http://${endpoint}`)
  return every(env, isTerminal ? terminalEveryMs : verbose ? linesEveryMs : terminalEveryMs, async () => {
    const description = await run.describe().catch(() => undefined)
    if (!description) return
    const works = description.state === 'running' && description.tasks.length > 0
    if (works && phase !== 'running') output.note(beginning(description))
    if (works || description.state !== 'running') phase = description.state
    if (isTerminal) output.progress(() => statusLine(description))
    else if (verbose) output.note(JSON.stringify(facts(description)))
  })
}

function beginning({ name, tasks, processing }: ApplicationDescription): string {
  const running = tasks.filter(({ state }) => state === 'running').length
  const standby = tasks.filter(({ state }) => state === 'standby').length
  const standbys = standby > 0 ? `, ${counted(standby, 'standby task')}` : ''
  return `${name}: running ${counted(running, 'task')}${standbys}, ${processing}`
}

/** What somebody who watches wants to know, on one line. */
export function statusLine(description: ApplicationDescription): string {
  const { name, state, recordsPerSecond } = description
  const { tasks, lag, restored, p50, p99 } = facts(description)
  const parts = [
    `${name} ${state}`,
    counted(tasks, 'task'),
    `${Math.round(recordsPerSecond).toLocaleString('en')} records/s`,
    lag === null ? 'lag unknown' : `lag ${lag.toLocaleString('en')}`,
    ...(p50 === null ? [] : [`commit ${p50.toFixed(0)} ms (p99 ${p99!.toFixed(0)} ms)`]),
    ...(restored < 1 ? [`restored ${Math.floor(restored * 100)} %`] : []),
  ]
  return parts.join(' · ')
}

function facts({ state, tasks, recordsPerSecond, commitLatencyMs }: ApplicationDescription) {
  const active = tasks.filter(task => task.state !== 'standby')
  const running = active.filter(task => task.state === 'running')
  const isKnown = running.every(({ lag }) => lag !== null)
  return {
    state,
    tasks: active.length,
    recordsPerSecond: Math.round(recordsPerSecond),
    lag: isKnown ? running.reduce((sum, { lag }) => sum + (lag ?? 0), 0) : null,
    p50: commitLatencyMs?.p50 ?? null,
    p99: commitLatencyMs?.p99 ?? null,
    restored: active.length === 0 ? 1 : active.reduce((sum, task) => sum + task.restored, 0) / active.length,
  }
}

function counted(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}

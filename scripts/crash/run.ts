import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import path from 'node:path'
import { Dice } from '../simulate/dice.ts'
import { Violation } from '../simulate/history.ts'
import type { Kind } from './kinds.ts'
import { Session } from './node/session.ts'
import { buildShim } from './shim.ts'
import { PowerPoints } from './storage/power-points.ts'

/** What was survived, and what was compared with what had been acknowledged. */
export interface Totals {
  crashes: number
  /** How often the node ended by itself or refused to start, with an explanation. */
  explained: number
  records: number
  /** Offsets below the log starts in the end: that much was removed under load. */
  trimmed: number
  offsets: number
  transactions: number
}

const nothing: Totals = { crashes: 0, explained: 0, records: 0, trimmed: 0, offsets: 0, transactions: 0 }

export type Outcome = { readonly totals: Totals } | { readonly skipped: string }

export interface RunOptions {
  readonly rounds: number
  readonly seed: number
  /** Faults of the node's that are to be found: see `sourceChanges`. */
  readonly planted: readonly string[]
  /** Where directories are made. */
  readonly directory: string
  readonly report: (line: string) => void
}

/** A node lives through so many crashes, then everything is checked once more, and a new one begins. */
const roundsPerSession = 10

/** Runs rounds of a kind. Throws `Violation` for a broken promise. */
export async function runKind(kind: Kind, options: RunOptions): Promise<Outcome> {
  return inWorkspace(options, kind.shim !== undefined, async (workspace, library) => {
    const totals = { ...nothing }
    const dice = new Dice(`${kind.name} ${options.seed}`)
    for (let first = 1; first <= options.rounds; first += roundsPerSession) {
      const rounds = Math.min(roundsPerSession, options.rounds - first + 1)
      const isChanged = ((first - 1) / roundsPerSession) % 2 === 0
      const session = new Session({
        workspace: path.join(workspace, 'session'),
        dice: dice.of(`session ${first}`),
        library,
        hasJournal: kind.shim === 'journal',
        sourceChanges: [...(isChanged ? (kind.sometimes ?? []) : []), ...options.planted],
        flags: kind.flags ?? [],
      })
      try {
        await session.start()
        for (let round = 0; round < rounds; round++) {
          await kind.round(session)
          totals.crashes++
        }
        const counts = await session.finish()
        totals.explained += session.explained
        for (const name of ['records', 'trimmed', 'offsets', 'transactions'] as const) totals[name] += counts[name]
        const { records, trimmed, offsets, transactions } = counts
        options.report(
          `${kind.name} ${first}-${first + rounds - 1}: ok, ${session.explained} ends explained, ${records} records, ${trimmed} trimmed, ${offsets} offsets, ${transactions} transactions`,
        )
      } finally {
        await session.close()
      }
    }
    return { totals }
  })
}

/** Cuts of the power in each run of the writer. */
const cutsPerRun = 50

export const powerPointsName = 'power-points'
export const powerPointsDoc =
  'the storage alone, written to and killed, with the power cut at every moment of what it wrote: checkpoints included'

/** Rounds are cuts of the power here. */
export async function runPowerPoints(options: RunOptions): Promise<Outcome> {
  return inWorkspace(options, true, async (workspace, library) => {
    const totals = { ...nothing }
    const points = powerPoints(options, workspace, library!)
    while (totals.crashes < options.rounds) {
      const { crashes, commits, records, trimmed, duringCheckpoints } = await points.round()
      totals.crashes += crashes
      totals.records += records
      totals.trimmed += trimmed
      totals.transactions += commits
      options.report(
        `${powerPointsName} ${totals.crashes}: ok, ${duringCheckpoints} of ${crashes} during a checkpoint, ${commits} commits, ${records} records`,
      )
    }
    return { totals }
  })
}

/** What became of the search for a fault: the cut that found it and what is broken, if any did. */
export type Hunt =
  | { readonly cut: number; readonly broken: string }
  | { readonly missedIn: number }
  | { readonly skipped: string }

/** Cuts the power of a storage with planted faults until these are found, in not much more than `rounds` cuts. */
export async function huntFaults(options: RunOptions): Promise<Hunt> {
  return inWorkspace(options, true, async (workspace, library) => {
    const points = powerPoints(options, workspace, library!)
    try {
      while (points.cuts < options.rounds) await points.round()
      return { missedIn: points.cuts }
    } catch (error) {
      if (!(error instanceof Violation)) throw error
      return { cut: points.cuts, broken: error.message }
    }
  })
}

function powerPoints({ rounds, seed, planted }: RunOptions, workspace: string, library: string): PowerPoints {
  return new PowerPoints({
    ...{ workspace, library, dice: new Dice(`${powerPointsName} ${seed}`) },
    ...{ cutsPerRun: Math.min(cutsPerRun, rounds), runMs: Math.min(700, 10 * rounds), sourceChanges: planted },
  })
}

async function inWorkspace<Result>(
  { directory }: RunOptions,
  needsShim: boolean,
  run: (workspace: string, library: string | undefined) => Promise<Result>,
): Promise<Result | { readonly skipped: string }> {
  mkdirSync(directory, { recursive: true })
  const workspace = mkdtempSync(path.join(directory, 'streamctl-crash-'))
  try {
    const shim = needsShim ? buildShim(workspace) : undefined
    if (shim && 'obstacle' in shim) return { skipped: shim.obstacle }
    return await run(workspace, shim?.library)
  } finally {
    rmSync(workspace, { recursive: true, force: true })
  }
}

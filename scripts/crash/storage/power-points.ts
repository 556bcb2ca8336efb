import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Dice } from '../../simulate/dice.ts'
import { Violation } from '../../simulate/history.ts'
import { changedEnvironment, changedSourceFlags } from '../changed-source.ts'
import { DiskModel, losses } from '../disk-model.ts'
import { type Entry, encodeEntry, entriesOf } from '../journal.ts'
import { ShimControl, shimEnvironment, shimFiles } from '../shim.ts'
import { checkImage } from './image-check.ts'
import { foundPrefix, Plan } from './plan.ts'

const notesId = shimFiles.indexOf('notes')
const walId = shimFiles.indexOf('streamctl.db-wal')
const databaseId = shimFiles.indexOf('streamctl.db')

export interface PowerPointsOptions {
  /** Where everything is kept meanwhile, better in memory. */
  readonly workspace: string
  readonly library: string
  readonly dice: Dice
  /** The power is cut so many times in each run of the writer. */
  readonly cutsPerRun: number
  /** How long the writer runs. */
  readonly runMs: number
  readonly sourceChanges: readonly string[]
}

export interface PowerPointsResult {
  readonly crashes: number
  readonly commits: number
  readonly records: number
  readonly trimmed: number
  /** Cuts while pages of the database were on their way to the disk. */
  readonly duringCheckpoints: number
}

/**
 * Lets the storage write under the shim, kills it, and cuts the power at many moments of what it did: the journal tells the
 * order of everything, acknowledgements included. Each cut leaves an image, and each image has to pass. The next run goes on
 * from one of them. Throws `Violation`.
 */
export class PowerPoints {
  readonly #options: PowerPointsOptions
  readonly #plan: Plan
  readonly #seed: string
  #run = 0
  #cuts = 0

  constructor(options: PowerPointsOptions) {
    this.#options = options
    this.#seed = String(options.dice.between(1, 1e9))
    this.#plan = new Plan(this.#seed)
  }

  /** Cuts so far whose images were looked at, the last one included. */
  get cuts(): number {
    return this.#cuts
  }

  /** One run of the writer and all of its cuts. */
  async round(): Promise<PowerPointsResult> {
    const { workspace, dice, cutsPerRun } = this.#options
    const data = path.join(workspace, 'data')
    const before = path.join(workspace, 'before')
    mkdirSync(data, { recursive: true, mode: 0o700 })
    rmSync(before, { recursive: true, force: true })
    cpSync(data, before, { recursive: true })
    this.#run++
    const entries = await this.#write(data, before)
    const moments = chooseMoments(entries, cutsPerRun, dice)
    const model = new DiskModel(before)
    const survivor = dice.between(0, moments.length - 1)
    let acknowledged = lastNote(
      existsSync(path.join(before, 'notes')) ? readFileSync(path.join(before, 'notes')) : Buffer.alloc(0),
    )
    const result = { crashes: 0, commits: 0, records: 0, trimmed: 0, duringCheckpoints: 0 }
    let at = 0
    for (const [index, moment] of moments.entries()) {
      for (; at < moment; at++) {
        const entry = entries[at]!
        model.apply(entry)
        if (isNote(entry)) acknowledged = lastNote(entry.bytes)
      }
      const image = path.join(workspace, 'image')
      rmSync(image, { recursive: true, force: true })
      const loss = dice.pick(losses)
      const context = `seed ${this.#seed}, run ${this.#run}, entry ${moment} of ${entries.length}, ${model.pendingChanges} changes pending, lost: ${loss}`
      if (model.hasPending(databaseId)) result.duringCheckpoints++
      this.#cuts++
      model.cutInto(image, dice, loss)
      writeFileSync(path.join(image, 'notes'), `${acknowledged}\n`)
      if (index === survivor) replace(data, image)
      const { commits, records, trimmed } = await this.#check(image, acknowledged, context)
      result.crashes++
      result.commits += commits
      result.records += records
      result.trimmed += trimmed
    }
    return result
  }

  async #check(image: string, acknowledged: number, context: string) {
    try {
      return await checkImage(image, this.#plan, acknowledged)
    } catch (error) {
      throw new Violation(`${error instanceof Error ? error.message : error} (${context})`, { cause: error })
    }
  }

  /** Runs the writer until it is killed, once or several times. Returns what it did. */
  async #write(data: string, before: string): Promise<Entry[]> {
    const { workspace, dice } = this.#options
    const journal = path.join(workspace, 'journal')
    writeFileSync(journal, '')
    const control = new ShimControl(path.join(workspace, 'control'))
    const model = new DiskModel(before)
    const entries: Entry[] = []
    try {
      for (let lives = dice.between(2, 5); lives > 0; lives--) {
        control.set({ syncDelayUs: dice.pick([50, 500, 5_000]), entries: entries.length })
        await this.#live(data, { control, journal })
        for (const entry of entriesOf(readFileSync(journal)).drop(entries.length)) {
          entries.push(entry)
          model.apply(entry)
        }
        // A kill may come between a write and its note, or within the note.
        for (const entry of model.missing(data)) {
          entries.push(entry)
          model.apply(entry)
        }
        writeFileSync(journal, Buffer.concat(entries.flatMap(encodeEntry)))
      }
    } finally {
      control.close()
    }
    return entries
  }

  /** One life of the writer: from the start to the kill, which comes soon after it has acknowledged something. */
  async #live(data: string, { control, journal }: { control: ShimControl; journal: string }): Promise<void> {
    const { library, dice, runMs, sourceChanges } = this.#options
    const writer = path.join(import.meta.dirname, 'writer.ts')
    const child = spawn(process.execPath, [...changedSourceFlags, writer, data, this.#seed], {
      env: {
        ...process.env,
        ...changedEnvironment(['small-wal', ...sourceChanges]),
        ...shimEnvironment({ library, data, control, journal }),
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let stderr = ''
    child.stderr.on('data', chunk => {
      stderr += chunk
    })
    const exited = once(child, 'exit')
    const notes = path.join(data, 'notes')
    const notesSize = (): number => (existsSync(notes) ? statSync(notes).size : 0)
    // However slow the machine is.
    const patience = AbortSignal.timeout(60_000)
    const nextNote = async (): Promise<void> => {
      const before = notesSize()
      while (notesSize() === before && child.exitCode === null && !patience.aborted) await sleep(1)
    }
    await nextNote()
    // Now and then at once, when the first thing that it said is what it found.
    if (dice.percent(80)) {
      await nextNote()
      await Promise.race([exited, sleep(dice.between(0, runMs))])
    }
    if (dice.percent(50)) await nothingSynced(control)
    if (child.exitCode !== null) throw new Violation(`the writer ended by itself (${child.exitCode}): ${stderr}`)
    child.kill('SIGKILL')
    await exited
  }
}

/**
 * Waits until the writer, whose syncs take for ever from now on, has nothing left to do without them. What it leaves in the
 * WAL then, its next life finds and shows, though none of it is on the disk.
 */
async function nothingSynced(control: ShimControl): Promise<void> {
  control.set({ syncDelayUs: 60_000_000 })
  for (let seen = -1; seen !== control.get('entries'); await sleep(10)) seen = control.get('entries')
}

function replace(data: string, image: string): void {
  rmSync(data, { recursive: true, force: true })
  cpSync(image, data, { recursive: true })
}

function lastNote(text: Buffer): number {
  return Number(text.toString().trimEnd().split('\n').at(-1)?.replace(foundPrefix, '') ?? 0)
}

/**
 * Moments in the journal, in order: some by chance, the others where it matters most: after acknowledgements and after pages of
 * the database while the WAL is not synced, after what a new process says of what it found, and around all else that a
 * checkpoint does.
 */
function chooseMoments(entries: readonly Entry[], count: number, dice: Dice): number[] {
  const unsynced = entriesBesideUnsyncedWal(entries)
  const after = (chosen: readonly (readonly [number, Entry])[]): number[] => chosen.map(([index]) => index + 1)
  const aims: readonly (readonly number[])[] = [
    after(unsynced.filter(([, entry]) => isNote(entry))),
    after(unsynced.filter(([, entry]) => entry.file === databaseId)),
    tellingGreetings(entries),
    entries.flatMap((entry, index) => (isOfCheckpoint(entry) ? [index + dice.between(-3, 12)] : [])),
  ]
  const moments = Array.from({ length: count }, (_, at) => {
    const aim = aims[at % (aims.length + 1)] ?? []
    const moment = aim.length > 0 ? dice.pick(aim) : dice.between(0, entries.length)
    return Math.min(entries.length, Math.max(0, moment))
  })
  return moments.toSorted((left, right) => left - right)
}

/** Entries, by their index, before which the WAL has been written and not synced since. */
function entriesBesideUnsyncedWal(entries: readonly Entry[]): (readonly [number, Entry])[] {
  let written = -1
  let syncedBefore = 0
  const found: (readonly [number, Entry])[] = []
  for (const [index, entry] of entries.entries()) {
    if (entry.file !== walId && written >= syncedBefore) found.push([index, entry])
    if (entry.kind === 'write' && entry.file === walId) written = index
    if (entry.kind === 'sync' && entry.file === walId) syncedBefore = Math.max(syncedBefore, entry.entries)
  }
  return found
}

function isNote(entry: Entry): entry is Extract<Entry, { kind: 'write' }> {
  return entry.kind === 'write' && entry.file === notesId
}

function isOfCheckpoint(entry: Entry): boolean {
  return entry.file === databaseId || (entry.kind === 'write' && entry.file === walId && entry.at === 0)
}

/**
 * Moments right after the first thing that the writer says in a life, where that is more than was acknowledged before: what it
 * found in the WAL, though the life before was killed before it could be synced.
 */
function tellingGreetings(entries: readonly Entry[]): number[] {
  const moments: number[] = []
  let told = Number.POSITIVE_INFINITY
  for (const [index, entry] of entries.entries()) {
    if (!isNote(entry)) continue
    const number = lastNote(entry.bytes)
    if (number > told && entry.bytes.toString().startsWith(foundPrefix)) moments.push(index + 1)
    told = number
  }
  return moments
}

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

  constructor(options: PowerPointsOptions) {
    this.#options = options
    this.#seed = String(options.dice.between(1, 1e9))
    this.#plan = new Plan(this.#seed)
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
    const result = { crashes: 0, commits: 0, records: 0, duringCheckpoints: 0 }
    let at = 0
    for (const [index, moment] of moments.entries()) {
      for (; at < moment; at++) {
        const entry = entries[at]!
        model.apply(entry)
        if (entry.kind === 'write' && entry.file === notesId) acknowledged = lastNote(entry.bytes)
      }
      const image = path.join(workspace, 'image')
      rmSync(image, { recursive: true, force: true })
      const loss = dice.pick(losses)
      const context = `seed ${this.#seed}, run ${this.#run}, entry ${moment} of ${entries.length}, ${model.pendingChanges} changes pending, lost: ${loss}`
      if (model.hasPending(databaseId)) result.duringCheckpoints++
      model.cutInto(image, dice, loss)
      writeFileSync(path.join(image, 'notes'), `${acknowledged}\n`)
      if (index === survivor) replace(data, image)
      const { commits, records } = await this.#check(image, acknowledged, context)
      result.crashes++
      result.commits += commits
      result.records += records
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
      for (let lives = dice.between(1, 5); lives > 0; lives--) {
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
    if (child.exitCode !== null) throw new Violation(`the writer ended by itself (${child.exitCode}): ${stderr}`)
    child.kill('SIGKILL')
    await exited
  }
}

function replace(data: string, image: string): void {
  rmSync(data, { recursive: true, force: true })
  cpSync(image, data, { recursive: true })
}

function lastNote(text: Buffer): number {
  return Number(text.toString().trimEnd().split('\n').at(-1)?.replace(foundPrefix, '') ?? 0)
}

/**
 * Moments in the journal, in order: half of them by chance, half around what matters most: syncs of the database file, a
 * WAL that begins anew, and what a new process says of what it found.
 */
function chooseMoments(entries: readonly Entry[], count: number, dice: Dice): number[] {
  const special = entries.flatMap((entry, index) => {
    const isWalHeader = entry.kind === 'write' && entry.file === walId && entry.at === 0
    const isOfDatabase = entry.file === databaseId
    return isWalHeader || isOfDatabase ? [index] : []
  })
  const greetings = entries.flatMap((entry, index) => (isGreeting(entry) ? [index + 1] : []))
  const moments = Array.from({ length: count }, (_, at) => {
    if (at % 2 === 0 || special.length === 0) return dice.between(0, entries.length)
    if (at % 4 === 1 && greetings.length > 0) return dice.pick(greetings)
    return Math.min(entries.length, Math.max(0, dice.pick(special) + dice.between(-3, 12)))
  })
  return moments.toSorted((left, right) => left - right)
}

/** The first thing that the writer says in each of its lives. */
function isGreeting(entry: Entry): boolean {
  return entry.kind === 'write' && entry.file === notesId && entry.bytes.toString().startsWith(foundPrefix)
}

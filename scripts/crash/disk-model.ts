import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Dice } from '../simulate/dice.ts'
import type { Entry } from './journal.ts'
import { directoryId, shimFiles } from './shim.ts'

type Change = Extract<Entry, { kind: 'write' | 'truncate' }>
type NameChange = Extract<Entry, { kind: 'create' | 'remove' }>

interface Pending<Kind> {
  /** Its number in the journal. */
  readonly index: number
  readonly change: Kind
}

interface Part {
  readonly at: number
  readonly bytes: Buffer
}

/** A disk writes sectors whole, or not at all. */
const sectorBytes = 512

/**
 * What becomes of changes that were never synced. Beside pure chance there are those that a careless order of writes
 * survives least: all but one, all of one file and nothing of the other.
 */
export const losses = [
  'everything',
  'nothing',
  'some changes',
  'some sectors',
  'all but one change',
  'all but one sector',
  'all after a moment',
  'the WAL',
  'the database',
] as const

export type Loss = (typeof losses)[number]

/** The contents of a file, whose memory grows ahead of it. */
class Contents {
  #bytes: Buffer
  size: number

  constructor(bytes: Buffer) {
    this.#bytes = Buffer.from(bytes)
    this.size = bytes.length
  }

  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.size)
  }

  copy(): Contents {
    return new Contents(this.bytes)
  }

  write(bytes: Buffer, at: number): void {
    const end = at + bytes.length
    if (end > this.#bytes.length) this.#bytes = Buffer.concat([this.bytes], Math.max(end, 2 * this.#bytes.length))
    bytes.copy(this.#bytes, at)
    this.size = Math.max(this.size, end)
  }

  truncate(size: number): void {
    if (size > this.size) this.write(Buffer.alloc(size - this.size), this.size)
    // What is cut off is zero when the file grows again.
    else this.#bytes.fill(0, size, this.size)
    this.size = size
  }
}

/**
 * A disk under one data directory, as strict as the standards allow: durable is what was written before a sync that has
 * ended, and that a file exists or is gone only after a sync of the directory. Of all else a power cut leaves what it likes,
 * sector by sector.
 */
export class DiskModel {
  readonly #durable: (Contents | undefined)[]
  readonly #pending: Pending<Change>[][] = shimFiles.map(() => [])
  readonly #names: Pending<NameChange>[] = []
  /** Contents of files that exist, though after a power cut perhaps not under their names. */
  readonly #contents: (Contents | undefined)[]
  /** By file and sector: parts whose sync failed. They may be on the disk or not, until the sector is written again. */
  readonly #forgone = shimFiles.map(() => new Map<number, Part[]>())
  #entries = 0

  /** `directory` as it is now is durable. */
  constructor(directory: string) {
    this.#durable = shimFiles.map(name => {
      const file = path.join(directory, name)
      return existsSync(file) ? new Contents(readFileSync(file)) : undefined
    })
    this.#contents = [...this.#durable]
  }

  /** Entries so far. */
  get entries(): number {
    return this.#entries
  }

  /** Changes that a power cut may take. */
  get pendingChanges(): number {
    return this.#pending.reduce((sum, changes) => sum + changes.length, this.#names.length)
  }

  /** Whether changes of a file wait for a sync. */
  hasPending(file: number): boolean {
    return this.#pending[file]!.length > 0
  }

  apply(entry: Entry): void {
    const index = this.#entries++
    switch (entry.kind) {
      case 'write':
      case 'truncate':
        this.#pending[entry.file]!.push({ index, change: entry })
        break
      case 'create':
        // Its contents count as those of the name, however often it is made anew.
        this.#contents[entry.file] = new Contents(Buffer.alloc(0))
        this.#forget(entry.file)
        this.#names.push({ index, change: entry })
        break
      case 'remove':
        this.#contents[entry.file] = undefined
        this.#forget(entry.file)
        this.#names.push({ index, change: entry })
        break
      case 'failedSync':
        this.#forgo(entry.file, entry.entries)
        break
      case 'sync':
        if (entry.file === directoryId) this.#syncNames(entry.entries)
        else this.#syncFile(entry.file, entry.entries)
    }
  }

  /**
   * A process was killed between a write and its note in the journal. Returns the entries that are missing to come to what
   * the files hold. To be called on a model that has all entries.
   */
  missing(directory: string): Entry[] {
    const entries: Entry[] = []
    for (const [file, name] of shimFiles.entries()) {
      const place = path.join(directory, name)
      const known = this.#contents[file]
      if (!existsSync(place)) {
        if (known) entries.push({ kind: 'remove', file })
        continue
      }
      if (!known) entries.push({ kind: 'create', file })
      const contents = known?.copy() ?? new Contents(Buffer.alloc(0))
      for (const { at, bytes } of [...this.#forgone[file]!.values()].flat()) contents.write(bytes, at)
      if (known) for (const { change } of this.#pending[file]!) applyWhole(change, contents)
      entries.push(...differences(file, contents.bytes, readFileSync(place)))
    }
    return entries
  }

  /** Writes into an empty directory what a restart may find. */
  cutInto(directory: string, dice: Dice, loss: Loss): void {
    mkdirSync(directory, { recursive: true })
    const survives = survivalOf(this.#pending.flat(), dice, loss)
    for (const [id, name] of shimFiles.entries()) {
      const contents = this.#afterCut(id, dice, loss)
      if (!contents) continue
      const copy = contents.copy()
      for (const parts of this.#forgone[id]!.values())
        if (dice.percent(50)) for (const { at, bytes } of parts) copy.write(bytes, at)
      if (contents === this.#contents[id]) for (const pending of this.#pending[id]!) survives(pending, copy)
      writeFileSync(path.join(directory, name), copy.bytes)
    }
  }

  /** The contents under a name after the cut: those of now, or of before it was made or removed. */
  #afterCut(id: number, dice: Dice, loss: Loss): Contents | undefined {
    const changes = this.#names.filter(({ change }) => change.file === id)
    if (changes.length === 0) return this.#contents[id]
    const isKept = loss === 'nothing' || (loss !== 'everything' && dice.percent(50))
    return isKept ? this.#contents[id] : this.#durable[id]
  }

  #forget(file: number): void {
    this.#pending[file] = []
    this.#forgone[file]!.clear()
  }

  /** What a failed sync was about. */
  #forgo(file: number, entries: number): void {
    if (file === directoryId) return
    const pending = this.#pending[file]!
    const count = pending.filter(({ index }) => index < entries).length
    for (const { change } of pending.splice(0, count)) {
      if (change.kind !== 'write') continue
      for (const [at, end] of sectorsOf(change.at, change.bytes.length)) {
        const part = { at, bytes: change.bytes.subarray(at - change.at, end - change.at) }
        this.#forgone[file]!.getOrInsertComputed(sectorAt(at), () => []).push(part)
      }
    }
  }

  /** A disk takes whole sectors: with what is written there now, it gets what was there before. */
  #redeem(file: number, change: Change, contents: Contents): void {
    const forgone = this.#forgone[file]!
    if (change.kind !== 'write' || forgone.size === 0) return
    for (const [at] of sectorsOf(change.at, change.bytes.length)) {
      for (const part of forgone.get(sectorAt(at)) ?? []) contents.write(part.bytes, part.at)
      forgone.delete(sectorAt(at))
    }
  }

  #syncFile(file: number, entries: number): void {
    const contents = this.#contents[file]
    const pending = this.#pending[file]!
    let count = 0
    for (; count < pending.length && pending[count]!.index < entries; count++) {
      const { change } = pending[count]!
      if (contents) this.#redeem(file, change, contents)
      if (contents) applyWhole(change, contents)
    }
    pending.splice(0, count)
  }

  #syncNames(entries: number): void {
    for (let at = 0; at < this.#names.length; ) {
      const { index, change } = this.#names[at]!
      if (index >= entries) at++
      else {
        this.#names.splice(at, 1)
        this.#durable[change.file] = this.#contents[change.file]
      }
    }
  }
}

function applyWhole(change: Change, contents: Contents): void {
  if (change.kind === 'truncate') contents.truncate(change.size)
  else contents.write(change.bytes, change.at)
}

function differences(file: number, known: Buffer, real: Buffer): Entry[] {
  const entries: Entry[] = []
  if (real.length < known.length) entries.push({ kind: 'truncate', file, size: real.length })
  for (let at = 0; at < real.length; at += sectorBytes) {
    const bytes = real.subarray(at, at + sectorBytes)
    if (!bytes.equals(known.subarray(at, at + bytes.length))) entries.push({ kind: 'write', file, at, bytes })
  }
  return entries
}

type Survival = (pending: Pending<Change>, contents: Contents) => void

/** Decides what of each pending change reaches the disk, and brings it there. */
function survivalOf(pending: readonly Pending<Change>[], dice: Dice, loss: Loss): Survival {
  const whole: Survival = ({ change }, contents) => applyWhole(change, contents)
  const none: Survival = () => {}
  const percent = dice.between(1, 99)
  const chosen = pending.length > 0 ? dice.pick(pending) : undefined
  const sectors = (isWritten: () => boolean): Survival => {
    return ({ change }, contents) => {
      if (change.kind === 'truncate') {
        if (isWritten()) contents.truncate(change.size)
        return
      }
      for (const [at, end] of sectorsOf(change.at, change.bytes.length))
        if (isWritten()) contents.write(change.bytes.subarray(at - change.at, end - change.at), at)
    }
  }
  const unlessChosen = (otherwise: Survival): Survival => {
    return (change, contents) => (change === chosen ? otherwise : whole)(change, contents)
  }
  const file = (name: (typeof shimFiles)[number]): Survival => {
    return (change, contents) => (change.change.file === shimFiles.indexOf(name) ? none : whole)(change, contents)
  }
  switch (loss) {
    case 'everything':
      return none
    case 'nothing':
      return whole
    case 'some changes':
      return (change, contents) => (dice.percent(percent) ? whole : none)(change, contents)
    case 'some sectors':
      return sectors(() => dice.percent(percent))
    case 'all but one change':
      return unlessChosen(none)
    case 'all but one sector': {
      const count =
        chosen?.change.kind === 'write' ? [...sectorsOf(chosen.change.at, chosen.change.bytes.length)].length : 1
      let left = dice.between(0, count - 1)
      return unlessChosen(sectors(() => left-- !== 0))
    }
    case 'all after a moment': {
      const torn = sectors(() => dice.percent(50))
      const last = chosen?.index ?? 0
      return (change, contents) => (change.index < last ? whole : change === chosen ? torn : none)(change, contents)
    }
    case 'the WAL':
      return file('streamctl.db-wal')
    case 'the database':
      return file('streamctl.db')
  }
}

function sectorAt(at: number): number {
  return Math.floor(at / sectorBytes)
}

/** The parts of a write that lie in one sector each, from and to. */
function* sectorsOf(from: number, length: number): Generator<[number, number]> {
  const end = from + length
  for (let at = from; at < end; ) {
    const next = Math.min(end, (sectorAt(at) + 1) * sectorBytes)
    yield [at, next]
    at = next
  }
}

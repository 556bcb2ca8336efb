import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Dice } from '../../simulate/dice.ts'
import { Workload } from '../../simulate/workload.ts'
import { DiskModel } from '../disk-model.ts'
import { type Entry, encodeEntry, entriesOf } from '../journal.ts'
import { ShimControl, shimEnvironment } from '../shim.ts'
import { NodeProcess } from './process.ts'
import { WireWorld } from './world.ts'

export interface SessionOptions {
  /** A directory of its own, which may be removed afterwards. */
  readonly workspace: string
  readonly dice: Dice
  /** Undefined for a node on the disk as it is. */
  readonly library: string | undefined
  /** Whether what it writes is noted, so that the power can be cut. */
  readonly hasJournal: boolean
  readonly sourceChanges: readonly string[]
  readonly flags?: readonly string[]
}

/** The end of the run must come, on any machine. */
const endingMs = 180_000

/** A node under load through any number of crashes, with all checks of what its clients are told. */
export class Session {
  readonly world: WireWorld
  readonly dice: Dice
  readonly control: ShimControl | undefined
  /** How often the node ended by itself or refused to start, and said why. */
  explained = 0
  readonly #options: SessionOptions
  readonly #workload: Workload
  #data: string
  #directories = 0
  #clients: Promise<unknown> | undefined
  #node: NodeProcess | undefined
  /** What has been written since `data` was last known to be durable. */
  #entries: Entry[] = []
  #model: DiskModel | undefined

  constructor(options: SessionOptions) {
    this.#options = options
    this.dice = options.dice
    this.world = new WireWorld(options.dice)
    this.#workload = new Workload(this.world, options.dice)
    mkdirSync(options.workspace, { recursive: true })
    if (options.library !== undefined) this.control = new ShimControl(path.join(options.workspace, 'control'))
    this.#data = this.newDirectory()
    if (options.hasJournal) this.#beginJournal()
  }

  get node(): NodeProcess {
    return this.#node!
  }

  /** Where the node's data is now. */
  get data(): string {
    return this.#data
  }

  newDirectory(): string {
    const directory = path.join(this.#options.workspace, `data-${++this.#directories}`)
    mkdirSync(directory, { mode: 0o700 })
    return directory
  }

  /** Starts the node, and the clients with the first one. False if the node refuses to start. */
  async start(): Promise<boolean> {
    const { library, hasJournal, sourceChanges, flags } = this.#options
    const { control } = this
    const journal = hasJournal ? this.#journal : undefined
    const environment =
      library !== undefined && control ? shimEnvironment({ library, data: this.#data, control, journal }) : {}
    this.#node = new NodeProcess({ data: this.#data, environment, sourceChanges, ...(flags ? { flags } : {}) })
    const address = await this.#node.ready()
    if (!address) return false
    this.world.nodeStarted(address.host, address.port)
    if (this.#clients) return true
    await this.#guarded(this.#workload.prepare())
    this.#clients = Promise.all(this.#workload.clients())
    this.#clients.catch(error => this.world.history.violate(error.stack ?? String(error), error))
    return true
  }

  /** Lets the clients work, while the node does, for some part of this time. */
  async load(msMax: number): Promise<void> {
    await Promise.race([sleep(this.dice.between(msMax / 10, msMax)), this.node.exited])
    this.#check()
  }

  /** Reads everything, while the clients go on. */
  async readEverything(): Promise<void> {
    await this.#guarded(this.#workload.readEverything())
  }

  async kill(): Promise<void> {
    this.world.nodeEnding()
    await this.node.kill()
    await this.ended()
  }

  /** The node has ended, in whatever way. */
  async ended(options: { readonly deaf?: boolean } = {}): Promise<void> {
    await this.world.nodeEnded(options)
    if (this.#model) this.#takeJournal(this.#model)
    this.#check()
  }

  /** The node has ended because of its disk: it must say so. */
  async endedByItself(): Promise<void> {
    this.world.nodeEnding()
    await this.node.exited
    this.node.checkExplained()
    this.explained++
    await this.ended()
  }

  /** After `ended`: the data from now on are in this directory, and what is there is durable. */
  moveTo(directory: string): void {
    rmSync(this.#data, { recursive: true, force: true })
    this.#data = directory
    if (this.#options.hasJournal) this.#beginJournal()
  }

  /** With a journal: all that the disk was told, and what it may have forgotten. */
  get model(): DiskModel {
    return this.#model!
  }

  /** Ends the clients and the node, and checks the whole. Returns what was checked. */
  async finish() {
    this.world.isStopping = true
    await this.#guarded(this.#clients ?? Promise.resolve())
    await this.#guarded(this.#untilStable())
    await this.#guarded(this.#workload.finish())
    this.world.nodeEnding()
    await this.node.stop()
    return this.#workload.counts()
  }

  async close(): Promise<void> {
    if (this.#node && !this.#node.hasExited) await this.#node.kill()
    // Clients that still wait for a node must end: nobody comes any more.
    this.world.isStopping = true
    this.world.history.violate('the session is over')
    this.control?.close()
    rmSync(this.#options.workspace, { recursive: true, force: true })
  }

  get #journal(): string {
    return path.join(this.#options.workspace, 'journal')
  }

  #beginJournal(): void {
    this.#entries = []
    writeFileSync(this.#journal, '')
    this.control!.set({ entries: 0 })
    this.#model = new DiskModel(this.#data)
  }

  /** A kill may come between a write and its note, or within the note: then the journal gets what is missing. */
  #takeJournal(model: DiskModel): void {
    for (const entry of entriesOf(readFileSync(this.#journal)).drop(this.#entries.length)) this.#take(entry, model)
    for (const entry of model.missing(this.#data)) this.#take(entry, model)
    writeFileSync(this.#journal, Buffer.concat(this.#entries.flatMap(encodeEntry)))
    this.control!.set({ entries: this.#entries.length })
  }

  #take(entry: Entry, model: DiskModel): void {
    this.#entries.push(entry)
    model.apply(entry)
  }

  /** Transactions that nobody ends are ended by the node. */
  async #untilStable(): Promise<void> {
    for (;;) {
      if (await this.#workload.isStable()) return
      await sleep(100)
    }
  }

  /** Waits for work that needs the node, and not for ever. */
  async #guarded(work: Promise<unknown>): Promise<void> {
    const node = this.#node
    const patience = new AbortController()
    const tooLong = sleep(endingMs, 'too long' as const, { signal: patience.signal }).catch(() => undefined)
    const ending = node?.exited.then(() => 'ended' as const)
    const first = await Promise.race([work.then(() => undefined), tooLong, ...(ending ? [ending] : [])])
    patience.abort()
    if (first === 'too long') this.world.history.violate(`the clients do not come to an end: ${node?.stderr}`)
    if (first === 'ended') this.world.history.violate(`the node ended by itself, ${node?.exitCode}: ${node?.stderr}`)
    this.#check()
  }

  #check(): void {
    if (this.world.history.violation) throw this.world.history.violation
  }
}

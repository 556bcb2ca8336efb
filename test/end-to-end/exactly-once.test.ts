// Consume, transform, produce: the loop that transactions are for, with processes and the node killed in the middle of it.
import { expect } from 'vitest'
import { confluentClient, kcat, kcatClient, startPython, testWith } from '../support/clients.ts'
import { signal } from '../support/group-scenario.ts'
import { createTopic } from '../support/kafka-cluster.ts'
import type { RunningProcess } from '../support/processes.ts'
import { faultsOf, startNode } from '../support/program.ts'

const partitions = 4

/** Processes that each transform what they are assigned, and start again under their name when they are killed. */
class Workers {
  readonly #address: string
  readonly #settings: (index: number) => readonly string[]
  readonly #processes: RunningProcess[] = []
  readonly #owned: (readonly number[])[] = []
  readonly #changes = signal()
  /** Records of transactions that a process reported before it was killed. */
  #transformed = 0

  constructor(address: string, settings: (index: number) => readonly string[]) {
    this.#address = address
    this.#settings = settings
  }

  start(index: number): void {
    const args = [this.#address, 'raw', 'done', 'workers', `worker-${index}`, ...this.#settings(index)]
    const process = startPython('confluent_transform.py', args)
    this.#processes[index] = process
    process.onLine('stdout', line => {
      const { committed = 0, assigned } = JSON.parse(line) as { committed?: number; assigned?: number[] }
      this.#transformed += committed
      if (assigned) this.#owned[index] = assigned
      this.#changes.notify()
    })
  }

  /** Signals a process before the end of its next transaction, whose records and offsets are on the node already. */
  async inTransaction(index: number, name: NodeJS.Signals): Promise<void> {
    const process = this.#processes[index]!
    let isArmed = false
    process.onLine('stdout', line => {
      if (!isArmed || !line.includes('undecided')) return
      isArmed = false
      process.signal(name)
      this.#changes.notify()
    })
    isArmed = true
    const what = () => `a transaction of worker ${index}, which owns ${this.#owned[index]}; ${this.#stderr()}`
    await this.#changes.until(() => !isArmed, what)
  }

  async kill(index: number): Promise<void> {
    await this.inTransaction(index, 'SIGKILL')
    await this.#processes[index]!.finished
  }

  goOn(index: number): void {
    this.#processes[index]!.signal('SIGCONT')
  }

  /** Waits for so many records more. */
  async progress(records: number): Promise<void> {
    const wanted = this.#transformed + records
    const what = () => `${wanted} records, ${this.#transformed} so far; ${this.#stderr()}`
    await this.#changes.until(() => this.#transformed >= wanted, what)
  }

  /** Waits until each worker owns between `least` and `most` partitions, as far as it has said. */
  async own(least: number, most: number): Promise<void> {
    const what = () => `owners of ${least} to ${most} partitions, now ${JSON.stringify(this.#owned)}; ${this.#stderr()}`
    const isOwner = (_: unknown, index: number): boolean => {
      const owned = this.#owned[index]?.length ?? 0
      return least <= owned && owned <= most
    }
    await this.#changes.until(() => this.#processes.every(isOwner), what)
  }

  async stop(): Promise<void> {
    for (const process of this.#processes) process.signal('SIGTERM')
    for (const { finished } of this.#processes) {
      const { exitCode, stderr } = await finished
      expect({ exitCode, stderr: exitCode === 0 ? '' : stderr }).toEqual({ exitCode: 0, stderr: '' })
    }
  }

  #stderr(): string {
    return this.#processes.map(process => process.stderr().slice(-500)).join('\n')
  }
}

/** Produces `record-FROM` and so on, each with itself as key. */
async function produce(address: string, from: number, until: number): Promise<void> {
  const values = Array.from({ length: until - from }, (_, i) => `record-${from + i}`)
  const input = values.map(value => `${value}:${value}\n`).join('')
  await kcat(['-b', address, '-P', '-t', 'raw', '-K', ':'], { input })
}

/** What a reader sees of the topic `done`, as PARTITION VALUE. */
async function done(address: string, isolation: 'read_committed' | 'read_uncommitted'): Promise<string[]> {
  const settings = ['-X', `isolation.level=${isolation}`]
  const result = await kcat(['-b', address, '-C', '-t', 'done', '-e', '-q', '-f', '%p %s\n', ...settings])
  return result.stdout.toString().split('\n').slice(0, -1)
}

/** A reader with read_committed sees each of the records once, those of a partition in order. */
async function expectEachOnce(address: string, count: number): Promise<void> {
  let lines: string[] = []
  const patience = AbortSignal.timeout(180_000)
  while (lines.length < count && !patience.aborted) lines = await done(address, 'read_committed')
  const wanted = Array.from({ length: count }, (_, i) => `RECORD-${i}`)
  expect(lines.map(line => line.split(' ')[1]).sort()).toEqual(wanted.sort())
  const newest = new Map<string, number>()
  for (const line of lines) {
    const [partition = '', value = ''] = line.split(' ')
    const number = Number(value.split('-')[1])
    expect(number).toBeGreaterThan(newest.get(partition) ?? -1)
    newest.set(partition, number)
  }
}

const bothClients = confluentClient.missing ? confluentClient : kcatClient

testWith(bothClients, 'records are transformed exactly once although workers and the node are killed', async () => {
  let node = await startNode()
  const { address } = node
  for (const topic of ['raw', 'done']) await createTopic(address, topic, { partitions })
  // Static members: who is killed comes back without a rebalance.
  const workers = new Workers(address, index => [`group.instance.id=worker-${index}`])
  for (let index = 0; index < 3; index++) workers.start(index)
  await workers.own(1, 2)
  let count = 0
  const produceMore = (): Promise<void> => {
    count += 300
    return produce(address, count - 300, count)
  }
  for (let round = 0; round < 4; round++) {
    const index = round % 3
    const killed = workers.kill(index)
    await produceMore()
    await killed
    workers.start(index)
    await Promise.all([workers.progress(100), produceMore()])
    await node.crash()
    node = await node.restart()
  }
  await expectEachOnce(address, count)
  await workers.stop()
  await expectEachOnce(address, count)
  expect((await done(address, 'read_uncommitted')).length).toBeGreaterThan(count)
  expect(await node.stop()).toMatchObject({ exitCode: 0 })
  expect(faultsOf(node)).toEqual([])
})

testWith(
  bothClients,
  'who takes over from a worker that hangs begins behind the transaction that it hangs in',
  async () => {
    const node = await startNode({ flags: ['--set', 'group.min.session.timeout.ms=1000'] })
    const { address } = node
    for (const topic of ['raw', 'done']) await createTopic(address, topic, { partitions })
    const workers = new Workers(address, () => ['session.timeout.ms=1500'])
    workers.start(0)
    await workers.own(partitions, partitions)
    const hangs = workers.inTransaction(0, 'SIGSTOP')
    await produce(address, 0, 10)
    await hangs
    workers.start(1)
    // The one that hangs has not heard that it owns nothing any more.
    await workers.own(partitions, partitions)
    workers.goOn(0)
    await produce(address, 10, 20)
    await expectEachOnce(address, 20)
    await workers.stop()
    await expectEachOnce(address, 20)
    expect(await node.stop()).toMatchObject({ exitCode: 0 })
    expect(faultsOf(node)).toEqual([])
  },
)

// Consume, transform, produce: the loop that transactions are for, with processes and the node killed in the middle of it.
import { expect } from 'vitest'
import { confluentClient, kcat, kcatClient, startPython, testWith } from '../support/clients.ts'
import { signal } from '../support/group-scenario.ts'
import { createTopic } from '../support/kafka-cluster.ts'
import type { RunningProcess } from '../support/processes.ts'
import { faultsOf, startNode } from '../support/program.ts'

const partitions = 4
const count = 4000
const workersMax = 3

/** Processes that each transform what they are assigned, and start again under their name when they are killed. */
class Workers {
  readonly #address: string
  readonly #processes: RunningProcess[] = []
  readonly #changes = signal()
  /** Records of transactions that a process reported before it was killed. */
  #transformed = 0

  constructor(address: string) {
    this.#address = address
  }

  start(index: number): void {
    const process = startPython('confluent_transform.py', [this.#address, 'raw', 'done', 'workers', `worker-${index}`])
    this.#processes[index] = process
    process.onLine('stdout', line => {
      this.#transformed += (JSON.parse(line) as { committed?: number }).committed ?? 0
      this.#changes.notify()
    })
  }

  /** Kills a process that has produced the records of a transaction, and not yet committed it unless it is very quick. */
  async kill(index: number): Promise<void> {
    const process = this.#processes[index]!
    let isArmed = false
    process.onLine('stdout', line => {
      if (isArmed && line.includes('produced')) process.signal('SIGKILL')
    })
    isArmed = true
    await process.finished
  }

  /** Waits for so many records more. */
  async progress(records: number): Promise<void> {
    const wanted = Math.min(this.#transformed + records, count)
    const what = () => `${wanted} records, ${this.#transformed} so far; ${this.#stderr()}`
    await this.#changes.until(() => this.#transformed >= wanted, what)
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

/** What a reader sees of the topic `done`, as PARTITION VALUE. */
async function done(address: string, isolation: 'read_committed' | 'read_uncommitted'): Promise<string[]> {
  const settings = ['-X', `isolation.level=${isolation}`]
  const result = await kcat(['-b', address, '-C', '-t', 'done', '-e', '-q', '-f', '%p %s\n', ...settings])
  return result.stdout.toString().split('\n').slice(0, -1)
}

testWith(
  confluentClient.missing ? confluentClient : kcatClient,
  'records are transformed exactly once although workers and the node are killed',
  async () => {
    let node = await startNode()
    const { address } = node
    for (const topic of ['raw', 'done']) await createTopic(address, topic, { partitions })
    const values = Array.from({ length: count }, (_, i) => `record-${i}`)
    const input = values.map(value => `${value}:${value}\n`).join('')
    await kcat(['-b', address, '-P', '-t', 'raw', '-K', ':'], { input })

    const workers = new Workers(address)
    workers.start(0)
    await workers.progress(100)
    for (let index = 1; index < workersMax; index++) workers.start(index)
    for (let round = 0; round < 4; round++) {
      await workers.progress(250)
      await workers.kill(round % workersMax)
      workers.start(round % workersMax)
      await workers.progress(250)
      await node.crash()
      node = await node.restart()
    }

    let seen: string[] = []
    while (new Set(seen).size < count) seen = await done(address, 'read_committed')
    await workers.stop()
    const everything = await done(address, 'read_committed')
    expect(everything.map(line => line.split(' ')[1]).sort()).toEqual(values.map(value => value.toUpperCase()).sort())
    inOrder(everything)
    expect((await done(address, 'read_uncommitted')).length).toBeGreaterThan(count)
    expect(await node.stop()).toMatchObject({ exitCode: 0 })
    expect(faultsOf(node)).toEqual([])
  },
  120_000,
)

/** Each partition has its records in the order in which they were produced. */
function inOrder(lines: readonly string[]): void {
  const newest = new Map<string, number>()
  for (const line of lines) {
    const [partition = '', value = ''] = line.split(' ')
    const number = Number(value.split('-')[1])
    expect(number).toBeGreaterThan(newest.get(partition) ?? -1)
    newest.set(partition, number)
  }
}

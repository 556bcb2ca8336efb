import { mkdtempSync, rmSync } from 'node:fs'
import path from 'node:path'
import { endTxnApi } from '../../src/protocol/messages/end-txn.ts'
import { initProducerIdApi } from '../../src/protocol/messages/init-producer-id.ts'
import { produceApi } from '../../src/protocol/messages/produce.ts'
import { BatchBuilder } from '../../src/protocol/records/build.ts'
import { Caller } from '../caller.ts'
import { BareExchange } from './bare-exchange.ts'
import type { CalmRuns } from './calm.ts'
import { createTopics } from './create-topic.ts'
import { startNode } from './node-process.ts'
import { rawBandwidth } from './raw-disk.ts'
import { markdownTable, median } from './table.ts'

const warmRounds = 200
const rounds = 500
const recordsPerBatch = 100
/** What a commit of such a batch writes: four pages. */
const commitBytes = 64 * 1024
const topic = 'load'
const transactionalId = 'bench'

/** Medians, milliseconds. */
interface Figures {
  readonly plain: number
  /** The same request, and then another one with a single record. */
  readonly oneMore: number
  readonly transaction: number
  /** A request that is written to a file and synced, without a log: what the runtime and the machine need for it. */
  readonly bare: number
  readonly fsync: number
}

/** A transaction of 100 records in one partition, against the same records without one; medians, milliseconds. */
export async function transactionTable(options: { directory: string; runs: number; calm: CalmRuns }): Promise<string> {
  const runs = await options.calm.runs(options.runs, () => measure(options.directory))
  const middle = (of: (run: Figures) => number): string => median(runs.map(of)).toFixed(2)
  return markdownTable(
    ['100 records', 'ms', 'more than without', 'bare write and fsync of 16 KiB'],
    [
      ['acks=all', middle(run => run.plain), '-', middle(run => run.fsync)],
      ['bare exchange (TCP, thread, write, fsync)', middle(run => run.bare), '-', '-'],
      ['acks=all, then a single record', middle(run => run.oneMore), middle(run => run.oneMore - run.plain), '-'],
      [
        'transaction (Produce v12, EndTxn v5)',
        middle(run => run.transaction),
        middle(run => run.transaction - run.plain),
        '-',
      ],
    ],
  )
}

async function measure(directory: string): Promise<Figures> {
  const data = mkdtempSync(path.join(directory, 'transactions-'))
  const node = await startNode({ directory: data, durability: 'fsync', settings: {} })
  try {
    await createTopics(node, [{ name: topic, partitions: 1 }])
    const caller = await Caller.open(node)
    // Built anew for each run, as a transaction's has to be: what was just built is still in the processor's caches.
    let hundred = batch(recordsPerBatch, {})
    const build = (): void => {
      hundred = batch(recordsPerBatch, {})
    }
    const single = batch(1, {})
    const bare = await BareExchange.open({ directory: data, requestBytes: hundred.length, blockBytes: commitBytes })
    const figures = await interleaved({
      plain: { prepare: build, run: () => produce(caller, hundred, null) },
      oneMore: {
        prepare: build,
        async run() {
          await produce(caller, hundred, null)
          await produce(caller, single, null)
        },
      },
      transaction: await transactions(caller),
      bare: { run: () => bare.call() },
    })
    caller.close()
    await bare.close()
    const blockBytes = 16 * 1024
    const bandwidth = rawBandwidth({ directory, blockBytes, mode: 'overwrite', totalBytes: 2000 * blockBytes })
    return { ...figures, fsync: blockBytes / 1e3 / bandwidth }
  } finally {
    await node.close()
    rmSync(data, { recursive: true, force: true })
  }
}

interface Action {
  /** What is not part of the time. */
  readonly prepare?: () => void
  readonly run: () => Promise<void>
}

/** A transaction with each run, as a producer of the second generation makes them (KIP-890). */
async function transactions(caller: Caller): Promise<Action> {
  const started = await caller.call(initProducerIdApi, 5, { transactionalId, transactionTimeoutMs: 60_000 })
  check(started.errorCode)
  let { producerId, producerEpoch } = started
  let records: Buffer
  return {
    prepare() {
      // Each end raises the epoch, so that no batch can be sent twice.
      records = batch(recordsPerBatch, { producerId, producerEpoch, baseSequence: 0, transactional: true })
    },
    async run() {
      await produce(caller, records, transactionalId)
      const ended = await caller.call(endTxnApi, 5, { transactionalId, producerId, producerEpoch, committed: true })
      check(ended.errorCode)
      ;({ producerId, producerEpoch } = ended)
    },
  }
}

async function produce(caller: Caller, records: Buffer, id: string | null): Promise<void> {
  const topicData = [{ name: topic, partitionData: [{ index: 0, records }] }]
  const answer = await caller.call(produceApi, 12, { transactionalId: id, acks: -1, timeoutMs: 30_000, topicData })
  check(answer.responses[0]!.partitionResponses[0]!.errorCode)
}

function batch(records: number, options: Parameters<BatchBuilder['build']>[0]): Buffer {
  const builder = new BatchBuilder()
  for (let at = 0; at < records; at++) builder.append(1_700_000_000_000 + at, null, Buffer.alloc(100, 'x'))
  return builder.build(options)
}

/** The median time of each action. They take turns, so that a slow moment touches all of them. */
async function interleaved<Name extends string>(
  actions: Readonly<Record<Name, Action>>,
): Promise<Record<Name, number>> {
  const names = Object.keys(actions) as Name[]
  const times = new Map<Name, number[]>(names.map(name => [name, []]))
  for (let round = -warmRounds; round < rounds; round++) {
    for (const name of names) {
      actions[name].prepare?.()
      const begun = performance.now()
      await actions[name].run()
      if (round >= 0) times.get(name)!.push(performance.now() - begun)
    }
  }
  return Object.fromEntries(names.map(name => [name, median(times.get(name)!)])) as Record<Name, number>
}

function check(errorCode: number): void {
  if (errorCode !== 0) throw new Error(`the node answers error ${errorCode}`)
}

import { mkdtempSync, rmSync } from 'node:fs'
import path from 'node:path'
import { endTxnApi } from '../../src/protocol/messages/end-txn.ts'
import { initProducerIdApi } from '../../src/protocol/messages/init-producer-id.ts'
import { produceApi } from '../../src/protocol/messages/produce.ts'
import { BatchBuilder } from '../../src/protocol/records/build.ts'
import { Caller } from '../caller.ts'
import type { CalmRuns } from './calm.ts'
import { createTopics } from './create-topic.ts'
import { startNode } from './node-process.ts'
import { rawBandwidth } from './raw-disk.ts'
import { markdownTable, median } from './table.ts'

const rounds = 500
const recordsPerBatch = 100
const topic = 'load'
const transactionalId = 'bench'

interface Figures {
  readonly plain: number
  readonly transaction: number
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
    const plain = await medianMs(() => produce(caller, batch({}), null))
    const transaction = await medianMs(await transactions(caller))
    caller.close()
    const blockBytes = 16 * 1024
    const bandwidth = rawBandwidth({ directory, blockBytes, mode: 'overwrite', totalBytes: 2000 * blockBytes })
    return { plain, transaction, fsync: blockBytes / 1e3 / bandwidth }
  } finally {
    await node.close()
    rmSync(data, { recursive: true, force: true })
  }
}

/** A transaction with each call, as a producer of the second generation makes them (KIP-890). */
async function transactions(caller: Caller): Promise<() => Promise<void>> {
  const started = await caller.call(initProducerIdApi, 5, { transactionalId, transactionTimeoutMs: 60_000 })
  check(started.errorCode)
  let { producerId, producerEpoch } = started
  return async () => {
    await produce(caller, batch({ producerId, producerEpoch, baseSequence: 0, transactional: true }), transactionalId)
    const ended = await caller.call(endTxnApi, 5, { transactionalId, producerId, producerEpoch, committed: true })
    check(ended.errorCode)
    ;({ producerId, producerEpoch } = ended)
  }
}

async function produce(caller: Caller, records: Buffer, id: string | null): Promise<void> {
  const topicData = [{ name: topic, partitionData: [{ index: 0, records }] }]
  const answer = await caller.call(produceApi, 12, { transactionalId: id, acks: -1, timeoutMs: 30_000, topicData })
  check(answer.responses[0]!.partitionResponses[0]!.errorCode)
}

function batch(options: Parameters<BatchBuilder['build']>[0]): Buffer {
  const builder = new BatchBuilder()
  for (let at = 0; at < recordsPerBatch; at++) builder.append(1_700_000_000_000 + at, null, Buffer.alloc(100, 'x'))
  return builder.build(options)
}

async function medianMs(action: () => Promise<void>): Promise<number> {
  const times: number[] = []
  for (let round = 0; round < rounds; round++) {
    const begun = performance.now()
    await action()
    times.push(performance.now() - begun)
  }
  return median(times)
}

function check(errorCode: number): void {
  if (errorCode !== 0) throw new Error(`the node answers error ${errorCode}`)
}

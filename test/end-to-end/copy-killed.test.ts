// What only real processes show: a copy that is killed, and a disk that takes no more.
import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemEnv } from '../../src/base/system-env.ts'
import { parseBrokerList } from '../../src/client/address.ts'
import { Cluster } from '../../src/client/cluster.ts'
import { endOffsets, findTopic } from '../../src/client/list-offsets.ts'
import { temporaryDirectory } from '../support/processes.ts'
import { faultsOf, type RunningNode, shell, startNode, startStreamctl, streamctl } from '../support/program.ts'
import { recordingLog } from '../support/simulated-env.ts'

let node: RunningNode
let other: RunningNode
let target: Cluster
beforeAll(async () => {
  ;[node, other] = await Promise.all([startNode({ data: 'ephemeral' }), startNode({ data: 'ephemeral' })])
  target = new Cluster({ env: systemEnv({ log: recordingLog() }), brokers: parseBrokerList(other.address) })
  // A rate makes many small batches.
  const { exitCode } = await shell(
    `streamctl topic create killed -p 2; seq 1 20000 | sed 's/.*/&:&/' | streamctl produce killed -K : --rate 40000`,
    { environment: { STREAMCTL_BROKERS: node.address } },
  )
  expect(exitCode).toBe(0)
})
afterAll(async () => {
  target.close()
  for (const { stop } of [node, other]) await stop()
  expect([...faultsOf(node), ...faultsOf(other)]).toEqual([])
})

/** How much of the copy is committed. */
async function copied(): Promise<number> {
  const topic = await findTopic(target, 'killed').catch(() => undefined)
  if (!topic) return 0
  const ends = await endOffsets(target, topic, [0, 1])
  return [...ends.values()].reduce((sum, offset) => sum + offset, 0)
}

test('a copy that is killed again and again has each record once', async () => {
  const environment = { STREAMCTL_BROKERS: node.address }
  for (const signal of ['SIGKILL', 'SIGKILL', 'SIGINT'] as const) {
    const before = await copied()
    const copy = startStreamctl(['copy', 'killed', '--to', other.address, '--rate', '4000'], { environment })
    let isOver = false
    const finished = copy.finished.finally(() => {
      isOver = true
    })
    while ((await copied()) === before && !isOver);
    copy.signal(signal)
    await finished
  }
  const last = await streamctl(['copy', 'killed', '--to', other.address], { environment })
  expect(last).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('going on where an earlier run stopped') })
  const { stdout } = await streamctl(['consume', 'killed', '-e', '-b', other.address])
  const values = stdout.toString().trim().split('\n').map(Number)
  expect(values.sort((a, b) => a - b)).toEqual(Array.from({ length: 20_000 }, (_, at) => at + 1))
})

test('an export that the file system does not take leaves nothing behind', async () => {
  const directory = temporaryDirectory()
  const file = path.join(directory, 'a.archive')
  // So few bytes are room for the head, not for the records.
  const script = `trap '' XFSZ; ulimit -f 4; streamctl export ${file} killed`
  const result = await shell(script, { environment: { STREAMCTL_BROKERS: node.address } })
  expect(result).toMatchObject({
    exitCode: 1,
    stderr: expect.stringMatching(/^streamctl: cannot write .*larger than allowed\n {2}hint: .*\n$/),
  })
  expect(readdirSync(directory)).toEqual([])
  expect(existsSync(file)).toBe(false)
})

// What `streamctl complete` answers from a live cluster, and what it does without one.
import { type AddressInfo, createServer } from 'node:net'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { run } from '../../../src/cli/program.ts'
import { simulatedEnv } from '../../support/simulated-env.ts'
import { until } from '../../support/until.ts'
import { fakeIo } from '../fake-io.ts'
import { liveNode } from '../live-node.ts'
import { openTransaction } from '../open-transaction.ts'

const node = liveNode()
beforeAll(async () => {
  await node.ok('topic', 'create', 'web', 'web-2', 'orders')
  await node.ok('group', 'seek', 'billing', 'web', '--to', 'end', '--execute')
  await openTransaction(node.cluster, 'payments', 'orders')
})

/** The first line, and the words of those below it. */
async function answered(...words: string[]): Promise<readonly string[]> {
  const out = await node.ok('complete', '--', ...words)
  return out
    .trimEnd()
    .split('\n')
    .map(line => line.split('\t')[0] ?? '')
}

test.each<[words: readonly string[], answer: readonly string[]]>([
  [
    ['topic', 'describe', 'we'],
    ['words', 'web', 'web-2'],
  ],
  [
    ['topic', 'describe', 'web', 'o'],
    ['words', 'orders'],
  ],
  [
    ['group', 'lag', ''],
    ['words', 'billing'],
  ],
  [
    ['consume', 'web', '--group', 'b'],
    ['words', 'billing'],
  ],
  [
    ['txn', 'abort', ''],
    ['words', 'payments'],
  ],
  [
    ['topic', 'alter', 'web', '-c', 'retention.m'],
    ['nospace', 'retention.ms='],
  ],
  [
    ['topic', 'alter', 'web', '--config=retention.m'],
    ['nospace', '--config=retention.ms='],
  ],
  [
    ['topic', 'alter', 'web', '-u', 'retention.m'],
    ['words', 'retention.ms'],
  ],
  [
    ['config', 'set', 'topic', 'web', 'retention.m'],
    ['nospace', 'retention.ms='],
  ],
  [
    ['config', 'unset', 'topic', 'web', 'retention.m'],
    ['words', 'retention.ms'],
  ],
  [
    ['config', 'set', 'broker', ''],
    ['words', '1', 'default'],
  ],
  [
    ['config', 'set', 'broker', 'default', 'log.retention.m'],
    ['nospace', 'log.retention.ms='],
  ],
  [
    ['config', 'describe', 'group', ''],
    ['words', 'billing'],
  ],
  [['config', 'describe', 'nonsense', ''], ['words']],
  [['config', 'describe', 'broker', 'nonsense', ''], ['words']],
  [['topic', 'describe', '-b', 'not an address', ''], ['words']],
])('behind %j comes %j', async (words, answer) => expect(await answered(...words)).toEqual(answer))

test('a cluster that takes its time is not waited for', async () => {
  let isAsked = false
  const silent = createServer(socket => socket.on('data', () => (isAsked = true)))
  await new Promise<void>(resolve => silent.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void silent.close())
  const { port } = silent.address() as AddressInfo
  const env = simulatedEnv()
  const io = fakeIo({ env, variables: { STREAMCTL_BROKERS: `127.0.0.1:${port}` } })
  const running = run(['complete', '--', 'topic', 'describe', ''], io)
  await until(() => isAsked)
  env.clock.advance(2_000)
  expect({ code: await running, out: io.out(), err: io.err() }).toEqual({ code: 0, out: 'words\n', err: '' })
})

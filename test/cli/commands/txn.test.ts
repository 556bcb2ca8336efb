// txn against a node in this process.
import { beforeAll, expect, test } from 'vitest'
import { liveNode } from '../live-node.ts'
import { openTransaction } from '../open-transaction.ts'

const node = liveNode()
beforeAll(async () => {
  await node.ok('topic', 'create', 'web', 'orders')
})

test('nothing is listed while there are no transactions', async () => {
  expect(await node.ok('txn', 'list')).toBe('')
  expect(await node.command(['txn', 'find-hanging'])).toEqual({ code: 0, out: '', err: 'no transaction hangs\n' })
})

test('an open transaction is listed, described and aborted, after a question', async () => {
  const { producerId } = await openTransaction(node.cluster, 'payments', 'web')
  expect(await node.ok('txn', 'list')).toBe(`payments\t${producerId}\tOngoing\t1\n`)
  expect(await node.ok('txn', 'list', '--state', 'Ongoing', '-r', 'pay.*')).toContain('payments')
  expect(await node.ok('txn', 'list', '--older-than', '1h')).toBe('')
  expect(JSON.parse(await node.ok('txn', 'describe', 'payments', '--json'))).toMatchObject({
    transactionalId: 'payments',
    producerId,
    state: 'Ongoing',
    coordinator: 1,
    timeoutMs: 600_000,
    startedAtMs: expect.any(Number),
    openMs: expect.any(Number),
    partitions: [{ topic: 'web', partition: 0 }],
  })
  const refused = await node.command(['txn', 'abort', 'payments'], { terminal: true, input: 'n\n' })
  expect(refused).toMatchObject({ code: 1, err: expect.stringContaining(`fence producer ${producerId}? [y/N]`) })
  await node.ok('txn', 'abort', 'payments', '--yes')
  expect(await node.ok('txn', 'list', '--state', 'Ongoing')).toBe('')
  expect(await node.ok('consume', 'web', '-e')).toBe('')
})

test('a transaction that hangs in a partition is found, and ended by a marker', async () => {
  const { producerId } = await openTransaction(node.cluster, 'lost', 'orders')
  // Its coordinator knows it, so that it does not hang; that it is silent is not enough.
  expect(await node.ok('txn', 'find-hanging', 'orders', '--silent-for', '0ms')).toBe('')
  const refused = await node.command(['txn', 'abort', '--hanging', 'orders:0'])
  expect(refused).toMatchObject({ code: 2, err: expect.stringContaining('--yes') })
  expect(await node.ok('txn', 'abort', '--hanging', 'orders:0', '--start-offset', '0', '--yes', '--json')).toContain(
    `"producerId":${producerId}`,
  )
  // The marker ends the stretch that readers of committed records wait for.
  expect(JSON.parse(await node.ok('topic', 'describe', 'orders', '--json')).partitions[0].end).toBe(2)
  expect(await node.command(['txn', 'abort', '--hanging', 'orders:0', '--yes'])).toMatchObject({
    code: 1,
    err: 'streamctl: no transaction is open in orders:0\n',
  })
})

test.each<[readonly string[], number, string]>([
  [['describe', 'nobody'], 1, 'TRANSACTIONAL_ID_NOT_FOUND'],
  [['abort'], 2, 'say which one'],
  [['abort', 'x', '--hanging', 'web:0'], 2, 'say which one'],
  [['abort', 'nobody', '--yes'], 1, 'TRANSACTIONAL_ID_NOT_FOUND'],
  [['abort', 'payments', '--yes'], 1, "'payments' has no open transaction"],
  [['abort', '--hanging', 'web', '--yes'], 2, "'web' is no partition"],
  [['abort', '--hanging', 'nowhere:0', '--yes'], 1, "topic 'nowhere'"],
  [['list', '--older-than', 'long'], 2, '--older-than must be'],
  [['list', '--state', 'Dreaming'], 1, 'no state is called Dreaming'],
])('txn %j is refused', async (args, code, message) => {
  const refused = await node.command(['txn', ...args])
  expect(refused).toMatchObject({ code, out: '', err: expect.stringMatching(/^streamctl: .*\n( {2}hint: .*\n)?$/) })
  expect(refused.err).toContain(message)
})

// cluster against a node in this process, and against brokers of which one does not answer.
import { beforeAll, expect, test } from 'vitest'
import { liveNode } from '../live-node.ts'

const node = liveNode()
beforeAll(async () => {
  await node.ok('topic', 'create', 'web', '-p', '3')
})

test('brokers, controller and features', async () => {
  const described = JSON.parse(await node.ok('cluster', 'describe', '--json'))
  expect(described).toEqual({
    cluster: expect.stringMatching(/^\S{22}$/),
    controller: 1,
    topics: 1,
    partitions: 3,
    leaderless: 0,
    underReplicated: 0,
    brokers: [
      {
        broker: 1,
        host: '127.0.0.1',
        port: Number(node.address.split(':')[1]),
        rack: null,
        controller: true,
        kafkaVersion: expect.toBeOneOf([null, '4.2']),
        latencyMs: expect.any(Number),
        failure: null,
      },
    ],
    features: expect.arrayContaining([{ feature: 'transaction.version', level: 2, min: 0, max: 2 }]),
  })
})

test('for people, and with what the brokers speak', async () => {
  const text = await node.ok('cluster', 'describe', '--apis', '--format', 'text')
  expect(text).toMatch(/^cluster +\S{22}\ncontroller +1\n/)
  expect(text).toMatch(/\nBROKER {2}ADDRESS/)
  expect(text).toMatch(/\nKEY {2}API +MIN {2}MAX\n(?:.*\n)* 18 {2}ApiVersions +0 +4\n/)
})

test('a cluster that is not there is unreachable', async () => {
  expect(await node.command(['cluster', 'describe', '-b', '127.0.0.1:1'])).toMatchObject({ code: 4, out: '' })
})

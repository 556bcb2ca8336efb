// Groups as they are in practice: members of different clients, members that die, members that come back.
import { expect } from 'vitest'
import { confluentClient, kafkaPythonClient, kcat, kcatClient, startPython, testWith } from '../support/clients.ts'
import {
  type GroupPlace,
  liveThroughRebalances,
  type MemberEvents,
  processMember,
  signal,
} from '../support/group-scenario.ts'
import { clusterForFile, createTopic } from '../support/kafka-cluster.ts'
import type { RunningProcess } from '../support/processes.ts'

const cluster = clusterForFile()

async function produce({ brokers, topic }: GroupPlace, values: readonly string[]): Promise<void> {
  const input = values.map(value => `${value}:${value}\n`).join('')
  const { exitCode, stderr } = await kcat(['-b', brokers, '-P', '-t', topic, '-K', ':'], { input })
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
}

const everyClient = [kcatClient, confluentClient, kafkaPythonClient].find(client => client.missing) ?? kcatClient

testWith(everyClient, 'members of librdkafka and kafka-python share one group', () =>
  liveThroughRebalances({
    cluster,
    startMember: async ({ brokers, topic, group }, events, index) => {
      const script = index % 2 === 0 ? 'confluent_member.py' : 'kafka_python_member.py'
      return processMember(startPython(script, [brokers, topic, group]), events)
    },
    produce,
  }),
)

/** A topic of two partitions and a group for it. */
async function newPlace(): Promise<GroupPlace> {
  const place = { brokers: cluster.brokers, topic: cluster.uniqueName('t'), group: cluster.uniqueName('g') }
  await createTopic(place.brokers, place.topic, { partitions: 2 })
  return place
}

/** Members of librdkafka and what they own, in the order of their start. */
function members(place: GroupPlace) {
  const owned: (readonly number[])[] = []
  const values: string[][] = []
  const assignments: number[] = []
  const changes = signal()
  return {
    values,
    /** How often each member was given partitions. */
    assignments,
    start(...settings: string[]): RunningProcess {
      const index = owned.push([]) - 1
      values.push([])
      assignments.push(0)
      const events: MemberEvents = {
        assigned(partitions) {
          owned[index] = partitions
          if (partitions.length > 0) assignments[index]!++
          changes.notify()
        },
        received(record) {
          values[index]!.push(record.value)
          changes.notify()
        },
      }
      const child = startPython('confluent_member.py', [place.brokers, place.topic, place.group, ...settings])
      processMember(child, events)
      return child
    },
    forget(index: number): void {
      owned[index] = []
    },
    owns: (...counts: number[]) =>
      changes.until(
        () => counts.every((count, i) => owned[i]!.length === count),
        () => `owners of ${counts}, now ${JSON.stringify(owned)}`,
      ),
    received: (index: number, ...wanted: string[]) =>
      changes.until(
        () => wanted.every(value => values[index]!.includes(value)),
        () => `${wanted} at member ${index}, which has ${values[index]}`,
      ),
  }
}

async function leave(child: RunningProcess): Promise<void> {
  child.signal('SIGTERM')
  const { exitCode, stderr } = await child.finished
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
}

testWith(
  confluentClient,
  'the partitions of a member that is killed go to the others when its session ends',
  async () => {
    const place = await newPlace()
    const group = members(place)
    const killed = group.start()
    await group.owns(2)
    const survivor = group.start()
    await group.owns(1, 1)
    killed.signal('SIGKILL')
    await killed.finished
    group.forget(0)
    await group.owns(0, 2)
    await leave(survivor)
  },
)

testWith(
  kcatClient.missing ? kcatClient : confluentClient,
  'a static member that comes back gets its partitions without a rebalance',
  async () => {
    const place = await newPlace()
    const group = members(place)
    const first = group.start('group.instance.id=one', 'session.timeout.ms=30000')
    await group.owns(2)
    const other = group.start('group.instance.id=two', 'session.timeout.ms=30000')
    await group.owns(1, 1)
    const before = group.assignments[1]
    await leave(first)
    group.forget(0)
    const again = group.start('group.instance.id=one', 'session.timeout.ms=30000')
    await group.owns(0, 1, 1)
    // With 20 keys each partition gets some, and each member its own.
    const values = Array.from({ length: 20 }, (_, i) => `value-${i}`)
    await produce(place, values)
    await signalled(group, values)
    expect(group.assignments[1]).toBe(before)
    for (const member of [other, again]) await leave(member)
  },
)

async function signalled(group: ReturnType<typeof members>, values: readonly string[]): Promise<void> {
  const missing = (): string[] => values.filter(value => !group.values.flat().includes(value))
  // Each member's own arrival wakes the wait for it.
  while (missing().length > 0) {
    const value = missing()[0]!
    await Promise.race([group.received(1, value), group.received(2, value)])
  }
}

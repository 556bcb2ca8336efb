import { beforeEach, expect, test } from 'vitest'
import type { GroupRecord } from '../../src/group/group-record.ts'
import { RecordWriter } from '../../src/group/record-writer.ts'
import { coordinatorWith, FakeDisk, joinRequest, newClient, syncRequest } from './group-fixture.ts'

let disk: FakeDisk
let writer: RecordWriter
let durable: number[]

beforeEach(() => {
  disk = new FakeDisk()
  disk.isHeld = true
  writer = new RecordWriter(disk)
  durable = []
})

const record = (generation: number) => ({ groupId: 'g', generation, members: [] }) as unknown as GroupRecord
const save = (generation: number, mayWait: boolean) =>
  writer.save(record(generation), mayWait, () => durable.push(generation))
const written = () =>
  disk.changes.map(change => change.kind === 'saveGroup' && (JSON.parse(change.group.body) as GroupRecord).generation)

test('records that may wait become one while another is on its way', () => {
  for (const generation of [1, 2, 3, 4]) save(generation, true)
  disk.commit()
  expect({ written: written(), durable }).toEqual({ written: [1], durable: [1] })
  disk.commit()
  expect({ written: written(), durable }).toEqual({ written: [1, 4], durable: [1, 2, 3, 4] })
  save(5, true)
  disk.commit()
  expect(written()).toEqual([1, 4, 5])
})

test('a record that may not wait is written at once, behind those that wait', () => {
  save(1, true)
  save(2, true)
  save(3, false)
  save(4, false)
  disk.commit()
  expect({ written: written(), durable }).toEqual({ written: [1, 2, 3, 4], durable: [1, 2, 3, 4] })
})

test('at the end nothing waits any longer', () => {
  save(1, true)
  save(2, true)
  writer.flush()
  disk.commit()
  expect({ written: written(), durable }).toEqual({ written: [1, 2], durable: [1, 2] })
})

test('static members that come back together write the group twice', async () => {
  const fixture = coordinatorWith()
  const instances = Array.from({ length: 20 }, (_, i) => `instance-${i}`)
  const { coordinator } = fixture
  const join = (groupInstanceId: string) => coordinator.join(joinRequest({ groupInstanceId }), newClient)
  const joining = Promise.all(instances.map(join))
  fixture.env.clock.advance(6_000)
  const { leader, generationId } = (await joining)[0]!
  await coordinator.sync(syncRequest({ memberId: leader, generationId }))
  const before = fixture.disk.changes.length
  fixture.disk.isHeld = true
  const returned = Promise.all(instances.map(join))
  fixture.disk.commit()
  fixture.disk.commit()
  const memberIds = (await returned).map(({ memberId }) => memberId)
  expect((await returned).every(answer => answer.generationId === generationId)).toBe(true)
  expect(fixture.disk.changes.length - before).toBe(2)
  const members = fixture.restart().coordinator.describe('g').members
  expect(members.map(({ memberId }) => memberId).sort()).toEqual(memberIds.sort())
})

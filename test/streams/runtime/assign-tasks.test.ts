import { expect, test } from 'vitest'
import {
  type AssignableMember,
  type AssignableTask,
  assignDefaults,
  assignTasks,
  type MemberAssignment,
} from '../../../src/streams/runtime/assign-tasks.ts'

const options = { ...assignDefaults, standbys: 0 }

const stateless = (count: number): AssignableTask[] =>
  Array.from({ length: count }, (_, partition) => ({ id: `0_${partition}`, endSum: undefined }))

const stateful = (count: number, endSum: number): AssignableTask[] => stateless(count).map(({ id }) => ({ id, endSum }))

function member(
  memberId: string,
  {
    process = memberId,
    active = [],
    state = {},
  }: { process?: string; active?: string[]; state?: Record<string, number> } = {},
): AssignableMember {
  return { memberId, process, active: new Set(active), state: new Map(Object.entries(state)) }
}

const shown = (assignments: ReadonlyMap<string, MemberAssignment>): Record<string, MemberAssignment> =>
  Object.fromEntries(assignments)

/** Shares out again and again, as members that let go of tasks and warm up make the group do, until nothing changes. */
function settled(tasks: readonly AssignableTask[], members: readonly AssignableMember[], given = options) {
  let current = members
  for (let round = 1; ; round++) {
    const assignments = assignTasks(tasks, current, given)
    const next = current.map(one => {
      const { active, standby } = assignments.get(one.memberId)!
      const warm = standby.map((id): [string, number] => [id, tasks.find(task => task.id === id)!.endSum ?? 0])
      return { ...one, active: new Set(active), state: new Map([...one.state, ...warm]) }
    })
    const isSame = next.every((one, at) => [...one.active].join() === [...current[at]!.active].join())
    const hasWarmups = [...assignments.values()].some(({ warmup }) => warmup.length > 0)
    if (isSame && !hasWarmups) return { assignments, rounds: round }
    if (round > 50) throw new Error('it never settles')
    current = next
  }
}

test('tasks are spread evenly over members that have nothing', () => {
  const assignments = assignTasks(stateless(5), [member('a'), member('b')], options)
  expect(shown(assignments)).toEqual({
    a: { active: ['0_0', '0_2', '0_4'], standby: [], warmup: [] },
    b: { active: ['0_1', '0_3'], standby: [], warmup: [] },
  })
})

test('a member that comes gets tasks only when their owner has let go of them', () => {
  const members = [member('a', { active: ['0_0', '0_1', '0_2', '0_3'] }), member('b')]
  const first = assignTasks(stateless(4), members, options)
  expect([first.get('a')?.active, first.get('b')?.active]).toEqual([['0_0', '0_1'], []])
  const { assignments, rounds } = settled(stateless(4), members)
  expect([assignments.get('a')?.active, assignments.get('b')?.active]).toEqual([
    ['0_0', '0_1'],
    ['0_2', '0_3'],
  ])
  expect(rounds).toBe(3)
})

test('nobody loses a task for the balance of one', () => {
  const members = [member('a', { active: ['0_0', '0_2', '0_4'] }), member('b', { active: ['0_1', '0_3'] })]
  const assignments = assignTasks(stateless(5), members, options)
  expect([assignments.get('a')?.active, assignments.get('b')?.active]).toEqual([
    ['0_0', '0_2', '0_4'],
    ['0_1', '0_3'],
  ])
})

test('a task with much state stays until its state is ready at the other end', () => {
  const tasks = stateful(2, 1_000_000)
  const members = [member('a', { active: ['0_0', '0_1'] }), member('b')]
  expect(shown(assignTasks(tasks, members, options))).toEqual({
    a: { active: ['0_0', '0_1'], standby: [], warmup: [] },
    b: { active: [], standby: ['0_1'], warmup: ['0_1'] },
  })
  const warm = [members[0]!, member('b', { state: { '0_1': 995_000 } })]
  expect(shown(assignTasks(tasks, warm, options))).toEqual({
    a: { active: ['0_0'], standby: [], warmup: [] },
    b: { active: [], standby: [], warmup: [] },
  })
})

test('no more than two tasks warm up at a time', () => {
  const owner = member('a', { active: stateful(8, 0).map(({ id }) => id) })
  const assignments = assignTasks(stateful(8, 1_000_000), [owner, member('b')], options)
  expect(assignments.get('b')?.warmup).toHaveLength(2)
  expect(assignments.get('a')?.active).toHaveLength(8)
})

test('a task that nobody has goes where its state is most up to date', () => {
  const tasks = stateful(2, 1_000_000)
  const members = [member('a'), member('b', { state: { '0_0': 900_000 } })]
  const assignments = assignTasks(tasks, members, options)
  expect([assignments.get('a')?.active, assignments.get('b')?.active]).toEqual([['0_1'], ['0_0']])
})

test('standbys are on other processes than their tasks, and spread', () => {
  const members = [
    member('a1', { process: 'a' }),
    member('a2', { process: 'a' }),
    member('b1', { process: 'b' }),
    member('b2', { process: 'b' }),
  ]
  const assignments = assignTasks(stateful(4, 10), members, { ...options, standbys: 1 })
  for (const { memberId, process } of members) {
    const { active, standby } = assignments.get(memberId)!
    expect([active.length, standby.length]).toEqual([1, 1])
    const owner = members.find(other => assignments.get(other.memberId)!.active.includes(standby[0]!))!
    expect(owner.process).not.toBe(process)
  }
})

test('there are no standbys for a single process, and none for tasks without state', () => {
  const threads = [member('a1', { process: 'a' }), member('a2', { process: 'a' })]
  const alone = assignTasks(stateful(2, 10), threads, { ...options, standbys: 2 })
  expect([...alone.values()].flatMap(({ standby }) => standby)).toEqual([])
  const none = assignTasks(stateless(2), [member('a'), member('b')], { ...options, standbys: 1 })
  expect([...none.values()].flatMap(({ standby }) => standby)).toEqual([])
})

test('a task that two say they have is taken from both before anybody gets it', () => {
  const members = [member('a', { active: ['0_0'] }), member('b', { active: ['0_0'] })]
  const assignments = assignTasks(stateless(1), members, options)
  expect([...assignments.values()].flatMap(({ active }) => active)).toEqual([])
})

test('from whatever members have, everybody ends with as many tasks as the others, and nobody shares one on the way', () => {
  let seed = 7
  const below = (limit: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) & 0x7fff_ffff
    return seed % limit
  }
  for (let round = 0; round < 200; round++) {
    const tasks = Array.from({ length: below(12) }, (_, partition) => ({
      id: `0_${partition}`,
      endSum: below(2) === 0 ? undefined : below(2) * 1_000_000,
    }))
    const names = Array.from({ length: 1 + below(4) }, (_, at) => `m${at}`)
    const owners = new Map(tasks.map(({ id }) => [id, below(names.length + 1)]))
    const members = names.map((name, at) =>
      member(name, { active: tasks.flatMap(({ id }) => (owners.get(id) === at ? [id] : [])) }),
    )
    const { assignments } = settled(tasks, members, { ...options, standbys: below(2) })
    const counts = [...assignments.values()].map(({ active }) => active.length)
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1)
    expect([...assignments.values()].flatMap(({ active }) => active).toSorted()).toEqual(
      tasks.map(({ id }) => id).toSorted(),
    )
  }
})

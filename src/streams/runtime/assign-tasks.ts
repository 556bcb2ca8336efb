import { compareTaskIds } from './task-id.ts'

/** A task to be shared out. */
export interface AssignableTask {
  readonly id: string
  /** The sum of the ends of its changelogs; undefined for a task without such state. */
  readonly endSum: number | undefined
}

/** A member as the leader sees it. */
export interface AssignableMember {
  readonly memberId: string
  readonly process: string
  /** The tasks that it says it processes. */
  readonly active: ReadonlySet<string>
  /** Tasks whose state its process has, each with the sum of its changelog positions. */
  readonly state: ReadonlyMap<string, number>
}

export interface AssignOptions {
  /** Copies of each task's state on other processes. */
  readonly standbys: number
  /** State that is at most so many records behind counts as there: Kafka's `acceptable.recovery.lag`. */
  readonly acceptableLag: number
  /** How many tasks may be on the way to another member at a time: Kafka's `max.warmup.replicas`. */
  readonly warmupsMax: number
}

export interface MemberAssignment {
  readonly active: string[]
  readonly standby: string[]
  readonly warmup: string[]
}

export const assignDefaults = { acceptableLag: 10_000, warmupsMax: 2 } as const

interface Sharing {
  readonly tasks: readonly AssignableTask[]
  readonly members: readonly AssignableMember[]
  readonly options: AssignOptions
  readonly owners: ReadonlyMap<string, AssignableMember>
  readonly targets: Map<string, AssignableMember>
  readonly assignments: ReadonlyMap<string, MemberAssignment>
}

/**
 * Shares tasks out among members, as Kafka Streams' assignor does (KIP-441), with the cooperation of KIP-429:
 * - every member gets as many as every other, give or take one, and keeps what it has as far as that allows;
 * - a task that nobody has goes where its state is most up to date;
 * - a task that has an owner and would have to move goes only when its state is ready at the other end; until then it stays
 *   where it is, and the other end warms up a copy;
 * - a task that moves is given to nobody in this round: its owner lets go of it first, and joins again.
 */
export function assignTasks(
  tasks: readonly AssignableTask[],
  members: readonly AssignableMember[],
  options: AssignOptions,
): ReadonlyMap<string, MemberAssignment> {
  const sharing: Sharing = {
    tasks: tasks.toSorted((a, b) => compareTaskIds(a.id, b.id)),
    members: members.toSorted((a, b) => (a.memberId < b.memberId ? -1 : 1)),
    options,
    owners: ownersOf(tasks, members),
    targets: new Map(),
    assignments: new Map(members.map(({ memberId }) => [memberId, { active: [], standby: [], warmup: [] }])),
  }
  if (members.length === 0) return sharing.assignments
  keepWhatFits(sharing)
  giveTheRest(sharing)
  for (const task of sharing.tasks) settle(sharing, task)
  addStandbys(sharing)
  return sharing.assignments
}

/** Where two say that they have a task, neither is believed: both let go of it. */
function ownersOf(
  tasks: readonly AssignableTask[],
  members: readonly AssignableMember[],
): ReadonlyMap<string, AssignableMember> {
  return new Map(
    tasks.flatMap(({ id }) => {
      const [owner, second] = members.filter(({ active }) => active.has(id))
      return owner && !second ? [[id, owner]] : []
    }),
  )
}

function keepWhatFits({ tasks, members, owners, targets }: Sharing): void {
  const [quota, extra] = [Math.floor(tasks.length / members.length), tasks.length % members.length]
  let extraLeft = extra
  const counts = new Map<AssignableMember, number>()
  for (const { id } of tasks) {
    const owner = owners.get(id)
    if (!owner) continue
    const count = counts.get(owner) ?? 0
    const isExtra = count === quota && extraLeft > 0
    if (count >= quota && !isExtra) continue
    if (isExtra) extraLeft--
    counts.set(owner, count + 1)
    targets.set(id, owner)
  }
}

function giveTheRest({ tasks, members, targets }: Sharing): void {
  const counts = new Map(members.map(member => [member, 0]))
  for (const member of targets.values()) counts.set(member, counts.get(member)! + 1)
  const ofProcess = (process: string): number =>
    members.reduce((sum, member) => sum + (member.process === process ? counts.get(member)! : 0), 0)
  const quota = Math.floor(tasks.length / members.length)
  const extra = tasks.length % members.length
  for (const task of tasks) {
    if (targets.has(task.id)) continue
    const atExtra = members.filter(member => counts.get(member)! > quota).length
    const limit = atExtra < extra ? quota + 1 : quota
    const able = members.filter(member => counts.get(member)! < limit)
    const [best] = able.toSorted(
      (a, b) =>
        lagOf(task, a) - lagOf(task, b) ||
        counts.get(a)! - counts.get(b)! ||
        ofProcess(a.process) - ofProcess(b.process),
    )
    if (!best) continue
    targets.set(task.id, best)
    counts.set(best, counts.get(best)! + 1)
  }
}

function settle({ owners, targets, assignments, options, members }: Sharing, task: AssignableTask): void {
  const [owner, target] = [owners.get(task.id), targets.get(task.id)]
  if (!target) return
  const claimants = members.filter(({ active }) => active.has(task.id))
  if (owner === target || claimants.length === 0) {
    assignments.get(target.memberId)!.active.push(task.id)
    return
  }
  // Its owner lets go of it in this round, and it is given away in the next.
  if (!owner || isReady(task, target, options)) return
  assignments.get(owner.memberId)!.active.push(task.id)
  const warmups = [...assignments.values()].reduce((sum, { warmup }) => sum + warmup.length, 0)
  if (warmups >= options.warmupsMax) return
  assignments.get(target.memberId)!.warmup.push(task.id)
  assignments.get(target.memberId)!.standby.push(task.id)
}

function addStandbys({ tasks, members, targets, owners, assignments, options }: Sharing): void {
  const processes = [...new Set(members.map(({ process }) => process))]
  for (const task of tasks) {
    if (task.endSum === undefined) continue
    const holders = [owners.get(task.id), targets.get(task.id)].flatMap(member => member ?? [])
    const taken = new Set(holders.map(({ process }) => process))
    for (let copy = 0; copy < Math.min(options.standbys, processes.length - 1); copy++) {
      const load = (member: AssignableMember): number => assignments.get(member.memberId)!.standby.length
      const [best] = members
        .filter(({ process }) => !taken.has(process))
        .toSorted((a, b) => lagOf(task, a) - lagOf(task, b) || load(a) - load(b))
      if (!best) break
      taken.add(best.process)
      assignments.get(best.memberId)!.standby.push(task.id)
    }
  }
}

function isReady(task: AssignableTask, member: AssignableMember, { acceptableLag }: AssignOptions): boolean {
  return task.endSum === undefined || lagOf(task, member) <= acceptableLag
}

/** How many changelog records a member would have to read before it could process. */
function lagOf({ id, endSum }: AssignableTask, { state }: AssignableMember): number {
  if (endSum === undefined) return 0
  return Math.max(0, endSum - Math.max(0, state.get(id) ?? 0))
}

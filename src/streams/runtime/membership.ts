import type { Cluster } from '../../client/cluster.ts'
import { GroupMember } from '../../client/group-member.ts'
import type { Application } from '../topology/application.ts'
import type { AssignmentData, MemberData } from './member-data.ts'
import { taskStrategy } from './task-strategy.ts'

export interface MembershipOptions {
  readonly openCluster: () => Cluster
  readonly application: Application
  readonly groupInstanceId: string
  readonly sessionTimeoutMs: number
  readonly heartbeatMs: number
  readonly data: () => MemberData
  readonly onNotice: (text: string) => void
  /** Something has changed: look at `pending` and `isDropped`. */
  readonly wake: () => void
}

/**
 * The place of a thread in its group, between the member, which talks to the coordinator in its own time, and the loop, which
 * takes note when it comes to it. Tasks are processed on while the group shares out anew: nobody else begins with them before
 * this member has let them go.
 */
export class Membership {
  readonly #options: MembershipOptions
  readonly #member: GroupMember
  #pending: AssignmentData | undefined
  #isJoining = true
  #joined = Promise.withResolvers<boolean>()
  #dropped: (() => void) | undefined
  #ended = false

  constructor(options: MembershipOptions) {
    this.#options = options
    const { openCluster, application, groupInstanceId, sessionTimeoutMs, heartbeatMs, data, onNotice } = options
    this.#member = new GroupMember(openCluster(), {
      group: application.name,
      groupInstanceId,
      sessionTimeoutMs,
      heartbeatMs,
      onNotice,
      onRevoked: mayCommit => this.#revoked(mayCommit),
      strategy: taskStrategy({
        cluster: openCluster(),
        application,
        data,
        onNotice,
        onAssigned: async assignment => {
          this.#pending = assignment
          this.#isJoining = false
          this.#joined.resolve(true)
          options.wake()
        },
      }),
    })
  }

  /** What the group commits under. */
  get member(): GroupMember {
    return this.#member
  }

  get isJoining(): boolean {
    return this.#isJoining
  }

  /** The group has gone on without this member: none of its tasks is its own any more. `dropped` tells that it has seen that. */
  get isDropped(): boolean {
    return this.#dropped !== undefined
  }

  /** What the group has given to this member and the loop has not taken over yet. */
  get pending(): AssignmentData | undefined {
    return this.#pending
  }

  /** The loop has taken an assignment over; there may be a newer one already. */
  adopted(assignment: AssignmentData): void {
    if (this.#pending === assignment) this.#pending = undefined
  }

  dropped(): void {
    this.#pending = undefined
    const resolve = this.#dropped
    this.#dropped = undefined
    resolve?.()
  }

  /** Resolves when a join that is under way has come to its end: false where the member has been left out. */
  joined(): Promise<boolean> {
    return this.#joined.promise
  }

  rejoin(): void {
    this.#member.rejoin()
  }

  run(): Promise<void> {
    return this.#member.run()
  }

  stop(): void {
    this.#ended = true
    this.#joined.resolve(false)
    this.dropped()
    this.#member.stop()
  }

  async #revoked(mayCommit: boolean): Promise<void> {
    this.#isJoining = true
    if (!mayCommit) this.#joined.resolve(false)
    this.#joined = Promise.withResolvers()
    if (mayCommit || this.#ended) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#dropped = resolve
    this.#options.wake()
    await promise
  }
}

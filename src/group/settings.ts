/** What the broker's configuration says about groups, in force at the moment of a decision. */
export interface GroupSettings {
  /** `group.min.session.timeout.ms` */
  readonly sessionTimeoutMsMin: number
  /** `group.max.session.timeout.ms` */
  readonly sessionTimeoutMsMax: number
  /** `group.initial.rebalance.delay.ms` */
  readonly initialRebalanceDelayMs: number
  /** `group.max.size` */
  readonly membersMax: number
  /** `offset.metadata.max.bytes`; as in Kafka it is compared with the number of characters. */
  readonly offsetMetadataMax: number
  /** `offsets.retention.minutes`, in milliseconds. */
  readonly offsetsRetentionMs: number
}

/** A new member does not know its id before it is answered and so cannot send heartbeats: its join waits this long at most. */
export const newMemberJoinTimeoutMs = 5 * 60_000

/** Ids that were handed out (MEMBER_ID_REQUIRED) and not yet used, for each group. Kafka has no such limit. */
export const pendingMembersMax = 10_000

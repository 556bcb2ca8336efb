import type { Configuration } from '../config/configuration.ts'
import type { GroupSettings } from '../group/settings.ts'

/** Reads what groups go by from the configuration, each time anew: some of it changes while the node runs. */
export function groupSettings({ broker }: Configuration): () => GroupSettings {
  return () => ({
    sessionTimeoutMsMin: broker['group.min.session.timeout.ms'],
    sessionTimeoutMsMax: broker['group.max.session.timeout.ms'],
    initialRebalanceDelayMs: broker['group.initial.rebalance.delay.ms'],
    membersMax: broker['group.max.size'],
    offsetMetadataMax: broker['offset.metadata.max.bytes'],
    offsetsRetentionMs: broker['offsets.retention.minutes'] * 60_000,
  })
}

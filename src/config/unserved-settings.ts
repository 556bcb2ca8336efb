/** Settings of Apache Kafka 4.2's brokers that are not there, by reason. A name that ends in `.` stands for all that begin so. */
const unserved: readonly { readonly reason: string; readonly names: readonly string[] }[] = [
  {
    reason:
      'connections are neither encrypted nor authenticated here, and a setting that protects nothing would mislead',
    names: [
      'sasl.',
      'ssl.',
      'security.providers',
      'principal.builder.class',
      'delegation.token.',
      'connections.max.reauth.ms',
      'connection.failed.authentication.delay.ms',
      'early.start.listeners',
    ],
  },
  {
    reason: 'it names Java classes, which this node cannot load',
    names: [
      'alter.config.policy.class.name',
      'client.quota.callback.class',
      'config.providers',
      'create.topic.policy.class.name',
      'kafka.metrics.',
      'metric.reporters',
    ],
  },
  {
    reason: 'there is one node, so nothing is replicated and nobody votes',
    names: [
      'alter.log.dirs.replication.',
      'auto.leader.rebalance.enable',
      'broker.heartbeat.interval.ms',
      'broker.session.timeout.ms',
      'controlled.shutdown.enable',
      'controller.listener.names',
      'controller.quorum.',
      'controller.socket.timeout.ms',
      'initial.broker.registration.timeout.ms',
      'leader.imbalance.check.interval.seconds',
      'num.replica.alter.log.dirs.threads',
      'replica.',
      'replication.quota.',
      'request.timeout.ms',
      'socket.connection.setup.',
    ],
  },
  {
    reason: 'topics, settings and leaders are kept in the same database as the records, not in a log of their own',
    names: ['metadata.'],
  },
  {
    reason: 'offsets and transactions are kept in tables, not in topics',
    names: [
      'add.partitions.to.txn.',
      'offsets.commit.timeout.ms',
      'offsets.load.buffer.size',
      'offsets.topic.',
      'transaction.state.log.',
    ],
  },
  {
    reason: 'only groups of the classic protocol are served',
    names: ['group.consumer.', 'group.share.', 'group.streams.', 'share.'],
  },
  { reason: 'one thread coordinates groups, and commits together what waits', names: ['group.coordinator.'] },
  { reason: 'there is no tiered storage', names: ['remote.'] },
  { reason: 'transactions in two phases (KIP-939) are not served', names: ['transaction.two.phase.commit.enable'] },
  {
    reason: 'records are rows of a database, without segment files and their checkpoints',
    names: ['log.dir.failure.timeout.ms', 'log.flush.offset.', 'log.flush.start.offset.'],
  },
  {
    reason: 'compaction goes in small steps that make way for producers by themselves',
    names: ['log.cleaner.io.'],
  },
  {
    reason:
      'waiting requests are bounded by their bytes (queued.max.request.bytes), and woken when there is something to do',
    names: [
      'delete.records.purgatory.',
      'fetch.purgatory.',
      'max.request.partition.size.limit',
      'producer.purgatory.',
      'queued.max.requests',
      'socket.listen.backlog.size',
    ],
  },
  { reason: 'a quota for addresses does it (connection_creation_rate)', names: ['max.connection.creation.rate'] },
  { reason: 'there are no JMX metrics', names: ['metrics.'] },
]

/** Why there is no setting of this name, which Apache Kafka 4.2 has; undefined for a name that Kafka does not have either. */
export function whyUnserved(name: string): string | undefined {
  const isMeant = (one: string): boolean => (one.endsWith('.') ? name.startsWith(one) : name === one)
  return unserved.find(({ names }) => names.some(isMeant))?.reason
}

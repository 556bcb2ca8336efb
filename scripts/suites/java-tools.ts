import path from 'node:path'
import type { Verdict } from './record.ts'
import { outputOf } from './spawned.ts'
import type { Suite } from './suite.ts'

const toolLimitMs = 120_000

interface Step {
  readonly name: string
  /** Below org.apache.kafka.tools. */
  readonly tool: string
  /** The option that names the broker: all but a few have this one. */
  readonly broker?: string
  readonly args: string
  /** What the output must hold, besides exit code 0. */
  readonly expect?: RegExp
}

const groupTool = 'consumer.group.ConsumerGroupCommand'

/** In this order: later ones use what earlier ones made. Arguments are parted by spaces; SERVER stands for HOST:PORT. */
const steps: readonly Step[] = [
  {
    name: 'topics-create',
    tool: 'TopicCommand',
    args: '--create --topic t1 --partitions 3 --config retention.ms=100000',
  },
  { name: 'topics-alter', tool: 'TopicCommand', args: '--alter --topic t1 --partitions 4' },
  { name: 'topics-describe', tool: 'TopicCommand', args: '--describe --topic t1', expect: /PartitionCount: 4/ },
  { name: 'topics-under', tool: 'TopicCommand', args: '--describe --under-replicated-partitions' },
  { name: 'topics-list', tool: 'TopicCommand', args: '--list', expect: /^t1$/m },
  {
    name: 'producer-performance',
    tool: 'ProducerPerformance',
    broker: '',
    args: '--topic t1 --num-records 20000 --record-size 100 --throughput -1 --producer-props bootstrap.servers=SERVER',
    expect: /20000 records sent/,
  },
  {
    name: 'producer-performance-transactions',
    tool: 'ProducerPerformance',
    broker: '',
    args: '--topic t1 --num-records 5000 --record-size 100 --throughput -1 --transactional-id perf --transaction-duration-ms 100 --producer-props bootstrap.servers=SERVER',
    expect: /5000 records sent/,
  },
  { name: 'consumer-performance', tool: 'ConsumerPerformance', args: '--topic t1 --num-records 20000 --group perf' },
  {
    name: 'verifiable-producer',
    tool: 'VerifiableProducer',
    args: '--topic t2 --max-messages 500',
    expect: /"sent":500,"acked":500/,
  },
  {
    name: 'verifiable-consumer',
    tool: 'VerifiableConsumer',
    args: '--topic t2 --group-id vc --max-messages 500 --reset-policy earliest',
  },
  {
    name: 'transactional-message-copier',
    tool: 'TransactionalMessageCopier',
    broker: '--broker-list',
    args: '--input-topic t2 --input-partition 0 --output-topic t3 --max-messages 500 --consumer-group copy --transaction-size 50 --transactional-id copy-1 --enable-random-aborts',
  },
  {
    name: 'console-consumer',
    tool: 'consumer.ConsoleConsumer',
    args: '--topic t3 --from-beginning --max-messages 500 --isolation-level read_committed --timeout-ms 60000',
    expect: /Processed a total of 500 messages/,
  },
  { name: 'offsets-latest', tool: 'GetOffsetShell', args: '--topic t2 --time latest', expect: /^t2:0:500$/m },
  { name: 'offsets-earliest', tool: 'GetOffsetShell', args: '--topic t2 --time earliest', expect: /^t2:0:0$/m },
  { name: 'offsets-max-timestamp', tool: 'GetOffsetShell', args: '--topic t2 --time max-timestamp' },
  { name: 'groups-list', tool: groupTool, args: '--list --state', expect: /vc/ },
  { name: 'groups-describe', tool: groupTool, args: '--describe --all-groups', expect: /t2/ },
  { name: 'groups-members', tool: groupTool, args: '--describe --group vc --members --verbose' },
  { name: 'groups-state', tool: groupTool, args: '--describe --group vc --state', expect: /Empty/ },
  {
    name: 'groups-reset',
    tool: groupTool,
    args: '--group vc --topic t2 --reset-offsets --to-earliest --execute',
    expect: /vc +t2 +0 +0/,
  },
  { name: 'groups-delete-offsets', tool: groupTool, args: '--group vc --topic t2 --delete-offsets' },
  { name: 'groups-delete', tool: groupTool, args: '--group vc --delete', expect: /successful/ },
  { name: 'all-groups', tool: 'GroupsCommand', args: '--list' },
  { name: 'log-dirs', tool: 'LogDirsCommand', args: '--describe --topic-list t1', expect: /"partition":"t1-0"/ },
  { name: 'transactions-list', tool: 'TransactionsCommand', args: 'list', expect: /copy-1/ },
  { name: 'transactions-describe', tool: 'TransactionsCommand', args: 'describe --transactional-id copy-1' },
  { name: 'transactions-producers', tool: 'TransactionsCommand', args: 'describe-producers --topic t3 --partition 0' },
  { name: 'transactions-hanging', tool: 'TransactionsCommand', args: 'find-hanging --broker-id 1' },
  { name: 'features', tool: 'FeatureCommand', args: 'describe', expect: /transaction\.version/ },
  { name: 'quorum-status', tool: 'MetadataQuorumCommand', args: 'describe --status' },
  { name: 'quorum-replication', tool: 'MetadataQuorumCommand', args: 'describe --replication' },
  { name: 'election', tool: 'LeaderElectionCommand', args: '--election-type preferred --all-topic-partitions' },
  { name: 'reassignments', tool: 'reassign.ReassignPartitionsCommand', args: '--list' },
  {
    name: 'cluster-id',
    tool: 'ClusterTool',
    broker: '',
    args: 'cluster-id --bootstrap-server SERVER',
    expect: /Cluster ID: /,
  },
  { name: 'cluster-endpoints', tool: 'ClusterTool', broker: '', args: 'list-endpoints --bootstrap-server SERVER' },
  { name: 'api-versions', tool: 'BrokerApiVersionsCommand', args: '', expect: /Produce\(0\)/ },
  {
    name: 'metrics-set',
    tool: 'ClientMetricsCommand',
    args: '--alter --name m1 --interval 60000 --metrics org.apache',
  },
  { name: 'metrics-list', tool: 'ClientMetricsCommand', args: '--list', expect: /m1/ },
  {
    name: 'log-compaction',
    tool: 'LogCompactionTester',
    args: '--messages 5000 --sleep 20',
    expect: /Data verification is completed|[Dd]e-?duplicate/,
  },
  { name: 'streams-reset', tool: 'StreamsResetter', args: '--application-id nobody --input-topics t1 --dry-run' },
  { name: 'topics-delete', tool: 'TopicCommand', args: '--delete --topic t[34]' },
]

export const javaTools: Suite = {
  name: 'java-tools',
  needs:
    'the jars of Apache Kafka 4.2 (kafka_2.13, kafka-tools, kafka-streams) and what they need; a new node with --set node.id=1',
  async run({ directory, node, tests, isPart }) {
    const verdicts = new Map<string, Verdict>()
    for (const step of steps) {
      if (isPart && !tests.includes(step.name)) continue
      const { tool, broker = '--bootstrap-server', args, expect } = step
      const words = `${broker && `${broker} ${node}`} ${args}`.replace('SERVER', node).split(' ').filter(Boolean)
      const jvm = ['-Xmx256m', '-XX:TieredStopAtLevel=1', '-cp', path.join(directory, '*')]
      const { text, exitCode } = await outputOf('java', [...jvm, `org.apache.kafka.tools.${tool}`, ...words], {
        directory,
        limitMs: toolLimitMs,
      })
      const verdict = exitCode === 0 && (expect?.test(text) ?? true) ? 'pass' : 'fail'
      verdicts.set(step.name, verdict)
      process.stdout.write(`${step.name}: ${verdict}\n`)
      if (verdict === 'fail') process.stdout.write(text.slice(-2000))
    }
    return verdicts
  },
}

import { bytes, durationMs, int, type Setting, short } from './kinds.ts'

const threads = 'scripts and configuration files for Apache Kafka set it'
const shipped = 'the configuration file that Apache Kafka brings along, or one made from it, sets it'
const offsets = 'No effect: offsets are kept in tables, not in a topic.'
const transactions = 'No effect: transactions are kept in tables, not in a topic.'

/** Settings of the broker that nothing reads, accepted for those who bring them along from Apache Kafka. */
export const ineffectiveSettings = {
  'background.threads': poolOf(10, 'high', 1),
  'log.cleaner.threads': poolOf(1, 'medium', 0),
  'num.io.threads': poolOf(8, 'high', 1),
  'num.network.threads': poolOf(3, 'high', 1),
  'num.recovery.threads.per.data.dir': poolOf(2, 'high', 1),
  'num.replica.fetchers': poolOf(1, 'high', 1),
  'offsets.topic.num.partitions': internal(offsets, 50),
  'offsets.topic.replication.factor': copies(offsets, 3),
  'sasl.kerberos.min.time.before.relogin': durationMs({
    default: 60_000,
    dynamic: true,
    compatibility: 'tests of clients take it for a setting that any broker lets them change',
    doc: 'No effect: nobody logs in.',
  }),
  'share.coordinator.state.topic.min.isr': copies('No effect: share groups are not served.', 2),
  'share.coordinator.state.topic.replication.factor': copies('No effect: share groups are not served.', 3),
  'socket.receive.buffer.bytes': buffer(),
  'socket.send.buffer.bytes': buffer(),
  'transaction.state.log.min.isr': internal(transactions, 2),
  'transaction.state.log.num.partitions': internal(transactions, 50),
  'transaction.state.log.replication.factor': copies(transactions, 3),
} as const satisfies Record<string, Setting<unknown>>

function poolOf(size: number, importance: 'high' | 'medium', min: number): Setting<number> {
  const doc = 'No effect: the number of threads is fixed.'
  return int({ default: size, min, importance, dynamic: true, compatibility: threads, doc })
}

function internal(doc: string, standard: number): Setting<number> {
  return int({ default: standard, min: 1, importance: 'high', compatibility: shipped, doc })
}

function copies(doc: string, standard: number): Setting<number> {
  return short({ default: standard, min: 1, importance: 'high', compatibility: shipped, doc })
}

function buffer(): Setting<number> {
  const doc = 'No effect: the operating system sizes the buffers of sockets.'
  return bytes({ default: 100 * 1024, min: -1, width: 'int', importance: 'high', compatibility: shipped, doc })
}

import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { freePort, type PeerProcess, startPeer } from './peer-process.ts'

/**
 * Apache Kafka as one process that is broker and controller (KRaft). `flushMessages` 1 makes it fsync each batch before it
 * acknowledges; by default it leaves that to the operating system.
 */
export async function startKafka(options: {
  readonly classPath: string
  readonly directory: string
  readonly flushMessages: number | undefined
}): Promise<PeerProcess> {
  const { classPath, directory, flushMessages } = options
  const port = await freePort()
  const properties = path.join(directory, 'server.properties')
  writeFileSync(properties, propertiesOf({ directory, port, controllerPort: await freePort(), flushMessages }))
  const logging = path.join(directory, 'log4j2.properties')
  writeFileSync(logging, loggingProperties)
  const java = (memory: string): string[] => [
    'java',
    ...[memory, `-Dlog4j2.configurationFile=${logging}`, '-cp', classPath],
  ]
  const clusterId = 'AAAAAAAAAAAAAAAAAAAAQQ'
  const format = [...java('-Xmx256m'), 'kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', properties]
  const formatted = spawnSync(format[0]!, format.slice(1), { encoding: 'utf8' })
  if (formatted.status !== 0) throw new Error(`Kafka's storage cannot be made: ${formatted.error ?? formatted.stderr}`)
  // Its own start script gives it 1 GiB, and this collector.
  return startPeer([...java('-Xmx1g'), '-XX:+UseG1GC', 'kafka.Kafka', properties], port)
}

/** Records keep the times of their ready-made batches, which are long ago: nothing is to be deleted for that. */
function propertiesOf(options: {
  readonly directory: string
  readonly port: number
  readonly controllerPort: number
  readonly flushMessages: number | undefined
}): string {
  const { directory, port, controllerPort, flushMessages } = options
  return `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${controllerPort}
listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}
advertised.listeners=PLAINTEXT://127.0.0.1:${port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
log.retention.ms=-1
log.dirs=${path.join(directory, 'data')}
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
${flushMessages === undefined ? '' : `log.flush.interval.messages=${flushMessages}\n`}`
}

const loggingProperties = `rootLogger.level = WARN
rootLogger.appenderRef.stdout.ref = STDOUT
appender.stdout.type = Console
appender.stdout.name = STDOUT
appender.stdout.layout.type = PatternLayout
appender.stdout.layout.pattern = [%d] %p %m (%c)%n
`

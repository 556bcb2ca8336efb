import { OperatorError } from '../../base/errors.ts'
import { findTopic } from '../../client/list-offsets.ts'
import { Producer } from '../../client/producer.ts'
import { type CommandContext, defineCommand } from '../command.ts'
import { type BrokerOptions, brokerOptions, openCluster, quietOption, timeoutSeconds, wholeNumber } from '../options.ts'
import { Answering } from '../request/answering.ts'
import { type HeaderNames, knownHeaders } from '../request/message-headers.ts'
import { RequestGroup } from '../request/request-group.ts'

interface ReplyOptions extends BrokerOptions {
  readonly group?: string
  readonly reset: 'start' | 'end'
  readonly concurrency: number
  readonly timeout: number
  readonly count?: number
  readonly to?: string
  readonly correlationHeader?: string
  readonly replyTopicHeader?: string
  readonly quiet?: boolean
}

export const replyCommand = defineCommand<ReplyOptions, [topic: string, command: readonly string[]]>({
  name: 'reply',
  summary: 'answer requests in a topic with what a command prints',
  description: `Runs the command once for each request: its standard input is the value of the request, its standard output becomes \
the value of the answer, its standard error passes through. An exit code other than 0 adds the header streamctl_error to the \
answer, which says so. The command finds STREAMCTL_KEY, STREAMCTL_HEADER_NAME for each header, STREAMCTL_TOPIC, \
STREAMCTL_PARTITION, STREAMCTL_OFFSET and STREAMCTL_TIMESTAMP in its environment.

The answer goes to the topic that the header kafka_replyTopic of the request names (kafka_replyPartition: and partition), with \
the header kafka_correlationId of the request and its key: as Spring for Kafka has it. Other usual names are known, too. Several \
that run at a time share the requests as a group. A request is committed once its answer is acknowledged.`,
  arguments: [
    { name: '<topic>', help: 'where requests come in' },
    { name: '<command...>', help: 'the command, behind --' },
  ],
  options: [
    ...brokerOptions,
    { flags: '-g, --group <group>', help: 'who shares the requests; default streamctl-reply-TOPIC' },
    {
      flags: '--reset <where>',
      help: 'where a group begins that has committed nothing',
      choices: ['start', 'end'],
      default: 'end',
    },
    {
      flags: '-c, --concurrency <number>',
      help: 'so many commands run at a time',
      parse: wholeNumber('the concurrency', { min: 1, max: 1_000 }),
      default: 1,
    },
    {
      flags: '--timeout <duration>',
      help: 'kill a command that takes longer, and answer so',
      parse: timeoutSeconds,
      default: 60,
      defaultText: '60s',
    },
    {
      flags: '-n, --count <number>',
      help: 'stop after so many requests',
      parse: wholeNumber('the count', { min: 1 }),
    },
    { flags: '--to <topic>', help: 'where answers go to requests that do not say it' },
    { flags: '--correlation-header <name>', help: 'the header that the answer repeats' },
    { flags: '--reply-topic-header <name>', help: 'the header that says where the answer goes' },
    quietOption,
  ],
  examples: [
    { command: 'streamctl reply shout -- tr a-z A-Z', does: 'a service in one line' },
    { command: "streamctl reply sums -c 4 -- sh -c 'bc | tee -a sums.log'", does: 'four at a time, with a shell' },
  ],
  run: reply,
})

async function reply(
  context: CommandContext,
  options: ReplyOptions,
  topicName: string,
  command: readonly string[],
): Promise<undefined> {
  const { output, signal } = context
  if (options.quiet) output.quiet()
  const [program, ...args] = command
  if (program === undefined)
    throw new OperatorError('a command is missing', { hint: 'streamctl reply TOPIC -- COMMAND' })
  const cluster = openCluster(context, options)
  const failures: Error[] = []
  // Answers go out one by one: waiting for more would be waiting for nothing.
  const producer = new Producer(cluster, { lingerMs: 0, onFailure: ({ error }) => failures.push(error) })
  try {
    // Creates it where the broker does so on its own, as produce does.
    await producer.topic(topicName)
    const topic = await findTopic(cluster, topicName)
    const answering = new Answering(context, producer, {
      topic: topicName,
      command: [program, ...args],
      names: headerNames(options),
      defaultTopic: options.to,
      concurrency: options.concurrency,
      timeoutMs: options.timeout * 1000,
      onFailure: () => group.stop(),
    })
    let takenCount = 0
    const { count = Number.POSITIVE_INFINITY } = options
    const group = new RequestGroup(cluster, {
      group: options.group ?? `streamctl-reply-${topicName}`,
      topic,
      reset: options.reset,
      onNotice: text => output.note(text),
      take: async request => {
        takenCount++
        if (takenCount >= count) group.stop()
        await answering.take(request)
      },
      settled: () => answering.settled(),
    })
    const stop = (): void => group.stop()
    signal.addEventListener('abort', stop)
    if (signal.aborted) stop()
    await group.run()
    if (answering.failure) throw answering.failure
    for (const failure of failures) output.failure(`an answer was not delivered: ${failure.message}`)
    output.note(summary(answering))
  } finally {
    producer.close()
    cluster.close()
  }
  return undefined
}

function summary({ answeredCount, failedCount, ignoredCount }: Answering): string {
  const requests = answeredCount === 1 ? '1 request' : `${answeredCount} requests`
  const failed = failedCount > 0 ? `, ${failedCount} of them with an error` : ''
  return `${requests} answered${failed}${ignoredCount > 0 ? `, ${ignoredCount} left out` : ''}`
}

/** A header that is named on the command line is the only one that counts. */
export function headerNames({
  correlationHeader,
  replyTopicHeader,
}: Pick<ReplyOptions, 'correlationHeader' | 'replyTopicHeader'>): HeaderNames {
  return {
    ...knownHeaders,
    ...(correlationHeader !== undefined && { correlation: [correlationHeader] }),
    ...(replyTopicHeader !== undefined && { replyTopic: [replyTopicHeader] }),
  }
}

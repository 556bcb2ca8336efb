import { ExitCode, OperatorError } from '../../base/errors.ts'
import { recordToJson } from '../../client/json-record.ts'
import { type CommandContext, defineCommand } from '../command.ts'
import {
  type BrokerOptions,
  brokerOptions,
  jsonOption,
  nameAndValue,
  openCluster,
  quietOption,
  timeoutSeconds,
  wholeNumber,
} from '../options.ts'
import { type Answer, ask } from '../request/ask.ts'
import { errorHeader, errorOf } from '../request/message-headers.ts'
import { headerNames } from './reply.ts'

interface RequestOptions extends BrokerOptions {
  readonly key?: string
  readonly header?: readonly (readonly [string, string])[]
  readonly partition?: number
  readonly timeout: number
  readonly replyTopic?: string
  readonly correlationHeader?: string
  readonly replyTopicHeader?: string
  readonly json?: boolean
  readonly quiet?: boolean
}

/** A request is held in memory as a whole. */
const payloadBytesMax = 64 * 1024 * 1024

export const requestCommand = defineCommand<RequestOptions, [topic: string, payload: string | undefined]>({
  name: 'request',
  summary: 'send a request to a topic and print the answer',
  description: `Sends the payload, or standard input as a whole, with the headers kafka_correlationId and kafka_replyTopic, as Spring for \
Kafka has it, and waits for the record in the reply topic that has the same correlation id. The reply topic is made if it is \
not there. Without an answer in time the exit code is 4, for an answer that tells of an error 1.`,
  arguments: [
    { name: '<topic>', help: 'where somebody answers requests' },
    { name: '[payload]', help: 'the request; - or nothing for standard input' },
  ],
  options: [
    ...brokerOptions,
    { flags: '-k, --key <key>', help: 'key of the request' },
    {
      flags: '-H, --header <name=value>',
      help: 'header of the request; may be repeated',
      parse: nameAndValue('a header'),
      repeatable: true,
    },
    {
      flags: '-p, --partition <number>',
      help: 'partition of the request',
      parse: wholeNumber('a partition', { min: 0 }),
    },
    {
      flags: '--timeout <duration>',
      help: 'wait so long for the answer',
      parse: timeoutSeconds,
      default: 30,
      defaultText: '30s',
    },
    { flags: '--reply-topic <topic>', help: 'where the answer is awaited; default TOPIC.replies' },
    { flags: '--correlation-header <name>', help: 'the header that answers repeat' },
    { flags: '--reply-topic-header <name>', help: 'the header that names the reply topic' },
    jsonOption,
    quietOption,
  ],
  examples: [
    { command: "streamctl request shout 'how are you'", does: 'ask, and print the answer' },
    { command: "echo '1+2' | streamctl request sums --timeout 5", does: 'the request from a pipe' },
  ],
  run: request,
})

async function request(
  context: CommandContext,
  options: RequestOptions,
  topic: string,
  payload: string | undefined,
): Promise<number> {
  const { output, signal } = context
  if (options.quiet) output.quiet()
  const value = payload === undefined || payload === '-' ? await readInput(context) : Buffer.from(payload)
  if (signal.aborted) return ExitCode.ok
  const cluster = openCluster(context, options)
  let problem: string | undefined
  const print = ({ topic: from, partition, record }: Answer): void => {
    problem = errorOf(record.headers)
    if (options.json) output.line(recordToJson(from, partition, record))
    else if (record.value) output.write(withNewline(record.value))
  }
  try {
    await ask(
      cluster,
      {
        topic,
        replyTopic: options.replyTopic ?? `${topic}.replies`,
        key: options.key === undefined ? null : Buffer.from(options.key),
        value,
        headers: (options.header ?? []).map(([key, text]) => ({ key, value: Buffer.from(text) })),
        partition: options.partition,
        names: headerNames(options),
        timeoutMs: options.timeout * 1000,
        signal,
        onNotice: text => output.note(text),
      },
      print,
    )
  } finally {
    cluster.close()
  }
  if (problem === undefined) return ExitCode.ok
  output.failure(`the answer tells of an error: ${problem}`, `its header ${errorHeader} says so`)
  return ExitCode.failure
}

async function readInput({ io, signal }: CommandContext): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  const stop = (): void => void io.stdin.destroy()
  signal.addEventListener('abort', stop)
  try {
    for await (const chunk of io.stdin) {
      chunks.push(chunk)
      bytes += chunk.length
      if (bytes > payloadBytesMax) {
        throw new OperatorError(`the request is larger than ${payloadBytesMax / 1024 / 1024} MiB`)
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    signal.removeEventListener('abort', stop)
  }
  return Buffer.concat(chunks)
}

/** An answer ends a line, so that several stand below each other; one that ends with a newline has its own. */
function withNewline(value: Buffer): Buffer {
  return value.at(-1) === 10 ? value : Buffer.concat([value, Buffer.from('\n')])
}

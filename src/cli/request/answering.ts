import type { Producer } from '../../client/producer.ts'
import { anyPartition, type TopicWriter } from '../../client/topic-writer.ts'
import type { CommandContext } from '../command.ts'
import { errorHeader, type HeaderNames, type ReplyAddress, replyAddress } from './message-headers.ts'
import type { TakenRequest } from './request-group.ts'
import { type CommandResult, runCommand } from './run-command.ts'

export interface AnsweringOptions {
  readonly topic: string
  readonly command: readonly [string, ...string[]]
  readonly names: HeaderNames
  /** Where answers go to requests that do not say it. */
  readonly defaultTopic: string | undefined
  readonly concurrency: number
  readonly timeoutMs: number
  /** The command cannot be run at all, or answers cannot be sent: `failure` says why. */
  readonly onFailure: () => void
}

/** Runs the command for requests, so many at a time, and sends the answers. */
export class Answering {
  readonly #context: CommandContext
  readonly #producer: Producer
  readonly #options: AnsweringOptions
  readonly #running = new Set<Promise<void>>()
  /** The first reason not to go on. Requests that it concerns stay undone. */
  failure: unknown
  answeredCount = 0
  failedCount = 0
  ignoredCount = 0

  constructor(context: CommandContext, producer: Producer, options: AnsweringOptions) {
    this.#context = context
    this.#producer = producer
    this.#options = options
  }

  /** Resolves once the next request may be taken. */
  async take(request: TakenRequest): Promise<void> {
    const run = this.#answer(request)
      .catch(error => {
        this.failure ??= error
        this.#options.onFailure()
      })
      .finally(() => this.#running.delete(run))
    this.#running.add(run)
    while (this.#running.size >= this.#options.concurrency) await Promise.race(this.#running)
  }

  /** Resolves when nothing runs any more. */
  async settled(): Promise<void> {
    await Promise.all(this.#running)
  }

  async #answer({ partition, record, done }: TakenRequest): Promise<void> {
    const { names, defaultTopic, topic } = this.#options
    const address = replyAddress(record.headers, names, defaultTopic)
    if (!address) {
      this.ignoredCount++
      this.#context.output.note(
        `${topic} [${partition}] at offset ${record.offset}: no header ${names.replyTopic[0]} says where the answer goes: left out`,
      )
      done()
      return
    }
    const result = await this.#run(partition, record)
    if (result.problem !== undefined) this.failedCount++
    this.answeredCount++
    const writer = await this.#producer.topic(address.topic)
    this.#send(writer, address, record.key, result)
    // Acknowledged: only then is the request done.
    await this.#producer.flush()
    done()
  }

  #run(partition: number, record: TakenRequest['record']): Promise<CommandResult> {
    const { env, io } = this.#context
    const { command, timeoutMs, topic } = this.#options
    return runCommand({
      env,
      command,
      timeoutMs,
      input: record.value,
      variables: { ...io.variables, ...requestVariables(topic, partition, record) },
      onMessage: bytes => io.stderr.write(bytes),
    })
  }

  #send(writer: TopicWriter, address: ReplyAddress, key: Buffer | null, { output, problem }: CommandResult): void {
    const headers = [
      ...(address.correlation ? [address.correlation] : []),
      ...(problem === undefined ? [] : [{ key: errorHeader, value: Buffer.from(problem) }]),
    ]
    // A partition that is not there would be an answer that nobody gets.
    const wanted = address.partition ?? anyPartition
    const partition = wanted < writer.partitionCount ? wanted : anyPartition
    const nowMs = this.#context.env.clock.now()
    writer.append(nowMs, key, 0, key?.length ?? 0, output, 0, output.length, headers, partition)
  }
}

/** What a command is told about its request besides the value. */
export function requestVariables(
  topic: string,
  partition: number,
  { key, headers, offset, timestamp }: TakenRequest['record'],
): Readonly<Record<string, string>> {
  const variables: Record<string, string> = {
    STREAMCTL_TOPIC: topic,
    STREAMCTL_PARTITION: String(partition),
    STREAMCTL_OFFSET: String(offset),
    STREAMCTL_TIMESTAMP: String(timestamp),
  }
  const put = (name: string, bytes: Buffer | null): void => {
    // No environment takes a NUL.
    if (bytes && !bytes.includes(0)) variables[name] = bytes.toString()
  }
  put('STREAMCTL_KEY', key)
  for (const { key: name, value } of headers) {
    put(`STREAMCTL_HEADER_${name.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`, value)
  }
  return variables
}

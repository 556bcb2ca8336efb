import { createReadStream, readFileSync } from 'node:fs'
import type { Readable } from 'node:stream'
import type { Cluster } from '../../client/cluster.ts'
import { type PartitionerName, partitioners } from '../../client/partitioner.ts'
import { Producer } from '../../client/producer.ts'
import type { ProducerOptions } from '../../client/producer-options.ts'
import { anyPartition, type TopicWriter } from '../../client/topic-writer.ts'
import { TransactionalProducer } from '../../client/transactional-producer.ts'
import type { CommandContext } from '../command.ts'
import { compileInput } from '../format/input-format.ts'
import { brokerWord, failureWord, KcatError } from './kcat-error.ts'
import { parseDelimiter } from './kcat-format.ts'
import type { KcatOptions } from './kcat-options.ts'
import type { KcatVoice } from './kcat-say.ts'
import type { KcatSettings } from './kcat-settings.ts'

interface ProduceInput {
  readonly options: KcatOptions
  readonly settings: KcatSettings
  readonly voice: KcatVoice
}

/** `-P`: writes lines of standard input, or files as a whole. Answers the exit code: 1 if a record failed. */
export async function produceKcat(context: CommandContext, cluster: Cluster, input: ProduceInput): Promise<number> {
  const { signal } = context
  const { options, settings, voice } = input
  const transactionalId = settings.get('transactional.id')
  let failed = 0
  const producerOptions = optionsOf(settings, (count, code) => {
    failed += count
    for (let at = 0; at < count; at++) voice.info(1, `Delivery failed for message: ${brokerWord(code)}`)
  })
  if (transactionalId) voice.info(1, 'Using transactional producer')
  const producer = transactionalId
    ? new TransactionalProducer(cluster, {
        ...producerOptions,
        transactionalId,
        transactionTimeoutMs: Number(settings.get('transaction.timeout.ms')),
      })
    : new Producer(cluster, producerOptions)
  try {
    if (producer instanceof TransactionalProducer) await producer.begin()
    const writer = await writerOf(producer, options)
    if (writer === undefined) {
      voice.info(1, 'Delivery failed for message: Local: Unknown partition')
      return 1
    }
    const good = await feed(context, producer, new KcatInput(context, writer, input), input)
    if (producer instanceof Producer) await producer.flush()
    else await finish(producer, voice, signal.aborted)
    return failed > 0 || !good ? 1 : 0
  } finally {
    producer.close()
  }
}

function optionsOf(settings: KcatSettings, onFailure: (count: number, code: number) => void): ProducerOptions {
  const acks = settings.get('acks')
  const name = settings.get('partitioner')
  return {
    acks: acks === '0' ? 'none' : acks === '1' ? 'leader' : 'all',
    compression: settings.get('compression.codec') as NonNullable<ProducerOptions['compression']>,
    idempotent: settings.get('enable.idempotence') === 'true',
    partitioner:
      partitioners[(name === 'murmur2_random' ? 'murmur2' : name) as PartitionerName] ?? partitioners.consistent_random,
    deliveryTimeoutMs: Number(settings.get('message.timeout.ms')) || 300_000,
    onFailure: ({ recordCount, error }) => onFailure(recordCount, error.code),
  }
}

/** Nothing if the topic has no such partition. */
async function writerOf(
  producer: Producer | TransactionalProducer,
  { topic = '', partition = anyPartition }: KcatOptions,
): Promise<TopicWriter | undefined> {
  try {
    const writer = await producer.topic(topic)
    return partition < writer.partitionCount ? writer : undefined
  } catch (error) {
    throw new KcatError('fatal', `Failed to create topic ${topic}: ${failureWord(error)}`, { cause: error })
  }
}

async function finish(producer: TransactionalProducer, voice: KcatVoice, isInterrupted: boolean): Promise<void> {
  try {
    if (isInterrupted) {
      voice.info(0, 'Aborting transaction due to termination signal')
      await producer.abort()
      return
    }
    voice.info(1, 'Committing transaction')
    await producer.commit()
    voice.info(1, 'Transaction successfully committed')
  } catch (error) {
    throw new KcatError('fatal', `${isInterrupted ? 'abort' : 'commit'}_transaction(): ${failureWord(error)}`, {
      cause: error,
    })
  }
}

/** Answers false if no file could be read. */
async function feed(
  { io, signal }: CommandContext,
  producer: Producer | TransactionalProducer,
  input: KcatInput,
  { options, voice }: ProduceInput,
): Promise<boolean> {
  const { operands: files, lines } = options
  if (files.length === 0 || lines) {
    await readLines(lines && files[0] !== undefined ? createReadStream(files[0]) : io.stdin, {
      input,
      producer,
      signal,
    })
    return true
  }
  let good = 0
  for (const file of files) {
    try {
      const bytes = readFileSync(file)
      if (bytes.length > 0) input.whole(bytes)
      good++
    } catch (error) {
      voice.info(1, `Failed to open ${file}: ${reasonOf(error)}`)
    }
    if (producer.isFull) await producer.room()
  }
  if (good > 0 && good < files.length) {
    voice.info(1, `Failed to produce from ${files.length - good}/${files.length} files`)
  }
  return good > 0
}

interface LineFeed {
  readonly input: KcatInput
  readonly producer: Producer | TransactionalProducer
  readonly signal: AbortSignal
}

async function readLines(stream: Readable, { input, producer, signal }: LineFeed): Promise<void> {
  const stop = (): void => void stream.destroy()
  signal.addEventListener('abort', stop)
  try {
    for await (const chunk of stream) {
      input.push(chunk)
      if (input.isDone) break
      if (producer.isFull) await producer.room()
    }
    if (!signal.aborted && !input.isDone) input.end()
  } catch (error) {
    if (!signal.aborted) throw fileError(error)
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

function fileError(error: unknown): unknown {
  const { code, path } = (error ?? {}) as NodeJS.ErrnoException
  if (code === undefined) return error
  return new KcatError('fatal', `Cannot open ${path ?? 'input'}: ${reasonOf(error)}`, { cause: error })
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  return code === 'ENOENT' ? 'No such file or directory' : message
}

/** Lines as records, as kcat cuts them. */
class KcatInput {
  readonly #context: CommandContext
  readonly #writer: TopicWriter
  readonly #options: KcatOptions
  readonly #lines: ReturnType<typeof compileInput>
  readonly #keyDelimiter: Buffer | undefined
  readonly #fixedKey: Buffer | null
  readonly #bytesMax: number
  #count = 0

  constructor(context: CommandContext, writer: TopicWriter, { options, settings }: ProduceInput) {
    this.#context = context
    this.#writer = writer
    this.#options = options
    this.#keyDelimiter = options.keyDelimiter === undefined ? undefined : parseDelimiter(options.keyDelimiter)
    this.#fixedKey = options.fixedKey === undefined ? null : Buffer.from(options.fixedKey)
    this.#bytesMax = Number(settings.get('message.max.bytes'))
    const delimiter = parseDelimiter(options.delimiter)
    if (delimiter.length === 0) throw new KcatError('fatal', 'Message delimiter -D must not be empty when producing')
    this.#lines = compileInput(`%v${[...delimiter].map(byte => `\\x${byte.toString(16).padStart(2, '0')}`).join('')}`)
  }

  /** As many records as `-c` wants are there. */
  get isDone(): boolean {
    return this.#options.count !== undefined && this.#count >= this.#options.count
  }

  push(chunk: Buffer): void {
    this.#lines.push(chunk, ({ value }) => value && this.#line(value))
  }

  end(): void {
    this.#lines.end(({ value }) => value && this.#line(value))
  }

  whole(bytes: Buffer): void {
    this.#append(this.#fixedKey, bytes)
  }

  #line(line: Buffer): void {
    if (line.length === 0 || this.isDone) return
    const { showsNull, tee } = this.#options
    let key: Buffer | null = null
    let value: Buffer | null = line
    const found = this.#keyDelimiter ? line.indexOf(this.#keyDelimiter) : -1
    if (this.#keyDelimiter && found >= 0) {
      key = line.subarray(0, found)
      value = line.subarray(found + this.#keyDelimiter.length)
      if (showsNull && value.length === 0) value = null
      if (showsNull && key.length === 0) key = null
    }
    this.#append(key ?? this.#fixedKey, value)
    if (tee) this.#context.output.write(Buffer.from(line))
  }

  #append(key: Buffer | null, value: Buffer | null): void {
    const bytes = (key?.length ?? 0) + (value?.length ?? 0)
    if (bytes > this.#bytesMax) {
      throw new KcatError('fatal', `Failed to produce message (${value?.length ?? 0} bytes): ${brokerWord(10)}`)
    }
    const { headers, partition = anyPartition } = this.#options
    const nowMs = this.#context.env.clock.now()
    const target = partition < 0 ? anyPartition : partition
    this.#writer.append(nowMs, key, 0, key?.length ?? 0, value, 0, value?.length ?? 0, headers, target)
    this.#count++
  }
}

import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { ExitCode, OperatorError } from '../base/errors.ts'
import type { CommandContext } from './command.ts'
import type { InputSource } from './input-source.ts'
import type { RateLimiter } from './rate-limiter.ts'

/** Where records go, as far as its room and its count matter. */
export interface Sender {
  readonly isFull: boolean
  room(): Promise<void>
}

export interface Feed {
  readonly sender: Sender
  readonly limiter: RateLimiter
  /** How many records were written so far. */
  readonly written: () => number
  /** The input goes to stdout as well, byte for byte. */
  readonly tee: boolean
  readonly onProgress: (bytes: number) => void
  /** Something has failed for good: the rest need not be read. */
  readonly isOver: () => boolean
}

/** A record is held in memory as a whole. */
const fileBytesMax = 64 * 1024 * 1024
const fileChunkBytes = 256 * 1024
// Under a rate limit, records go out a few at a time.
const limitedChunkBytes = 1024

/**
 * Reads a stream into records. Back-pressure: the next chunk is only read when the sender has room, so that memory stays
 * bounded whatever comes. Ends early when the user interrupts.
 */
export async function feedStream(
  { signal, output }: CommandContext,
  stream: Readable,
  source: InputSource,
  feed: Feed,
): Promise<void> {
  const { sender, limiter, written } = feed
  const stop = (): void => void stream.destroy()
  signal.addEventListener('abort', stop)
  if (signal.aborted) stop()
  try {
    for await (const chunk of stream) {
      for (const part of limiter.isLimited ? smallParts(chunk) : [chunk]) {
        const before = written()
        source.push(part)
        if (limiter.isLimited) await limiter.passed({ records: written() - before, bytes: part.length }, signal)
        if (sender.isFull) await sender.room()
        if (signal.aborted || feed.isOver()) return
      }
      feed.onProgress(chunk.length)
      if (feed.tee) {
        output.write(chunk)
        await output.ready()
      }
    }
    if (!signal.aborted) source.end()
  } catch (error) {
    // What was read before the interruption is still sent.
    if (!signal.aborted) throw fileError(error)
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

/** Reads a file as `feedStream` does a stream. */
export function feedFile(context: CommandContext, file: string, source: InputSource, feed: Feed): Promise<void> {
  return feedStream(context, createReadStream(file, { highWaterMark: fileChunkBytes }), source, feed)
}

/** The bytes of a file that becomes one record. Throws `OperatorError` if there are too many. */
export async function wholeFile(file: string): Promise<Buffer> {
  try {
    const { size } = await stat(file)
    if (size > fileBytesMax) {
      throw new OperatorError(`${file} is larger than ${fileBytesMax / 1024 / 1024} MiB, too much for one record`, {
        hint: 'with -l each of its lines becomes a record',
      })
    }
    return await readFile(file)
  } catch (error) {
    throw fileError(error, file)
  }
}

/** Cuts behind newlines, so that lines do not wait for their neighbours. */
function* smallParts(chunk: Buffer): Generator<Buffer> {
  for (let at = 0; at < chunk.length; ) {
    const newline = chunk.indexOf(10, at)
    const end = Math.min(at + limitedChunkBytes, newline < 0 ? chunk.length : newline + 1)
    yield chunk.subarray(at, end)
    at = end
  }
}

const fileProblems: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'does not exist'],
  ['EACCES', 'may not be read'],
  ['EISDIR', 'is a directory'],
])

function fileError(error: unknown, file?: string): unknown {
  const { code = '', path = file } = (error ?? {}) as NodeJS.ErrnoException
  const problem = fileProblems.get(code)
  if (!problem) return error
  return new OperatorError(`${path ?? 'the input'} ${problem}`, { exitCode: ExitCode.failure, cause: error })
}

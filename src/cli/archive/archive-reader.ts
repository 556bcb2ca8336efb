import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { ExitCode, OperatorError } from '../../base/errors.ts'
import { archiveHead, blockHeadBytes, blockTailBytes, contentBytes, damaged, isIntact } from './archive-format.ts'

const chunkBytes = 1024 * 1024
const endKind = 0x45

/**
 * The blocks of an archive, whole and checked against their checksums; `decodeBlock` reads them. Throws `OperatorError` for
 * a file that is no archive, is damaged, or has no end.
 */
export async function* blocksOf(source: string | Readable): AsyncGenerator<Buffer, void, void> {
  const stream = typeof source === 'string' ? createReadStream(source, { highWaterMark: chunkBytes }) : source
  let rest: Buffer[] = []
  let restBytes = 0
  let neededBytes = archiveHead.length
  let hasHead = false
  let hasEnd = false
  try {
    for await (const chunk of stream) {
      rest.push(chunk)
      restBytes += chunk.length
      if (restBytes < neededBytes) continue
      let bytes = rest.length === 1 ? chunk : Buffer.concat(rest)
      if (!hasHead) {
        checkHead(bytes)
        hasHead = true
        bytes = bytes.subarray(archiveHead.length)
      }
      for (;;) {
        const length = blockBytes(bytes)
        neededBytes = length ?? blockHeadBytes
        if (length === undefined || bytes.length < length) break
        if (hasEnd) throw damaged('there is something behind its end')
        const block = bytes.subarray(0, length)
        if (!isIntact(block)) throw damaged('a checksum is wrong')
        hasEnd = block[0] === endKind
        yield block
        bytes = bytes.subarray(length)
      }
      rest = [bytes]
      restBytes = bytes.length
    }
  } catch (error) {
    throw readError(error, source)
  }
  if (!hasHead) checkHead(Buffer.concat(rest))
  if (!hasEnd || restBytes > 0) throw damaged('its end is missing')
}

function blockBytes(bytes: Buffer): number | undefined {
  return bytes.length < blockHeadBytes ? undefined : blockHeadBytes + contentBytes(bytes) + blockTailBytes
}

function checkHead(bytes: Buffer): void {
  if (bytes.subarray(0, archiveHead.length).equals(archiveHead)) return
  throw new OperatorError('this is no archive of streamctl export, or of a version that is not known', {
    hint: `it begins with the line '${archiveHead.toString().trimEnd()}'`,
    exitCode: ExitCode.failure,
  })
}

const problems: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'does not exist'],
  ['EACCES', 'may not be read'],
  ['EISDIR', 'is a directory'],
])

function readError(error: unknown, source: string | Readable): unknown {
  const problem = problems.get((error as NodeJS.ErrnoException).code ?? '')
  if (!problem || typeof source !== 'string') return error
  return new OperatorError(`${source} ${problem}`, { exitCode: ExitCode.failure, cause: error })
}

import type { ByteSink } from '../byte-sink.ts'
import { RecordProblem } from '../format/record-problem.ts'

export type Unpack = (buffer: Buffer, start: number, end: number, sink: ByteSink) => void

const bytesOf: Readonly<Record<string, number>> = { b: 1, B: 1, h: 2, H: 2, i: 4, I: 4, q: 8, Q: 8 }

/**
 * kcat's `-s`. As in kcat 1.7.1, numbers are big endian whatever is asked for: its `<` swaps bytes like its `>`.
 * Throws `RecordProblem` where it ends with an error; what was printed before stays, as there.
 */
export function unpacker(name: string, layout: string): Unpack {
  return (buffer, start, end, sink) => {
    let at = start
    for (const letter of layout) {
      const bytes = bytesOf[letter]
      if (bytes !== undefined) {
        if (end - at < bytes) {
          throw new RecordProblem(
            `${name} truncated, expected ${bytes} bytes to unpack ${letter} but only ${end - at} bytes remaining`,
          )
        }
        sink.text(numberText(buffer, at, bytes, letter))
        at += bytes
      } else if (letter === ' ') sink.byte(0x20)
      else if (letter === 'c') {
        sink.byte(at < end ? (buffer[at] ?? 0) : 0)
        at++
      } else if (letter === 's') {
        const nul = buffer.subarray(at, end).indexOf(0)
        sink.bytes(buffer, at, nul < 0 ? end : at + nul)
        at = end
      } else if (letter === '$' && at < end) {
        throw new RecordProblem(`expected ${name} end-of-input, but ${end - at} bytes remaining`)
      }
    }
  }
}

function numberText(buffer: Buffer, at: number, bytes: number, letter: string): string {
  const isSigned = letter === letter.toLowerCase()
  if (bytes === 8) return String(isSigned ? buffer.readBigInt64BE(at) : buffer.readBigUInt64BE(at))
  return String(isSigned ? buffer.readIntBE(at, bytes) : buffer.readUIntBE(at, bytes))
}

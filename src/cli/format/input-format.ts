import { ExitCode, OperatorError } from '../../base/errors.ts'
import { parseFormat } from './format-parts.ts'
import { InputState } from './input-state.ts'
import { compileSteps } from './input-steps.ts'
import { RecordProblem } from './record-problem.ts'

/** A record that was read from text. Its bytes are only valid during the call that it is handed to. */
export interface ParsedRecord {
  key: Buffer | null
  value: Buffer | null
  headers: { key: string; value: Buffer | null }[]
  /** Milliseconds since 1970, if the format has it. */
  timestampMs?: number
  topic?: string
  partition?: number
}

/** Cuts input into records, whatever the chunks are that it comes in. */
export interface InputFormat {
  /** Takes a chunk and hands out the records that are complete with it. */
  push(chunk: Buffer, emit: (record: ParsedRecord) => void): void
  /** The input has ended. */
  end(emit: (record: ParsedRecord) => void): void
}

/**
 * Compiles a format string for input: the grammar that output has (`compileFormat`), so that what `consume -f F` prints,
 * `produce -f F` reads.
 *
 * A text ends where the literal behind it begins (`%k:%v\n`), after as many bytes as a size before it has said
 * (`%K{big32}%V{big32}%k%v`; -1 is null; `%V{8}` is always 8), with its JSON value (`%v{json}`), with what a regular
 * expression matches (`%k{re[\d+]}`), or with the input. `%h{…}` needs `%H` before it. Sizes count the bytes of the value
 * itself, also where it stands as hex or base64. Offsets and the like are read and passed over. A last literal that is
 * missing at the end of the input is forgiven, as the newline of a last line.
 *
 * Throws `OperatorError` for a format that cannot be read, and while reading, with the number of the record (from 1), for
 * input that is not as the format says or that ends in the middle of a record.
 */
export function compileInput(format: string): InputFormat {
  const steps = compileSteps(parseFormat(format))
  const state = new InputState()
  let at = 0
  let recordNumber = 1

  const run = (emit: (record: ParsedRecord) => void): void => {
    try {
      for (;;) {
        for (; at < steps.length; at++) {
          if (at === 0 && state.isAtEnd) return
          if (!steps[at]?.(state)) return
        }
        if (!state.hasStarted) throw new RecordProblem('nothing was read: the format may match an empty text')
        emit(state.record)
        recordNumber++
        at = 0
        state.next()
      }
    } catch (error) {
      if (!(error instanceof RecordProblem)) throw error
      throw broken(recordNumber, error.message, error)
    }
  }
  return {
    push(chunk, emit) {
      state.add(chunk)
      run(emit)
      state.keepRest()
    },
    end(emit) {
      state.isLast = true
      run(emit)
      if (state.hasStarted || !state.isAtEnd) throw broken(recordNumber, 'the input ends in the middle of it')
    },
  }
}

function broken(recordNumber: number, what: string, cause?: Error): OperatorError {
  return new OperatorError(`record ${recordNumber} of the input: ${what}`, {
    hint: 'is the format that of the input?',
    exitCode: ExitCode.failure,
    cause,
  })
}

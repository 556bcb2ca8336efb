import path from 'node:path'
import { ExitCode, OperatorError } from '../../base/errors.ts'
import { placePicture, scriptPlace } from '../script-place.ts'
import type { InvalidRecord } from '../task/decoding.ts'

/** What to tell of an exception that a script threw at a record: where in the script, what, and at which record. */
export function scriptError(
  error: unknown,
  { topic, partition, offset }: { readonly topic: string; readonly partition: number; readonly offset: number },
): OperatorError {
  const { name, message } = error instanceof Error ? error : { name: 'Error', message: `it throws ${String(error)}` }
  const place = scriptPlace(error)
  const where = place ? `${path.basename(place.file)}:${place.line}:${place.column}: ` : ''
  const picture = place ? placePicture(place) : ''
  const record = `${topic}-${partition}@${offset}`
  return new OperatorError(`${where}${name}: ${message}, at the record ${record}${picture && `\n${picture}`}`, {
    hint:
      'nothing of this record counts, all before it is committed: mend the script and run it again, or let ' +
      "{ onError: { deadLetter: 'TOPIC' } } put such records aside",
    exitCode: ExitCode.failure,
    cause: error,
  })
}

/** What to tell of a record that its topic's policy does not let pass. */
export function invalidFailure(error: InvalidRecord, application: string): OperatorError {
  const { topic, partition } = error
  return new OperatorError(error.message, {
    hint:
      `onInvalid: 'skip' or { deadLetter: 'TOPIC' } at its topic lets the script go on; this one alone is left out by: ` +
      `streamctl group seek ${application} ${topic}:${partition} --to +1 --execute`,
    exitCode: ExitCode.failure,
    cause: error,
  })
}

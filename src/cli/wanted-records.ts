import { ExitCode, OperatorError } from '../base/errors.ts'
import type { FetchedRecord } from '../client/fetched-records.ts'
import { recordToJson } from '../client/json-record.ts'
import type { RecordPlace } from '../client/record-place.ts'
import { compileFilter, type RecordFilter, recordName } from '../client/where/filter.ts'
import type { ByteSink } from './byte-sink.ts'
import type { OptionSpec } from './command.ts'
import { compileFormat, type PrintRecord } from './format/output-format.ts'
import { RecordProblem } from './format/record-problem.ts'

/** How records are shown and which of them: what `consume` and `tail` have in common. */
export interface WantedOptions {
  /** A format string; default: the value and a newline. */
  readonly format?: string
  readonly json?: boolean
  readonly where?: string
  readonly grep?: string
  readonly onError?: 'stop' | 'skip'
}

/** Prints a record if it is wanted, and answers whether it was. Throws `UnprintableError`, before anything is printed. */
export type PrintWanted = (record: FetchedRecord, place: RecordPlace, sink: ByteSink) => boolean

/** `--where`, `--grep`, `--on-error`: for every command that reads records. */
export const filterOptions: readonly OptionSpec[] = [
  {
    flags: '-w, --where <expression>',
    help: 'only records for which this TypeScript expression holds: key, value (decoded if they are JSON), headers, topic, partition, offset, timestamp',
  },
  { flags: '--grep <pattern>', help: 'only records whose key or value matches: text, a regular expression, or /…/i' },
  {
    flags: '--on-error <what>',
    help: 'what a record does for which --where fails or which the format cannot show',
    choices: ['stop', 'skip'],
    default: 'stop',
  },
]

/** The filter that the options ask for; undefined for everything. Throws `OperatorError`. */
export function filterOf(
  { where, grep, onError = 'stop' }: WantedOptions,
  onNotice: (text: string) => void,
): RecordFilter | undefined {
  if (where === undefined && grep === undefined) return undefined
  return compileFilter({
    ...(where !== undefined && { where }),
    ...(grep !== undefined && { grep }),
    onError,
    onNotice,
  })
}

/** The printer that the options ask for. `onNotice` hears of records that were left out. Throws `OperatorError`. */
export function printOf(options: WantedOptions): PrintRecord {
  if (options.json && options.format !== undefined) throw new OperatorError('--json and -f exclude each other')
  return options.json ? printRecordJson : compileFormat(options.format ?? '%v\\n')
}

/** So many records that are left out are named. */
const namedMax = 10

/** Hands on the first notices and then says that there are more: a topic may be full of such records. */
export function firstNotices(onNotice: (text: string) => void): (text: string) => void {
  let count = 0
  return text => {
    count++
    if (count <= namedMax) onNotice(text)
    else if (count === namedMax + 1) onNotice('more records are left out; they are not named')
  }
}

/** Puts both together: judges and prints, and names the record if either fails. */
export function printWanted(
  print: PrintRecord,
  filter: RecordFilter | undefined,
  { onError, onNotice }: { readonly onError: 'stop' | 'skip' | undefined; readonly onNotice: (text: string) => void },
): PrintWanted {
  const failed = (error: unknown, { offset }: FetchedRecord, place: RecordPlace): false => {
    if (error instanceof OperatorError) throw new UnprintableError(error.message, offset, error.hint, error)
    if (!(error instanceof RecordProblem)) throw error
    const message = `${recordName(place, offset)}: ${error.message}`
    if (onError !== 'skip') {
      throw new UnprintableError(message, offset, '--on-error skip leaves such records out', error)
    }
    onNotice(`${message}: left out`)
    return false
  }
  return (record, place, sink) => {
    try {
      if (filter !== undefined && !filter.matches(record, place)) return false
      print(record, place, sink)
      return true
    } catch (error) {
      return failed(error, record, place)
    }
  }
}

/** A record at which reading stops. */
export class UnprintableError extends OperatorError {
  readonly offset: number

  constructor(message: string, offset: number, hint: string | undefined, cause: Error) {
    super(message, { ...(hint !== undefined && { hint }), cause, exitCode: ExitCode.failure })
    this.offset = offset
  }
}

/** Prints a record as a line of JSON. */
function printRecordJson(record: FetchedRecord, place: RecordPlace, sink: ByteSink): void {
  sink.text(recordToJson(place.topic, place.partition, record))
  sink.byte(10)
}

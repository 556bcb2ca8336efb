import { renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { ExitCode, OperatorError } from '../../base/errors.ts'
import { parseRanges } from '../../client/offset-expression.ts'
import { duration } from '../../client/time-expression.ts'
import { captureRecords } from '../capture/capture-records.ts'
import { type CommandContext, defineCommand } from '../command.ts'
import { type BrokerOptions, brokerOptions, openCluster, quietOption, wholeNumber } from '../options.ts'
import { futureEndMs } from '../partition-ranges.ts'
import { filterOf, filterOptions } from '../wanted-records.ts'

interface CaptureOptions extends BrokerOptions {
  readonly offset?: readonly string[]
  readonly count?: number
  readonly end?: boolean
  readonly wait?: number
  readonly partition?: readonly number[]
  readonly out?: string
  readonly where?: string
  readonly grep?: string
  readonly onError?: 'stop' | 'skip'
  readonly quiet?: boolean
}

export const captureCommand = defineCommand<CaptureOptions, [topics: readonly string[]]>({
  name: 'capture',
  summary: 'record what is in topics as a fixture that tests replay',
  description:
    'Writes records as JSON, one a line, with keys, values, headers and timestamps, ordered by timestamp over all partitions ' +
    'and topics: to stdout, or with --out to a file, which is there only once it is whole. A test replays it with ' +
    "`await replay(driver, views, 'views.ndjson')` of `streamctl/test`. Records are captured as they are: think of whose data it is.",
  arguments: [{ name: '<topics...>', help: 'what to capture' }],
  options: [
    ...brokerOptions,
    {
      flags: '-o, --offset <range>',
      help: 'where to begin and to stop, as for consume; default start',
      repeatable: true,
    },
    { flags: '-n, --count <number>', help: 'stop after so many records', parse: wholeNumber('the count', { min: 0 }) },
    {
      flags: '-e, --end',
      help: 'stop at the end of the topics as they are now; without it, Ctrl-C ends the recording',
    },
    { flags: '--wait <duration>', help: 'stop when no record came for so long, as 5s', parse: duration('--wait') },
    {
      flags: '-p, --partition <number>',
      help: 'only this partition; may be repeated',
      parse: wholeNumber('a partition', { min: 0 }),
      repeatable: true,
    },
    { flags: '--out <file>', help: 'write to this file instead of stdout', completes: 'files' },
    ...filterOptions,
    quietOption,
  ],
  examples: [
    {
      command: 'streamctl capture page-views -n 100 -e --out views.ndjson',
      does: 'the first hundred records there are',
    },
    {
      command: 'streamctl capture card-auth card-settle -o @-10m -e > fraud.ndjson',
      does: 'two topics, the last ten minutes',
    },
    { command: 'streamctl capture auth-log -o end -n 20 -w \'value.user == "ann"\'', does: 'what one user does next' },
  ],
  endsBySignal: true,
  run: capture,
})

async function capture(
  context: CommandContext,
  options: CaptureOptions,
  topics: readonly string[],
): Promise<undefined> {
  const { env, output, signal, io } = context
  if (options.quiet) output.quiet()
  const ranges = parseRanges(options.offset ?? [], env.clock.now())
  if ([ranges.all, ...ranges.byPartition.values()].some(({ start }) => start?.kind === 'stored')) {
    throw new OperatorError('there is no group here: -o stored says nothing', { hint: 'streamctl consume has groups' })
  }
  const onNotice = (text: string): void => output.note(text)
  const filter = filterOf(options, onNotice)
  const cluster = openCluster(context, options)
  try {
    const lines = await captureRecords(cluster, {
      env,
      topics: [...new Set(topics)],
      ranges,
      partitions: options.partition,
      toEnd: options.end === true,
      count: options.count ?? Number.POSITIVE_INFINITY,
      waitMs: options.wait,
      endMs: futureEndMs(ranges, env.clock.now()),
      filter,
      signal,
      onNotice,
    })
    if (options.out === undefined) {
      for (const line of lines) {
        output.line(line)
        await output.ready()
      }
    } else writeFixture(path.resolve(io.directory ?? '.', options.out), lines)
    onNotice(`${lines.length === 1 ? '1 record' : `${lines.length} records`}${options.out ? ` in ${options.out}` : ''}`)
  } finally {
    cluster.close()
  }
  return undefined
}

/** A test that runs meanwhile finds the fixture of before, or this one. */
function writeFixture(file: string, lines: readonly string[]): void {
  const draft = `${file}.new`
  try {
    writeFileSync(draft, lines.map(line => `${line}\n`).join(''))
    renameSync(draft, file)
  } catch (error) {
    rmSync(draft, { force: true })
    throw new OperatorError(`cannot write ${file}: ${(error as Error).message}`, {
      exitCode: ExitCode.failure,
      cause: error,
    })
  }
}

import { OperatorError } from '../../base/errors.ts'
import { showResult } from '../bench/bench-result.ts'
import { consumeLoad } from '../bench/consume-load.ts'
import { bounds, type LoadOptions, loadOptions, sampleValue } from '../bench/load-options.ts'
import { withTopic } from '../bench/own-topic.ts'
import { produceLoad } from '../bench/produce-load.ts'
import { showProgress } from '../bench/show-progress.ts'
import { defineCommand } from '../command.ts'
import { Report } from '../table/report.ts'

const recordsByDefault = 1_000_000

export const benchConsumeCommand = defineCommand<LoadOptions, [topic: string | undefined]>({
  name: 'consume',
  summary: 'read records as fast as they are given, and time each fetch',
  description:
    'Without a topic it makes one of its own, fills it with --records records (a million by default), reads those, and ' +
    'removes it. A topic that is named is read from its start to its end as it is now, or as far as --records and ' +
    '--duration say. Every record is decoded. The times are those between one answer with records and the next.\n\n' +
    'JSON fields as of bench produce; `bytes` are those of keys and values.',
  arguments: [{ name: '[topic]', help: 'what to read; nothing is written' }],
  options: loadOptions.filter(({ flags }) => !flags.startsWith('--warmup')),
  examples: [
    { command: 'streamctl bench consume', does: 'a million records of 100 bytes' },
    { command: 'streamctl bench consume -n 50000 -s 1000 --json', does: 'fewer, but larger ones, for a script' },
  ],
  run: async (context, options, given) => {
    const { env, output, signal, io } = context
    if (options.quiet) output.quiet()
    const report = new Report(output, options)
    return withTopic(context, options, given, async (cluster, topic) => {
      if (given === undefined) {
        const recordsMax = options.records ?? recordsByDefault
        output.note(`writing ${recordsMax} records first`)
        const filled = await produceLoad(env, cluster, {
          topic,
          value: sampleValue(options.size),
          load: { rate: undefined, recordsMax, durationMs: Number.POSITIVE_INFINITY, warmupMs: 0 },
          producer: {},
          signal,
        })
        if (filled.error) throw filled.error
      }
      const { recordsMax, durationMs } = bounds(options)
      const result = await consumeLoad(env, cluster, {
        topic,
        recordsMax,
        durationMs: options.duration === undefined ? Number.POSITIVE_INFINITY : durationMs,
        signal,
        onProgress: showProgress(env, output),
      })
      if (result.records === 0 && !signal.aborted) {
        throw new OperatorError(`topic '${topic}' has no records`, {
          hint: 'streamctl bench produce TOPIC writes some',
        })
      }
      showResult(
        report,
        output,
        {
          bench: 'consume',
          topic,
          failed: 0,
          rate: undefined,
          timesOf: 'one answer with records to the next',
          ...result,
        },
        io.stdout.columns ?? 100,
      )
      return undefined
    })
  },
})

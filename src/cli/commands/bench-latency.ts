import { showResult } from '../bench/bench-result.ts'
import { latencyLoad } from '../bench/latency-load.ts'
import { bounds, type LoadOptions, loadOptions, recordRate } from '../bench/load-options.ts'
import { withTopic } from '../bench/own-topic.ts'
import { showProgress } from '../bench/show-progress.ts'
import { defineCommand } from '../command.ts'
import { Report } from '../table/report.ts'

interface LatencyOptions extends LoadOptions {
  readonly rate: number
}

export const benchLatencyCommand = defineCommand<LatencyOptions, [topic: string | undefined]>({
  name: 'latency',
  summary: 'time records on their whole way: written at a rate, until a reader has them',
  description:
    'Writer and reader are in this process, so that one clock counts; records are not held back for fuller batches. A record ' +
    'is timed from when it was due, whether or not those before it held it up.\n\nJSON fields as of bench produce.',
  arguments: [{ name: '[topic]', help: 'where to write; it keeps what is written' }],
  options: [
    { flags: '-r, --rate <records>', help: 'records a second', parse: recordRate, default: 1_000 },
    ...loadOptions,
  ],
  examples: [
    { command: 'streamctl bench latency', does: 'a thousand records a second for ten seconds' },
    { command: 'streamctl bench latency -d 5s --rate 100 --json', does: 'percentiles for a script' },
  ],
  run: async (context, options, given) => {
    const { env, output, signal, io } = context
    if (options.quiet) output.quiet()
    const report = new Report(output, options)
    return withTopic(context, options, given, async (cluster, topic) => {
      const { rate, size } = options
      const load = { rate, warmupMs: options.warmup, ...bounds(options) }
      const onProgress = showProgress(env, output)
      const result = await latencyLoad(env, cluster, { topic, size, load, signal, onProgress })
      showResult(
        report,
        output,
        { bench: 'latency', topic, rate, timesOf: 'due to read', bytes: result.records * size, ...result },
        io.stdout.columns ?? 100,
      )
      if (result.error) output.failure(`${result.failed} records were not taken: ${result.error.message}`)
      return result.error ? 1 : undefined
    })
  },
})

import { showResult } from '../bench/bench-result.ts'
import { bounds, type LoadOptions, loadOptions, recordRate, sampleValue } from '../bench/load-options.ts'
import { withTopic } from '../bench/own-topic.ts'
import { produceLoad } from '../bench/produce-load.ts'
import { showProgress } from '../bench/show-progress.ts'
import { defineCommand } from '../command.ts'
import { wholeNumber } from '../options.ts'
import { Report } from '../table/report.ts'

interface ProduceOptions extends LoadOptions {
  readonly rate?: number
  readonly acks: 'all' | '1'
  readonly compression: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'
  readonly linger: number
}

export const benchProduceCommand = defineCommand<ProduceOptions, [topic: string | undefined]>({
  name: 'produce',
  summary: 'write records as fast as they are taken, or at a rate, and time each until it is acknowledged',
  description:
    'Without a topic it makes one of its own and removes it at the end. With --rate a record is timed from when it was due, ' +
    'whether or not those before it held it up; without, from when there was room for it in the buffer of 16 MiB.\n\n' +
    'JSON fields: `bench`, `topic`, `records`, `failed`, `bytes` (of values), `seconds`, `recordsPerSecond`, ' +
    '`bytesPerSecond`, `targetRate`, `timesOf`, `times`, `timesMs` with `min`, `mean`, `p50` … `p99.99`, `max`, and ' +
    '`histogram` with `fromMs`, `toMs`, `count`.',
  arguments: [{ name: '[topic]', help: 'where to write; it keeps what is written' }],
  options: [
    { flags: '-r, --rate <records>', help: 'records a second', parse: recordRate },
    { flags: '--acks <acks>', help: 'who has to acknowledge', choices: ['all', '1'], default: 'all' },
    {
      flags: '-z, --compression <codec>',
      help: 'compress the batches',
      choices: ['none', 'gzip', 'snappy', 'lz4', 'zstd'],
      default: 'none',
    },
    {
      flags: '--linger <ms>',
      help: 'how long a batch waits for more records',
      parse: wholeNumber('--linger', { min: 0, max: 60_000 }),
      default: 5,
    },
    ...loadOptions,
  ],
  examples: [
    { command: 'streamctl bench produce', does: 'ten seconds as fast as it goes, 100 bytes a record' },
    {
      command: 'streamctl bench produce -n 100000 --rate 50000 --json',
      does: 'at a rate: what latency users would see',
    },
  ],
  run: async (context, options, given) => {
    const { env, output, signal, io } = context
    if (options.quiet) output.quiet()
    const report = new Report(output, options)
    return withTopic(context, options, given, async (cluster, topic) => {
      const { rate, size, compression, linger: lingerMs } = options
      const progress = showProgress(env, output)
      const result = await produceLoad(env, cluster, {
        topic,
        value: sampleValue(size),
        load: { rate, warmupMs: options.warmup, ...bounds(options) },
        producer: { acks: options.acks === '1' ? 'leader' : 'all', compression, lingerMs },
        signal,
        onProgress: progress,
      })
      const { records, failed, seconds, histogram, error } = result
      const timesOf = rate === undefined ? 'buffered to acknowledged' : 'due to acknowledged'
      const bytes = records * size
      showResult(
        report,
        output,
        { bench: 'produce', topic, records, failed, bytes, seconds, rate, histogram, timesOf },
        io.stdout.columns ?? 100,
      )
      if (error) output.failure(`${failed} records were not taken: ${error.message}`)
      return error ? 1 : undefined
    })
  },
})

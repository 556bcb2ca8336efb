import type { Services } from '../api/handle.ts'
import type { Timer } from '../base/env.ts'
import { AssertionError, StorageError } from '../base/errors.ts'
import { applyRetention } from '../log/apply-retention.ts'
import type { LogCompaction } from '../log/compact-logs.ts'
import { expireProducers } from '../log/producer-expiry.ts'
import type { LogReader } from '../storage/log-reader.ts'

export interface JobContext extends Services {
  readonly reader: LogReader
  readonly compaction: LogCompaction
  /** The disk or an assertion failed: the node must stop. */
  readonly onFatal: (error: unknown) => void
}

/** Work that comes back: its steps are bounded, so that no request waits for it. */
export interface Job {
  readonly name: string
  readonly intervalMs: (context: JobContext) => number
  /** `signal` asks a long run to end early: the node closes. */
  readonly run: (context: JobContext, signal: AbortSignal) => void | Promise<void>
}

// `producer.id.expiration.check.interval.ms` of Kafka, where it is an internal setting.
const producerExpiryIntervalMs = 10 * 60_000
// With `log.cleaner.backoff.ms` 0 the node should not do nothing but look.
const compactionIntervalMinMs = 100

/** Everything that a node does without being asked. */
export const jobs: readonly Job[] = [
  {
    name: 'apply retention',
    intervalMs: ({ configuration }) => configuration.broker['log.retention.check.interval.ms'],
    run: ({ env, topics, reader }, signal) => applyRetention({ env, topics, reader, signal }),
  },
  {
    name: 'compact logs',
    intervalMs: ({ configuration }) =>
      Math.max(compactionIntervalMinMs, configuration.broker['log.cleaner.backoff.ms']),
    run: ({ compaction, configuration }, signal) =>
      configuration.broker['log.cleaner.enable'] ? compaction.run(signal) : undefined,
  },
  {
    name: 'expire producers',
    intervalMs: () => producerExpiryIntervalMs,
    run: ({ env, topics, configuration }) =>
      expireProducers(topics, env.clock.now() - configuration.broker['producer.id.expiration.ms']),
  },
  {
    name: 'expire group offsets',
    intervalMs: ({ configuration }) => configuration.broker['offsets.retention.check.interval.ms'],
    run: ({ groups }) => groups.sweep(),
  },
  {
    name: 'abort timed-out transactions',
    intervalMs: ({ configuration }) =>
      configuration.broker['transaction.abort.timed.out.transaction.cleanup.interval.ms'],
    run: ({ transactions }) => transactions.abortTimedOut(),
  },
  {
    name: 'expire transactional ids',
    intervalMs: ({ configuration }) =>
      configuration.broker['transaction.remove.expired.transaction.cleanup.interval.ms'],
    run: ({ transactions }, signal) => transactions.expireIds(signal),
  },
]

/** Runs each job at its interval, one run of a job at a time. A run that fails is logged and comes back. */
export function startJobs(context: JobContext, list: readonly Job[] = jobs): { stop(): Promise<void> } {
  const stopping = new AbortController()
  const timers = new Map<Job, Timer>()
  const running = new Set<Promise<void>>()
  const schedule = (job: Job): void => {
    if (!stopping.signal.aborted)
      timers.set(
        job,
        context.env.clock.after(job.intervalMs(context), () => start(job)),
      )
  }
  const start = (job: Job): void => {
    const run = runOnce(job, context, stopping.signal).then(() => {
      running.delete(run)
      schedule(job)
    })
    running.add(run)
  }
  list.forEach(schedule)
  return {
    async stop() {
      stopping.abort()
      for (const timer of timers.values()) timer.cancel()
      await Promise.all(running)
    },
  }
}

async function runOnce(job: Job, context: JobContext, signal: AbortSignal): Promise<void> {
  try {
    await job.run(context, signal)
  } catch (error) {
    if (error instanceof StorageError || error instanceof AssertionError) context.onFatal(error)
    else context.env.log.error(`job '${job.name}' failed`, error)
  }
}

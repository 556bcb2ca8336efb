import type { Services } from '../api/handle.ts'
import type { Timer } from '../base/env.ts'
import type { ProducerExpiry } from '../log/producer-expiry.ts'
import type { RetentionJob } from '../log/retention-job.ts'

export interface JobContext extends Services {
  readonly retention: RetentionJob
  readonly producerExpiry: ProducerExpiry
}

/** Work that comes back: its steps are bounded, so that no request waits for it. */
export interface Job {
  readonly name: string
  readonly intervalMs: (context: JobContext) => number
  readonly run: (context: JobContext) => void | Promise<void>
}

const producerExpiryIntervalMs = 10 * 60_000

/** Everything that a node does without being asked. */
export const jobs: readonly Job[] = [
  {
    name: 'apply retention',
    intervalMs: ({ configuration }) => configuration.broker['log.retention.check.interval.ms'],
    run: ({ retention }) => retention.runOnce(),
  },
  {
    name: 'expire producers',
    intervalMs: () => producerExpiryIntervalMs,
    run: ({ producerExpiry }) => producerExpiry.runOnce(),
  },
  {
    name: 'expire group offsets',
    intervalMs: ({ configuration }) => configuration.broker['offsets.retention.check.interval.ms'],
    run: ({ groups }) => groups.sweep(),
  },
]

/** Runs each job at its interval, one run of a job at a time. A failing run is logged and comes back. */
export function startJobs(context: JobContext, list: readonly Job[] = jobs): { stop(): Promise<void> } {
  const timers = new Map<Job, Timer>()
  const running = new Set<Promise<void>>()
  let stopped = false
  const schedule = (job: Job): void => {
    if (!stopped)
      timers.set(
        job,
        context.env.clock.after(job.intervalMs(context), () => start(job)),
      )
  }
  const start = (job: Job): void => {
    const run = runOnce(job, context).then(() => {
      running.delete(run)
      schedule(job)
    })
    running.add(run)
  }
  list.forEach(schedule)
  return {
    async stop() {
      stopped = true
      for (const timer of timers.values()) timer.cancel()
      await Promise.all(running)
    },
  }
}

async function runOnce(job: Job, context: JobContext): Promise<void> {
  try {
    await job.run(context)
  } catch (error) {
    context.env.log.error(`job '${job.name}' failed`, error)
  }
}

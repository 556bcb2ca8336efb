import type { Services } from '../api/handle.ts'
import type { Timer } from '../base/env.ts'

/** Work that comes back: its steps are bounded, so that no request waits for it. */
export interface Job {
  readonly name: string
  readonly intervalMs: (services: Services) => number
  readonly run: (services: Services) => void | Promise<void>
}

/** Everything that a node does without being asked. */
export const jobs: readonly Job[] = [
  {
    name: 'expire group offsets',
    intervalMs: ({ configuration }) => configuration.broker['offsets.retention.check.interval.ms'],
    run: ({ groups }) => groups.sweep(),
  },
]

/** Runs each job at its interval, one run of a job at a time. A failing run is logged and comes back. */
export function startJobs(services: Services, list: readonly Job[] = jobs): { stop(): Promise<void> } {
  const timers = new Map<Job, Timer>()
  const running = new Set<Promise<void>>()
  let stopped = false
  const schedule = (job: Job): void => {
    if (!stopped)
      timers.set(
        job,
        services.env.clock.after(job.intervalMs(services), () => start(job)),
      )
  }
  const start = (job: Job): void => {
    const run = runOnce(job, services).then(() => {
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

async function runOnce(job: Job, services: Services): Promise<void> {
  try {
    await job.run(services)
  } catch (error) {
    services.env.log.error(`job '${job.name}' failed`, error)
  }
}
